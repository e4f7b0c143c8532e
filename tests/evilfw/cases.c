/* SPDX-License-Identifier: MIT
 * The cases, all of them: a name, and the lie that it sets. tests/boot/evilfw.boot tells for each what must
 * come of it. A value of 0: the number behind the colon (1 if there is none). */
#include "evilfw.h"

#include <base/string.h>

#define LIE(field) .offset = offsetof(struct lies, field)

static const struct {
    const char *name;
    map_edit *edit; /* an edit of the map, or null: a field */
    size_t offset;  /* in struct lies */
    uint64_t value;
} cases[] = {
    /* the end of boot services */
    {"exit-fails", LIE(exit_failures)},
    {"grows", LIE(growth)},
    {"too-small-first", LIE(too_small_first)},
    {"too-small-from", LIE(too_small_from)},
    {"overrun", LIE(overrun)},
    {"size-excess", LIE(size_excess)},
    /* how the map is told */
    {"descriptor-size", LIE(descriptor_size)},
    /* what the map says */
    {"reversed", .edit = map_reverse},
    {"shuffled", .edit = map_shuffle},
    {"duplicated", .edit = map_duplicate},
    {"nested", .edit = map_nest},
    {"overlapping", .edit = map_overlap},
    {"overlapping-thrice", .edit = map_overlap_thrice},
    {"empty", .edit = map_add_empty},
    {"wrapping", .edit = map_add_wrapping},
    {"beyond", .edit = map_add_beyond},
    {"misaligned", .edit = map_misalign},
    {"few-pages", .edit = map_few_pages},
    {"above-4g", .edit = map_above_4g},
    {"low-boot", .edit = map_low_boot},
    {"no-write-back", .edit = map_no_write_back},
    {"ours-free", .edit = map_ours_free},
    {"ours-misaligned", .edit = map_ours_misaligned},
    {"count", .edit = map_count},
    {"type", .edit = map_type},
    {"attributes", .edit = map_attributes},
    {"runtime-lost", .edit = map_runtime_lost},
    {"framebuffer-free", .edit = map_framebuffer_free},
    /* the memory attributes table, and the list that it is in */
    {"mat-empty", LIE(mat), MAT_EMPTY},
    {"mat-huge", LIE(mat), MAT_HUGE},
    {"mat-step", LIE(mat), MAT_STEP},
    {"mat-version-2", LIE(mat), MAT_VERSION_2},
    {"mat-version-3", LIE(mat), MAT_VERSION_3},
    {"mat-open", LIE(mat), MAT_OPEN},
    {"mat-constant", LIE(mat), MAT_CONSTANT},
    {"mat-stray", LIE(mat), MAT_STRAY},
    {"mat-lost", LIE(mat), MAT_LOST},
    {"acpi-damaged", LIE(acpi_damaged)},
    {"no-tables", LIE(tables), TABLES_NONE},
    {"tables", LIE(tables)},
    /* files */
    {"file-fails", LIE(file_fails)},
    {"file-fails-from", LIE(file_fails_from)},
    {"file-protected", LIE(file_protected)},
    {"file-full", LIE(file_full)},
    {"file-short", LIE(file_short)},
    {"file-bad", LIE(file_bad)},
    /* memory that is asked for */
    {"allocate-fails", LIE(allocate_fails)},
    {"allocate-at", LIE(allocate_at)},
    {"allocate-high", LIE(allocate_high)},
    /* screen, randomness, tables */
    {"gop-absent", LIE(gop), GOP_ABSENT},
    {"gop-blt-only", LIE(gop), GOP_BLT_ONLY},
    {"gop-masks", LIE(gop_masks)},
    {"gop-base", LIE(gop_base)},
    {"gop-too-short", LIE(gop), GOP_TOO_SHORT},
    {"gop-no-mode", LIE(gop), GOP_NO_MODE},
    {"no-console", LIE(no_console)},
    {"rng-fails", LIE(rng_fails)},
    {"no-rng", LIE(no_rng)},
    /* options */
    {"options-long", LIE(options), OPTIONS_LONG},
    {"options-binary", LIE(options), OPTIONS_BINARY},
    {"options-no-end", LIE(options), OPTIONS_NO_END},
    {"options-nothing", LIE(options), OPTIONS_NOTHING},
};

bool case_arm(struct lies *lies, const char *name, size_t length, uint64_t number)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (strlen(cases[i].name) != length || memcmp(cases[i].name, name, length) != 0)
            continue;
        if (cases[i].edit == nullptr) {
            uint64_t value = cases[i].value != 0 ? cases[i].value : number;
            memcpy((char *)lies + cases[i].offset, &value, sizeof value);
            return true;
        }
        if (lies->edit_count == EDITS_MAX)
            return false;
        lies->edits[lies->edit_count].apply = cases[i].edit;
        lies->edits[lies->edit_count++].number = number;
        return true;
    }
    return false;
}
