/* SPDX-License-Identifier: MIT
 * The kernel's start: every step in the order in which it becomes possible, one log line a phase with what
 * it cost in cycles (instructions, when the emulator counts them) and in bytes.
 *
 *   log         serial first, so that whatever fails later can say so
 *   traps       our own GDT before anything can fault: the firmware's may not be mapped any more
 *   processor   features are known and protections are on before the first table of ours is built
 *   map         the firmware's descriptors, judged
 *   nodes       SRAT and MADT, from the loader's copies
 *   frames      spans of usable memory; no frame is touched yet
 *   paging      own tables; the loader's and the firmware's are dropped
 *   screen      needs a mapping of its own: write-combining
 *   heap        needs frames and the direct map
 *   reclaim     after everything that was handed over has been copied
 *   self-check  proof of the tables, then run= or, if somebody can type, the monitor */
#include <arch/cpu.h>
#include <arch/devices.h>
#include <arch/trap.h>
#include <base/version.h>
#include <boot/options.h>
#include <kernel/boot_phases.h>
#include <kernel/command.h>
#include <kernel/console.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/text.h>
#include <mm/memory_types.h>
#include <mm/mm.h>

#include "input.h"
#include "numa.h"

constexpr unsigned PHASES_MAX = 16;

static struct {
    struct options options;
    struct boot_phase phases[PHASES_MAX];
    unsigned phase_count;
    uint64_t start;       /* cycles at the kernel's first instruction */
    uint64_t phase_start; /* cycles at the end of the last phase's line */
    uint64_t bytes_taken; /* then */
    uint64_t total;
} boot;

/* ---- phases ---- */

bool boot_phase_get(unsigned index, struct boot_phase *out)
{
    if (index >= boot.phase_count)
        return false;
    *out = boot.phases[index];
    return true;
}

uint64_t boot_total_cycles(void)
{
    return boot.total;
}

static uint64_t bytes_taken(void)
{
    struct frame_totals totals;
    uint64_t bytes = mm_early_arena()->next == nullptr ? 0 : arena_used(mm_early_arena());
    if (mm_frames() != nullptr) {
        frames_totals(mm_frames(), &totals);
        bytes += (totals.managed - totals.free) << PAGE_SHIFT;
    }
    return bytes;
}

static void phase_end(const char *name)
{
    const uint64_t cycles = cpu_cycles() - boot.phase_start;
    const uint64_t taken = bytes_taken();
    const uint64_t bytes = taken > boot.bytes_taken ? taken - boot.bytes_taken : 0;
    if (boot.phase_count < PHASES_MAX)
        boot.phases[boot.phase_count++] = (struct boot_phase){name, cycles, bytes};
    log_info("boot", "%s: %" PRIu64 " %s, %" PRIu64 " bytes", name, cycles,
             cpu_features()->tsc_unit, bytes);
    boot.bytes_taken = bytes_taken();
    boot.phase_start = cpu_cycles();
}

static void must(status_t status, const char *phase, const char *what)
{
    if (status != STATUS_OK)
        panic("%s: %s: %s", phase, what, status_text(status));
}

/* ---- what each phase says ---- */

static void complaint(void *owner, const char *text, size_t length)
{
    (void)owner;
    while (length > 0 && text[length - 1] == '\n')
        length--;
    log_warning("options", "%.*s", (int)length, text);
}

/* Options are read twice: here, to know where to speak, and again from the copy that outlives the loader's. */
static void read_options(const struct boot_range *range, uint64_t base,
                         const struct text_sink *sink)
{
    const char *text = (const char *)(uintptr_t)(base + range->start);
    boot.options = options_default();
    if (range->size != 0 && options_parse(text, range->size, sink, &boot.options) != STATUS_OK)
        log_error("options", "%" PRIu64 " bytes of options are more than %zu: all ignored",
                  range->size, OPTIONS_SIZE_MAX);
}

