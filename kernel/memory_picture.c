/* SPDX-License-Identifier: MIT
 * Spans for the picture: a range of the final map is its class's, unless the kernel got it. There, in order of address, lie
 * the first MiB (left alone), the image, early memory, and frames by their class. Free frames of what was boot services' or the
 * loader's were given back. What cannot be cached or reached is left alone. */
#include <kernel/memory_picture.h>

#include <boot/address_map.h>
#include <kernel/console.h>
#include <mm/mm.h>

/* Of the screen's height, in percent: what the picture may take. */
constexpr uint32_t HEIGHT_PERCENT = 60;
constexpr uint64_t KERNEL_OWNERS = PICTURE_BIT(PICTURE_OWNER_COUNT) - PICTURE_BIT(PICTURE_FREE);

/* ---- spans ---- */

static enum picture_owner owner_of_frames(enum frame_class class, enum memory_class was)
{
    switch (class) {
    case FRAME_FREE:
        return was == MEMORY_USABLE ? PICTURE_FREE : PICTURE_GIVEN_BACK;
    case FRAME_METADATA:
    case FRAME_KERNEL: /* the tracker's table, an account like the frames' */
        return PICTURE_ACCOUNTS;
    case FRAME_PAGE_TABLE:
        return PICTURE_PAGE_TABLES;
    case FRAME_SLAB:
    case FRAME_HEAP_LARGE:
    case FRAME_HEAP_RECORDS:
        return PICTURE_HEAP;
    case FRAME_OFFLINE:
        return PICTURE_OFFLINE;
    default:
        return PICTURE_OTHER;
    }
}

/* True if `at` lies in it; `end` is moved to where it ends, or to where it starts. */
static bool meets(const struct boot_range *range, uint64_t at, uint64_t *end)
{
    const uint64_t range_end = range->start + range->size;
    if (at >= range_end)
        return false;
    const uint64_t border = at >= range->start ? range_end : range->start;
    if (border < *end)
        *end = border;
    return at >= range->start;
}

static enum picture_owner owner_at(const struct memory_range *range, uint64_t at, uint64_t *end)
{
    const struct boot_info *boot = mm_boot_info();
    const struct boot_range low = {0, MIB};
    const struct boot_range beyond = {DIRECT_MAP_SIZE, UINT64_MAX - DIRECT_MAP_SIZE};
    struct frame_stretch stretch;
    if (meets(&low, at, end) || meets(&beyond, at, end) ||
        (range->attributes & EFI_ATTRIBUTE_WB) == 0)
        return PICTURE_LEFT_ALONE;
    if (meets(&boot->image, at, end))
        return PICTURE_IMAGE;
    if (meets(&boot->early_memory, at, end))
        return PICTURE_EARLY;
    if (!frames_next_stretch(mm_frames(), phys_to_pfn(phys_addr(at)), &stretch))
        return PICTURE_OTHER;
    const struct boot_range frames = {pfn_to_phys(stretch.first).value,
                                      stretch.count << PAGE_SHIFT};
    return meets(&frames, at, end) ? owner_of_frames(stretch.class, range->class) : PICTURE_OTHER;
}

static bool next_span(void *owner, uint64_t from, struct picture_span *out)
{
    (void)owner;
    const struct memory_map *map = mm_memory_map();
    const struct picture_source described = picture_source_of_map(map);
    struct picture_span span;
    if (!described.next(described.owner, from, &span))
        return false;
    if (span.owner == PICTURE_USABLE || span.owner == PICTURE_BOOT_SERVICES ||
        span.owner == PICTURE_LOADER) {
        const struct memory_range *range = memory_map_find(map, phys_addr(span.start));
        if (span.start < from)
            span.start = from;
        span.owner = owner_at(range, span.start, &span.end);
    }
    *out = span;
    return true;
}

struct picture_source memory_picture_source(void)
{
    return (struct picture_source){next_span, nullptr};
}

/* ---- on the screen ---- */

static struct {
    struct picture *picture; /* null: not shown */
    struct frame_totals opened;
} live;

struct difference {
    char text[16];
};
static struct difference difference(uint64_t before, uint64_t now)
{
    struct difference out;
    const bool more = now >= before;
    format_text(out.text, sizeof out.text, "%c%s", more ? '+' : '-',
                size_text((more ? now - before : before - now) << PAGE_SHIFT).text);
    return out;
}

static uint64_t heap_frames(const struct frame_totals *totals)
{
    return totals->by_class[FRAME_SLAB] + totals->by_class[FRAME_HEAP_LARGE] +
           totals->by_class[FRAME_HEAP_RECORDS];
}

static uint64_t ram_bytes(const struct memory_map *map)
{
    uint64_t bytes = 0;
    for (unsigned class = 0; class < MEMORY_CLASS_COUNT; class ++)
        if (memory_class_is_ram((enum memory_class) class))
            bytes += map->bytes[class];
    return bytes;
}

void memory_picture_update(void)
{
    if (live.picture == nullptr)
        return;
    const struct picture_source source = memory_picture_source();
    const struct frame_totals *then = &live.opened;
    struct frame_totals now;
    char title[128], note[128];
    frames_totals(mm_frames(), &now);
    format_text(title, sizeof title, "Memory of this machine, by owner: %s, %s of it free",
                size_text(ram_bytes(mm_memory_map())).text, size_text(now.free << PAGE_SHIFT).text);
    format_text(note, sizeof note, "Since the picture was opened: heap %s, page tables %s, free %s",
                difference(heap_frames(then), heap_frames(&now)).text,
                difference(then->by_class[FRAME_PAGE_TABLE], now.by_class[FRAME_PAGE_TABLE]).text,
                difference(then->free, now.free).text);
    picture_draw(live.picture, console_canvas(), &source, title, note);
}

status_t memory_picture_open(void)
{
    const struct canvas *canvas = console_canvas();
    if (live.picture != nullptr)
        return STATUS_OK;
    if (canvas == nullptr)
        return STATUS_UNSUPPORTED;
    const uint32_t height = (uint32_t)((uint64_t)canvas->height * HEIGHT_PERCENT / 100);
    const struct picture_setup setup = {canvas->width, height, font_for_screen(canvas->width),
                                        KERNEL_OWNERS};
    const struct picture_source source = memory_picture_source();
    const size_t size = picture_memory_size(&setup);
    if (size == 0)
        return STATUS_UNSUPPORTED;
    void *memory = kmalloc(size);
    if (memory == nullptr)
        return STATUS_NO_MEMORY;
    struct picture *picture;
    status_t status = picture_init(&setup, &source, memory, size, &picture);
    const uint32_t gap = setup.font.height * setup.font.scale / 2;
    if (status == STATUS_OK && !console_set_top(picture_height(picture) + gap))
        status = STATUS_UNSUPPORTED;
    if (status != STATUS_OK) {
        kfree(memory);
        return status;
    }
    canvas_fill(canvas, 0, picture_height(picture), canvas->width, gap,
                canvas_colour(canvas, 0)); /* old text */
    live.picture = picture;
    frames_totals(mm_frames(), &live.opened);
    memory_picture_update();
    return STATUS_OK;
}

bool memory_picture_close(void)
{
    if (live.picture == nullptr)
        return false;
    kfree(live.picture);
    live.picture = nullptr;
    (void)console_set_top(0);
    return true;
}
