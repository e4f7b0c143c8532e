/* SPDX-License-Identifier: MIT
 * Text readers: which map of a text is read, and the view of it.
 *
 * Problem: a text may hold several boots, each in several forms, between lines of anything; memory must be given
 *          before it is known how much there is.
 * Shape:   every line becomes an item (view_text_private.h): a region, something beside the map, or foreign. A
 *          first pass (survey) counts the items of each boot and remembers the last boot with a map:
 *
 *            foreign | heading e820 e820 version places efi efi node | heading e820 e820 | foreign
 *                      '------------------- boot -----------------'    '---- chosen ---'
 *
 *          A second pass over that boot alone fills the arrays. Both see the same items, so the counts hold.
 *
 * VT1  a boot begins with a line that a boot has once only, and has had: the kernel's banner, the heading of a
 *     listing that has lines, the first line of a listing again (the same index; the same, lower address), or e820
 *     lines after EFI lines after e820 lines
 * VT2  the form that says most is chosen of those that have a sound line; if none has, of those with a damaged one
 * VT3  a line that has the shape of its form but cannot be read is damage; of the chosen form that is an error
 *
 * Cost:    three passes at most, each linear; memory for what the chosen boot has.
 * Not here: texts of 4 GiB and more. */
#include "view_text_private.h"

#include <base/string.h>
#include <mm/memory_map.h>

/* ---- one line ---- */

static struct text_item read_item(const char *line)
{
    line = text_skip_prefix(line);
    struct text_item item = text_read_efi(line);
    if (item.kind == TEXT_FOREIGN)
        item = text_read_e820(line);
    if (item.kind == TEXT_FOREIGN)
        item = text_read_note(line);
    if (item.kind == TEXT_FOREIGN)
        item = text_read_shell(line);
    if (item.kind == TEXT_FOREIGN)
        item = text_read_csv(line);
    if (item.kind == TEXT_FOREIGN)
        item = text_read_list(line);
    return item;
}

static uint32_t rest_length(const char *rest)
{
    size_t length = strlen(rest);
    while (length > 0 && rest[length - 1] == ' ')
        length--;
    return (uint32_t)length;
}

/* ---- survey: boots, and what each holds ---- */

struct boot {
    struct text_cursor start;
    size_t end;
    uint32_t regions[VIEW_FORM_COUNT], damaged[VIEW_FORM_COUNT];
    uint32_t nodes, places, vendor_length, machine_length;
    bool has_version, nodes_broken;
    bool efi_after_e820;
    uint32_t first_index[VIEW_FORM_COUNT];
    uint64_t e820_first, e820_last; /* starts of its first and latest entry */
};

static uint32_t lines_of(const struct boot *boot, enum view_form form)
{
    return boot->regions[form] + boot->damaged[form];
}

static bool has_map(const struct boot *boot)
{
    for (unsigned form = 0; form < VIEW_FORM_COUNT; form++)
        if (lines_of(boot, (enum view_form)form) != 0)
            return true;
    return false;
}

/* VT1. */
static bool begins_boot(const struct boot *boot, const struct text_item *item)
{
    switch (item->kind) {
    case TEXT_BOOT:
        return true;
    case TEXT_HEADING:
        return lines_of(boot, item->form) != 0;
    case TEXT_VERSION:
        return boot->has_version;
    case TEXT_REGION:
        if (boot->regions[item->form] == 0)
            return false;
        if (item->index != TEXT_NO_INDEX)
            return item->index == boot->first_index[item->form];
        return item->form == VIEW_LINUX_E820 &&
               (boot->efi_after_e820 || (item->region.phys_start == boot->e820_first &&
                                         item->region.phys_start < boot->e820_last));
    default:
        return false;
    }
}

static void count_region(struct boot *boot, const struct text_item *item)
{
    if (boot->regions[item->form]++ == 0) {
        boot->first_index[item->form] = item->index;
        if (item->form == VIEW_LINUX_E820)
            boot->e820_first = item->region.phys_start;
    }
    if (item->form == VIEW_LINUX_E820)
        boot->e820_last = item->region.phys_start;
    else if (item->form == VIEW_LINUX_EFI)
        boot->efi_after_e820 = boot->regions[VIEW_LINUX_E820] != 0;
}