static void start_log(const struct boot_info *info)
{
    static const struct text_sink complaints = {complaint, nullptr};
    read_options(&info->options, info->direct_map_virtual, nullptr);
    console_init(boot.options.console_serial, boot.options.console_framebuffer);
    log_init(boot.options.log_level);
    if (info->framebuffer.width != 0) /* the loader's tables map it where the direct map will be */
        console_lend_framebuffer(&info->framebuffer, (void *)(uintptr_t)(info->direct_map_virtual +
                                                                         info->framebuffer.start));
    if (info->magic != BOOT_INFO_MAGIC || info->version != BOOT_INFO_VERSION ||
        info->size != sizeof *info)
        panic("boot_info: magic 0x%" PRIx64 ", version %u, size %u: this kernel wants version %u, "
              "size %zu; start it with the loader it was built with",
              info->magic, info->version, info->size, BOOT_INFO_VERSION, sizeof *info);
    cpu_calibrate();
    log_info("boot", "Freehold " FREEHOLD_VERSION ", started by the loader at 0x%" PRIx64,
             info->image_virtual);
    read_options(&info->options, info->direct_map_virtual, &complaints);
    if ((info->flags & BOOT_FLAG_OPTIONS_CUT) != 0)
        log_warning("options", "there are more than %zu bytes of them: the last words are ignored",
                    OPTIONS_SIZE_MAX);
}

static void report_loader(const struct boot_info *info)
{
    static const char *const seeds[] = {"nothing", "seed=", "the firmware", "RDRAND",
                                        "the time (guessable)"};
    log_info("loader",
             "boot services ended at try %u; the map grew from %u to %u entries of %u bytes",
             info->exit_tries, info->entry_map.count, info->final_map.count, info->descriptor_size);
    log_info("loader", "randomness from %s; image slid by 0x%" PRIx64 ", secure boot %s",
             info->seed_source < 5 ? seeds[info->seed_source] : "?", info->image_slide,
             (info->flags & BOOT_FLAG_SECURE_BOOT) != 0 ? "on" : "off");
    if ((info->flags & BOOT_FLAG_INSPECTOR_FAILED) != 0)
        log_warning("loader", "the inspector was not shown: no screen, no keyboard, or no memory");
    if (info->report.size == 0)
        return;
    const char *note = (const char *)(uintptr_t)(info->direct_map_virtual + info->report.start);
    const int length = (int)info->report.size;
    if ((info->flags & BOOT_FLAG_REPORT_FAILED) != 0)
        log_warning("report", "%.*s", length, note);
    else
        log_info("report", "%.*s", length, note);
}

static void report_processor(void)
{
    const struct cpu_features *cpu = cpu_features();
    log_info("cpu", "%s, %u-bit physical addresses, %u levels, cycle counter %" PRIu64 " kHz (%s)",
             cpu->brand[0] != '\0' ? cpu->brand : cpu->vendor, cpu->phys_bits, cpu->levels,
             cpu->tsc_hz / 1000, cpu->tsc_source);
    log_info("cpu", "in force:%s%s%s%s%s%s", cpu->no_execute ? " NX" : "",
             cpu->write_protect ? " WP" : "", cpu->smep ? " SMEP" : "", cpu->smap ? " SMAP" : "",
             cpu->umip ? " UMIP" : "", cpu->global_pages ? " PGE" : "");
    if (!cpu->no_execute)
        log_warning("cpu", "no NX: every mapped page can be executed");
}

/* What the loader allocated is ours, whatever the map calls it (ST3 in mm/start.c). */
static void report_loader_memory(const struct memory_map *map)
{
    const uint64_t start = mm_boot_info()->loader.start;
    const uint64_t end = start + mm_boot_info()->loader.size;
    uint64_t described = 0;
    for (size_t i = 0; i < map->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        const uint64_t first = range->start.value > start ? range->start.value : start;
        const uint64_t last = range->end.value < end ? range->end.value : end;
        if (first >= last)
            continue;
        described += last - first;
        if (range->class != MEMORY_LOADER)
            log_warning("map",
                        "the firmware calls 0x%" PRIx64 "..0x%" PRIx64
                        " %s, but gave it to the loader; kept as ours",
                        first, last, memory_class_name(range->class));
    }
    if (described != end - start)
        log_warning("map",
                    "%" PRIu64 " bytes that the firmware gave to the loader are not described; "
                    "kept as ours",
                    end - start - described);
}

static void report_map(void)
{
    const struct memory_map *map = mm_memory_map();
    char sentence[256];
    log_info("map", "%zu ranges from %u descriptors; usable %s, boot-services %s, loader %s",
             map->range_count, mm_boot_info()->final_map.count,
             size_text(map->bytes[MEMORY_USABLE]).text,
             size_text(map->bytes[MEMORY_BOOT_SERVICES]).text,
             size_text(map->bytes[MEMORY_LOADER]).text);
    for (size_t i = 0; i < map->change_count; i++) {
        memory_change_describe(&map->changes[i], mm_boot_regions(), sentence, sizeof sentence);
        log_warning("map", "%s", sentence);
    }
    if (map->bytes[MEMORY_UNKNOWN] != 0)
        log_warning("map", "%s are of types that no specification names; not used",
                    size_text(map->bytes[MEMORY_UNKNOWN]).text);
    report_loader_memory(map);
}

/* RAM that is not write-back, or not in one piece. `memmap types` tells more. */
static void report_memory_types(void)
{
    const struct memory_map *map = mm_memory_map();
    for (size_t i = 0; i < map->range_count; i++) {
        const enum memory_type_conflict conflict =
            memory_types_judge(&map->ranges[i], cpu_memory_type);
        if (conflict != TYPE_CONFLICT_NONE)
            log_warning("types", "RAM at 0x%" PRIx64 "..0x%" PRIx64 ": %s",
                        map->ranges[i].start.value, map->ranges[i].end.value,
                        memory_type_conflict_text(conflict));
    }
}

static void start_screen(void)
{
    const struct boot_framebuffer *framebuffer = &mm_boot_info()->framebuffer;
    const size_t shadow_size = console_shadow_size(framebuffer);
    void *pixels, *shadow;
    if (framebuffer->width == 0) {
        if ((mm_boot_info()->flags & BOOT_FLAG_SCREEN_REFUSED) != 0)
            log_warning("screen", "none: what the firmware says of its framebuffer cannot be used");
        else
            log_info("screen", "none: the firmware gave no framebuffer");
        return;
    }
    status_t status = mm_map_device(phys_addr(framebuffer->start), framebuffer->size,
                                    MEMORY_TYPE_WRITE_COMBINING, "framebuffer", &pixels);
    if (status != STATUS_OK || shadow_size == 0 ||
        arena_alloc(mm_early_arena(), shadow_size, &shadow) != STATUS_OK) {
        log_warning("screen", "framebuffer at 0x%" PRIx64 ", %ux%u, not used: %s",
                    framebuffer->start, framebuffer->width, framebuffer->height,
                    status != STATUS_OK ? status_text(status) : "too small or too large for text");
        return;
    }
    console_start_framebuffer(framebuffer, pixels, shadow);
    log_info("screen", "%ux%u at 0x%" PRIx64, framebuffer->width, framebuffer->height,
             framebuffer->start);
}

static void describe_misuse(const char *operation, const struct heap_misuse *misuse, char *text,
                            size_t size)
{
    int length = format_text(text, size, "%s of 0x%" PRIx64 " refused: %s", operation,
                             misuse->address.value, status_text(misuse->status));
    if (misuse->status == STATUS_USE_AFTER_FREE) /* it is the allocation that found it */
        length = format_text(text, size, "%s found at 0x%" PRIx64 ": %s", operation,
                             misuse->address.value, status_text(misuse->status));
    text += length;
    size -= (size_t)length;
    if (misuse->block_size == 0) {
        format_text(text, size, "; the frame is %s", frame_class_name(misuse->tag.class));
        return;
    }
    length = format_text(text, size, "; block 0x%" PRIx64 ", %zu bytes", misuse->block.value,
                         misuse->block_size);
    text += length;
    size -= (size_t)length;
    if (misuse->status == STATUS_OVERRUN)
        length = format_text(text, size, ", %zu asked for", misuse->requested);
    else if (misuse->status == STATUS_USE_AFTER_FREE)
        length = format_text(text, size, ", slab %u", misuse->tag.value);
    else
        return;
    format_text(text + length, size - (size_t)length,
                "; the first bad byte is at offset %zu: 0x%02x instead of 0x%02x", misuse->offset,
                misuse->value, misuse->expected);
}

/* P12: an error of the heap is fatal by default, and says what was wrong. */
static void heap_misuse(const char *operation, const struct heap_misuse *misuse)
{
    char facts[256];
    describe_misuse(operation, misuse, facts, sizeof facts);
    if (!boot.options.heap_warn)
        panic("heap: %s", facts);
    log_error("heap", "%s; %s", facts,
              misuse->status == STATUS_USE_AFTER_FREE ? "the block is not used again"
                                                      : "nothing was changed");
    backtrace_print(&output_sink, virt_of(__builtin_return_address(0)),
                    virt_of(__builtin_frame_address(0)));
}

static void start_heap(void)
{
    const char *fault;
    must(mm_init_heap(&fault), "heap", fault);
    if (boot.options.heap_l1)
        must(heap_set_level(mm_heap(), HEAP_L1), "heap", "its level");
    mm_set_misuse_hook(heap_misuse);
}