static void count_item(struct boot *boot, const struct text_item *item)
{
    struct view_place place;
    const char *rest = item->rest;
    switch (item->kind) {
    case TEXT_REGION:
        return count_region(boot, item);
    case TEXT_DAMAGED:
        boot->damaged[item->form]++;
        return;
    case TEXT_NODE:
        boot->nodes++;
        return;
    case TEXT_NODE_BROKEN:
        boot->nodes_broken = true;
        return;
    case TEXT_PLACES:
        while (text_next_place(&rest, &place))
            boot->places++;
        return;
    case TEXT_VERSION:
        boot->has_version = true;
        boot->vendor_length = rest_length(rest);
        boot->efi_after_e820 = boot->regions[VIEW_LINUX_E820] != 0;
        return;
    case TEXT_MACHINE: /* the first counts: some kernels repeat it */
        if (boot->machine_length == 0)
            boot->machine_length = rest_length(rest);
        return;
    default:
        return;
    }
}

/* The last boot that has a map; one without any if there is none. */
static struct boot survey(const char *text, size_t size)
{
    struct text_cursor cursor = text_cursor_of(text, size);
    struct boot boot = {.start = cursor}, chosen = boot;
    char line[TEXT_LINE_MAX + 1];
    struct text_cursor before = cursor;
    while (text_next_line(&cursor, line)) {
        const struct text_item item = read_item(line);
        if (begins_boot(&boot, &item)) {
            boot.end = before.at;
            if (has_map(&boot))
                chosen = boot;
            boot = (struct boot){.start = before};
        }
        count_item(&boot, &item);
        before = cursor;
    }
    boot.end = size;
    return has_map(&boot) ? boot : chosen;
}

/* VT2. VIEW_FORM_COUNT: none. */
static enum view_form choose_form(const struct boot *boot)
{
    static const enum view_form best_first[] = {VIEW_LINUX_EFI, VIEW_XEN,        VIEW_SHELL,
                                                VIEW_CSV,       VIEW_LINUX_E820, VIEW_LIST};
    constexpr size_t count = sizeof best_first / sizeof best_first[0];
    for (size_t i = 0; i < count; i++)
        if (boot->regions[best_first[i]] != 0)
            return best_first[i];
    for (size_t i = 0; i < count; i++)
        if (boot->damaged[best_first[i]] != 0)
            return best_first[i];
    return VIEW_FORM_COUNT;
}

/* ---- memory: arrays, the largest alignment first ---- */

struct room {
    struct boot_region *regions;
    struct acpi_node_memory *nodes;
    struct view_place *places;
    uint32_t *lines;
    char *vendor, *machine;
};

static void *take(char *memory, size_t *used, size_t bytes)
{
    void *const taken = memory == nullptr ? nullptr : memory + *used;
    *used += bytes;
    return taken;
}

/* A text has less than 4 GiB, so no sum comes near 2^64. Without `memory` only the size is computed. */
static size_t divide(const struct boot *boot, enum view_form form, char *memory, struct room *out)
{
    const size_t regions = form == VIEW_FORM_COUNT ? 0 : boot->regions[form];
    size_t used = 0;
    *out = (struct room){};
    out->regions = take(memory, &used, regions * sizeof *out->regions);
    out->nodes = take(memory, &used, boot->nodes * sizeof *out->nodes);
    out->places = take(memory, &used, boot->places * sizeof *out->places);
    out->lines = take(memory, &used, regions * sizeof *out->lines);
    out->vendor = take(memory, &used, (size_t)boot->vendor_length + 1);
    out->machine = take(memory, &used, (size_t)boot->machine_length + 1);
    return align_up(used, 16);
}

size_t view_text_memory_size(const char *text, size_t size)
{
    if (size > UINT32_MAX)
        return 0;
    const struct boot boot = survey(text, size);
    struct room room;
    return divide(&boot, choose_form(&boot), nullptr, &room);
}

/* ---- fill ---- */

struct filling {
    struct view view;
    struct room room;
    struct text_shell_totals totals;
    struct view_text_error error;
};

static void set_text(char *to, const char *rest)
{
    const uint32_t length = rest_length(rest);
    memcpy(to, rest, length);
    to[length] = '\0';
}

/* The same table under two names ("ACPI" and "ACPI 2.0") is one place. */
static void fill_places(struct filling *filling, const char *rest)
{
    struct view *view = &filling->view;
    const uint32_t first = view->place_count;
    struct view_place place;
    while (text_next_place(&rest, &place)) {
        bool is_new = true;
        for (uint32_t i = first; i < view->place_count; i++)
            if (view->places[i].kind == place.kind && view->places[i].start == place.start)
                is_new = false;
        if (is_new)
            filling->room.places[view->place_count++] = place;
    }
}