static const void *read_physical(uint64_t physical, uint64_t size)
{
    phys_addr_t phys;
    const void *virt = phys_to_virt(phys_addr(physical));
    for (uint64_t at = 0; at < size; at += PAGE_SIZE)
        if (virt_to_phys(virt_addr(virt_of(virt).value + at), &phys) != STATUS_OK)
            return nullptr;
    if (size == 0 || virt_to_phys(virt_addr(virt_of(virt).value + size - 1), &phys) != STATUS_OK)
        return nullptr;
    return virt;
}

static void start_power(void)
{
    const struct boot_info *info = mm_boot_info();
    power_init(phys_to_virt(phys_addr(info->tables.start)),
               info->tables.size / sizeof(struct boot_table), read_physical);
}

static void report_frames(unsigned nodes)
{
    struct frame_totals totals;
    frames_totals(mm_frames(), &totals);
    const uint64_t untouched = totals.sections - totals.sections_online;
    log_info("frames", "%s in %" PRIu64 " spans, %u node%s, %" PRIu64 " section%s untouched",
             size_text(totals.managed << PAGE_SHIFT).text, totals.span_count, nodes,
             nodes == 1 ? "" : "s", untouched, untouched == 1 ? "" : "s");
}

static void reclaim(void)
{
    struct mm_reclaimed reclaimed;
    const char *fault;
    must(mm_reclaim(&reclaimed, &fault), "reclaim", fault);
    log_info("reclaim",
             "%" PRIu64 " bytes of boot services and %" PRIu64 " of the loader came back; %" PRIu64
             " stay (image, early memory, below 1 MiB)",
             reclaimed.boot_services_bytes, reclaimed.loader_bytes, reclaimed.kept_bytes);
}

static void self_check(void)
{
    struct mm_paging_summary summary;
    virt_addr_t where;
    const char *broken = mm_check_paging(&summary, &where);
    if (broken != nullptr)
        panic("page tables: %s (at 0x%" PRIx64 ")", broken, where.value);
    log_info("paging",
             "proved: %s; %" PRIu64 " + %" PRIu64 " + %" PRIu64
             " leaves of 4K, 2M, 1G; %s r-x, %s r--, %s rw-",
             summary.no_execute ? "no page is writable and executable"
                                : "no page is out of place (no NX: W^X cannot hold)",
             summary.leaves_4k, summary.leaves_2m, summary.leaves_1g,
             size_text(summary.bytes_rx).text, size_text(summary.bytes_r).text,
             size_text(summary.bytes_rw).text);
}

static void start_memory(const struct boot_info *info)
{
    const char *fault = "";
    unsigned nodes;
    must(mm_init_map(info, &fault), "map", fault);
    report_map();
    report_memory_types();
    phase_end("memory map");
    must(numa_init(&nodes), "nodes", "early memory for the ranges of the SRAT");
    log_info("numa", "%u node%s, %u processor%s (one is used)", nodes, nodes == 1 ? "" : "s",
             numa_processor_count(), numa_processor_count() == 1 ? "" : "s");
    phase_end("nodes");
    must(mm_init_frames(&fault), "frames", fault);
    report_frames(nodes);
    phase_end("frames");
    must(mm_init_paging(&fault), "paging", fault);
    console_lend_framebuffer(nullptr, nullptr); /* our tables do not map it there */
    phase_end("paging");
    start_screen();
    phase_end("screen");
    start_heap();
    phase_end("heap");
    reclaim();
    phase_end("reclaim");
    start_power();
    phase_end("power");
    self_check();
    phase_end("self-check");
}

void kernel_main(const struct boot_info *info)
{
    boot.start = boot.phase_start = cpu_cycles();
    start_log(info);
    phase_end("log");
    report_loader(info);
    trap_init();
    trap_stacks_mark(); /* from here on we know how deep each stack was */
    phase_end("traps");
    cpu_init();
    report_processor();
    phase_end("processor");
    start_memory(info);
    read_options(&mm_boot_info()->options, mm_boot_info()->direct_map_virtual, nullptr);
    boot.total = cpu_cycles() - boot.start;
    log_info("boot", "ready after %" PRIu64 " %s", boot.total, cpu_features()->tsc_unit);
    if (boot.options.run.length != 0)
        power_exit(monitor_run(boot.options.run.start, boot.options.run.length));
    input_start();
    monitor_loop();
}