static void fill_item(struct filling *filling, const struct text_item *item, uint32_t line)
{
    struct view *view = &filling->view;
    switch (item->kind) {
    case TEXT_REGION:
        if (item->form != view->form)
            return;
        filling->room.lines[view->region_count] = line;
        filling->room.regions[view->region_count++] = item->region;
        return;
    case TEXT_DAMAGED:
        if (item->form == view->form)
            filling->error = (struct view_text_error){line, item->failure};
        return;
    case TEXT_TOTAL:
    case TEXT_SUM:
        if (view->form == VIEW_SHELL)
            filling->error = text_add_total(&filling->totals, item, line);
        return;
    case TEXT_NODE:
        if (item->node.size != 0)
            filling->room.nodes[view->node_count++] = item->node;
        return;
    case TEXT_PLACES:
        return fill_places(filling, item->rest);
    case TEXT_VERSION:
        view->uefi_revision = (uint32_t)item->number;
        return set_text(filling->room.vendor, item->rest);
    case TEXT_MACHINE:
        if (*filling->room.machine == '\0')
            set_text(filling->room.machine, item->rest);
        return;
    case TEXT_DESCRIPTOR_SIZE:
        view->descriptor_size = (uint32_t)item->number;
        return;
    case TEXT_DESCRIPTOR_VERSION:
        view->descriptor_version = (uint32_t)item->number;
        return;
    default:
        return;
    }
}

/* What each form can know. */
static uint32_t facts_of_form(enum view_form form)
{
    constexpr uint32_t descriptors = VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(ATTRIBUTES) |
                                     VIEW_KNOWS(ORDER) | VIEW_KNOWS(OVERLAPS) |
                                     VIEW_KNOWS(WHOLE_MAP);
    if (form == VIEW_LINUX_E820)
        return VIEW_KNOWS(WHOLE_MAP);
    return form == VIEW_CSV ? descriptors : descriptors | VIEW_KNOWS(HIGH_ATTRIBUTES);
}

static void set_facts(struct view *view, const struct boot *boot)
{
    /* A kernel that another one started: kexec leaves out the interrupt vectors, 0..0xFF, and what it likes. */
    constexpr uint64_t kexec_start = 0x100;
    const bool is_linux = view->form == VIEW_LINUX_E820 || view->form == VIEW_LINUX_EFI;
    view->knows = facts_of_form(view->form);
    if (is_linux && boot->regions[VIEW_LINUX_E820] != 0 && boot->e820_first == kexec_start)
        view->knows &= ~VIEW_KNOWS(WHOLE_MAP);
    if (view->form == VIEW_CSV) /* its printers cut them; a set bit shows one that does not */
        for (uint32_t i = 0; i < view->region_count; i++)
            if (view->regions[i].efi_attributes > UINT32_MAX)
                view->knows |= VIEW_KNOWS(HIGH_ATTRIBUTES);
    if (boot->nodes_broken)
        view->node_count = 0;
    if (view->node_count != 0)
        view->knows |= VIEW_KNOWS(NODES);
    if (view->place_count != 0)
        view->knows |= VIEW_KNOWS(PLACES);
    if (view->descriptor_size != 0)
        view->knows |= VIEW_KNOWS(DESCRIPTOR_SIZE);
}

status_t view_read_text(const char *text, size_t size, void *memory, size_t memory_size,
                        struct view *out, struct view_text_error *error)
{
    if (size > UINT32_MAX)
        return STATUS_OVERFLOW;
    const struct boot boot = survey(text, size);
    const enum view_form form = choose_form(&boot);
    if (form == VIEW_FORM_COUNT) {
        *error = (struct view_text_error){0, "no memory map of a known form is in this text"};
        return STATUS_BAD_FORMAT;
    }
    struct filling filling = {.view = view_empty(form)};
    if (divide(&boot, form, nullptr, &filling.room) > memory_size)
        return STATUS_NO_MEMORY;
    (void)divide(&boot, form, memory, &filling.room);
    struct view *view = &filling.view;
    *filling.room.vendor = *filling.room.machine = '\0';
    view->regions = filling.room.regions;
    view->lines = filling.room.lines;
    view->nodes = filling.room.nodes;
    view->places = filling.room.places;
    view->vendor = filling.room.vendor;
    view->machine = filling.room.machine;

    struct text_cursor cursor = boot.start;
    char line[TEXT_LINE_MAX + 1];
    while (cursor.at < boot.end && filling.error.reason == nullptr &&
           text_next_line(&cursor, line)) {
        const struct text_item item = read_item(line);
        fill_item(&filling, &item, cursor.line);
    }
    if (filling.error.reason == nullptr && form == VIEW_SHELL)
        filling.error = text_check_totals(&filling.totals, view->regions, view->region_count);
    if (filling.error.reason != nullptr) {
        *error = filling.error;
        return STATUS_BAD_FORMAT;
    }
    set_facts(view, &boot);
    *out = *view;
    return STATUS_OK;
}
