/* SPDX-License-Identifier: MIT
 * Lint, inside: the list of rules, the state of a run, and what the files of rules share. For inspect/lint*.c
 * and their tests. */
#ifndef INSPECT_LINT_PRIVATE_H
#define INSPECT_LINT_PRIVATE_H

#include <inspect/lint.h>

/* X(number, name, how findings are joined, what `first` is, what `second` is)
 *   EACH  a finding each; from LINT_EACH_MAX on the rest is one finding with a count
 *   SUM   all are one finding: the first, a count, and the sum of their values (bytes)
 *   BITS  the same, but the values are attribute bits, and are united */
#define LINT_RULE_LIST(X)                                                                          \
    X(001, CONFLICT, EACH, DESCRIPTOR, DESCRIPTOR)                                                 \
    X(002, CONTRADICTION, EACH, DESCRIPTOR, DESCRIPTOR)                                            \
    X(003, OVERLAP, EACH, DESCRIPTOR, DESCRIPTOR)                                                  \
    X(004, DUPLICATE, EACH, DESCRIPTOR, DESCRIPTOR)                                                \
    X(005, SHARED_PAGE, SUM, DESCRIPTOR, DESCRIPTOR)                                               \
    X(006, EMPTY, SUM, DESCRIPTOR, NOTHING)                                                        \
    X(007, WRAPS, EACH, DESCRIPTOR, NOTHING)                                                       \
    X(008, BEYOND_MEMORY, EACH, DESCRIPTOR, NOTHING)                                               \
    X(009, BEYOND_OTHER, EACH, DESCRIPTOR, NOTHING)                                                \
    X(010, MISALIGNED, EACH, DESCRIPTOR, NOTHING)                                                  \
    X(011, INSIDE_PAGE, SUM, DESCRIPTOR, NOTHING)                                                  \
    X(012, PAGE_ZERO, EACH, DESCRIPTOR, NOTHING)                                                   \
    X(013, UNSORTED, EACH, DESCRIPTOR, DESCRIPTOR)                                                 \
    X(014, MERGEABLE, SUM, DESCRIPTOR, DESCRIPTOR)                                                 \
    X(015, DESCRIPTOR_SIZE, EACH, NOTHING, NOTHING)                                                \
    X(016, DESCRIPTOR_VERSION, EACH, NOTHING, NOTHING)                                             \
    X(017, UNKNOWN_TYPE, EACH, DESCRIPTOR, NOTHING)                                                \
    X(018, OEM_TYPE, EACH, DESCRIPTOR, NOTHING)                                                    \
    X(019, OS_TYPE, EACH, DESCRIPTOR, NOTHING)                                                     \
    X(020, ITANIUM_TYPE, EACH, DESCRIPTOR, NOTHING)                                                \
    X(021, MEMORY_ERRORS, SUM, DESCRIPTOR, NOTHING)                                                \
    X(022, RUNTIME_NOT_ALLOWED, EACH, DESCRIPTOR, NOTHING)                                         \
    X(023, RUNTIME_MISSING, EACH, DESCRIPTOR, NOTHING)                                             \
    X(024, UNKNOWN_ATTRIBUTES, BITS, DESCRIPTOR, NOTHING)                                          \
    X(025, ISA_NOT_VALID, BITS, DESCRIPTOR, NOTHING)                                               \
    X(026, ISA_EMPTY, SUM, DESCRIPTOR, NOTHING)                                                    \
    X(027, NO_CACHE_MODE, SUM, DESCRIPTOR, NOTHING)                                                \
    X(028, NO_WRITE_BACK, SUM, DESCRIPTOR, NOTHING)                                                \
    X(029, PROTECTION_LISTED, BITS, DESCRIPTOR, NOTHING)                                           \
    X(030, UNCACHED_EXPORTED, SUM, DESCRIPTOR, NOTHING)                                            \
    X(031, DEVICE_CACHEABLE, BITS, DESCRIPTOR, NOTHING)                                            \
    X(032, SPECIFIC_PURPOSE, SUM, DESCRIPTOR, NOTHING)                                             \
    X(033, MORE_RELIABLE, SUM, DESCRIPTOR, NOTHING)                                                \
    X(034, UNACCEPTED, SUM, DESCRIPTOR, NOTHING)                                                   \
    X(035, PERSISTENT, SUM, DESCRIPTOR, NOTHING)                                                   \
    X(036, HOT_PLUGGABLE, SUM, DESCRIPTOR, NOTHING)                                                \
    X(037, ENCRYPTED_PART, SUM, DESCRIPTOR, NOTHING)                                               \
    X(038, ATTRIBUTES_ABSENT, EACH, NOTHING, NOTHING)                                              \
    X(039, ATTRIBUTES_VERSION, EACH, NOTHING, NOTHING)                                             \
    X(040, ATTRIBUTES_SIZE, EACH, NOTHING, NOTHING)                                                \
    X(041, ATTRIBUTES_CUT, EACH, NOTHING, NOTHING)                                                 \
    X(042, ATTRIBUTES_EMPTY, EACH, NOTHING, NOTHING)                                               \
    X(043, ENTRY_BROKEN, EACH, ENTRY, NOTHING)                                                     \
    X(044, ENTRY_MISALIGNED, EACH, ENTRY, NOTHING)                                                 \
    X(045, ENTRY_UNSORTED, SUM, ENTRY, NOTHING)                                                    \
    X(046, ENTRY_OVERLAP, EACH, ENTRY, ENTRY)                                                      \
    X(047, ENTRY_TYPE, EACH, ENTRY, NOTHING)                                                       \
    X(048, ENTRY_OPEN, EACH, ENTRY, NOTHING)                                                       \
    X(049, ENTRY_CONSTANT, SUM, ENTRY, NOTHING)                                                    \
    X(050, ENTRY_BITS, BITS, ENTRY, NOTHING)                                                       \
    X(051, ENTRY_NOT_RUNTIME, SUM, ENTRY, NOTHING)                                                 \
    X(052, ENTRY_STRAY, EACH, ENTRY, NOTHING)                                                      \
    X(053, RUNTIME_NOT_COVERED, EACH, DESCRIPTOR, NOTHING)                                         \
    X(054, PLACE_BEYOND, EACH, PLACE, NOTHING)                                                     \
    X(055, TABLE_IN_FREE_MEMORY, EACH, PLACE, DESCRIPTOR)                                          \
    X(056, TABLE_GIVEN_BACK, EACH, PLACE, DESCRIPTOR)                                              \
    X(057, TABLE_MISPLACED, EACH, PLACE, DESCRIPTOR)                                               \
    X(058, TABLE_NOT_DESCRIBED, EACH, PLACE, NOTHING)                                              \
    X(059, FACS_MISPLACED, EACH, PLACE, DESCRIPTOR)                                                \
    X(060, SYSTEM_TABLE_MISPLACED, EACH, PLACE, DESCRIPTOR)                                        \
    X(061, DEVICE_IN_MEMORY, EACH, PLACE, DESCRIPTOR)                                              \
    X(062, DEVICE_MISPLACED, EACH, PLACE, DESCRIPTOR)                                              \
    X(063, ECAM_NOT_DESCRIBED, EACH, PLACE, NOTHING)                                               \
    X(064, FRAMEBUFFER_IN_MEMORY, EACH, PLACE, DESCRIPTOR)                                         \
    X(065, PLACES_OVERLAP, EACH, PLACE, PLACE)                                                     \
    X(066, TABLE_REFUSED, EACH, PROBLEM, NOTHING)                                                  \
    X(067, TABLE_DOUBTFUL, EACH, PROBLEM, NOTHING)                                                 \
    X(068, MORE_THAN_INSTALLED, EACH, NOTHING, NOTHING)                                            \
    X(069, LESS_THAN_INSTALLED, EACH, NOTHING, NOTHING)                                            \
    X(070, NODE_WRAPS, EACH, NODE, NOTHING)                                                        \
    X(071, NODES_OVERLAP, EACH, NODE, NODE)                                                        \
    X(072, MEMORY_WITHOUT_NODE, SUM, DESCRIPTOR, NOTHING)                                          \
    X(073, NODE_NOT_DESCRIBED, EACH, NODE, NOTHING)                                                \
    X(074, MEMORY_WITHOUT_ARRAY, SUM, DESCRIPTOR, NOTHING)                                         \
    X(075, NOTHING_USABLE, EACH, NOTHING, NOTHING)                                                 \
    X(076, NOTHING_BELOW_4_GIB, EACH, DESCRIPTOR, NOTHING)                                         \
    X(077, HOLE_AT_4_GIB, EACH, DESCRIPTOR, NOTHING)                                               \
    X(078, FRAGMENTED, EACH, NOTHING, NOTHING)                                                     \
    X(079, E820_TOO_MANY, EACH, NOTHING, NOTHING)                                                  \
    X(080, BOOT_SERVICES_SHARE, EACH, NOTHING, NOTHING)                                            \
    X(081, NO_LOW_MEMORY, EACH, DESCRIPTOR, NOTHING)                                               \
    X(082, VIDEO_HOLE_USABLE, EACH, DESCRIPTOR, NOTHING)                                           \
    X(083, EXTENDED_DATA_AREA, EACH, DESCRIPTOR, NOTHING)                                          \
    X(084, DEVICE_AS_MEMORY, SUM, DESCRIPTOR, NOTHING)

enum lint_rule_number : uint16_t {
#define LINT_RULE_ENUM(number, name, joining, first, second) LINT_FM##number##_##name,
    LINT_RULE_LIST(LINT_RULE_ENUM)
#undef LINT_RULE_ENUM
        LINT_RULE_COUNT
};

enum lint_joining : uint8_t { LINT_EACH, LINT_SUM, LINT_BITS };
/* The arrays of a view that a finding's indices may point into. */
enum lint_subject : uint8_t {
    LINT_NOTHING,
    LINT_DESCRIPTOR,
    LINT_PLACE,
    LINT_ENTRY,
    LINT_NODE,
    LINT_PROBLEM,
};
struct lint_shape {
    enum lint_joining joining;
    enum lint_subject first, second;
};
struct lint_shape lint_rule_shape(unsigned rule);
/* Can the rule run on this source? */
bool lint_rule_can_run(unsigned rule, const struct view *view);

/* So many findings of one rule stand alone; more would hide the others, and sorting them would cost. */
constexpr uint32_t LINT_EACH_MAX = 64;

/* Something with bounds: `index` tells which. */
struct lint_span {
    uint64_t start, end; /* half-open, not empty */
    uint32_t index, reserved;
};

/* One a rule; looked up once, asked at every finding. */
struct lint_rule_state {
    uint32_t alone; /* so many more findings stand alone */
    bool can_run;
};

struct lint_run {
    const struct view *view;
    const struct memory_map *map;
    struct lint_finding *findings; /* while it runs: a heap, the last in order at the top */
    size_t capacity;
    struct lint_finding *tallies; /* one a rule: what was joined; count 0: nothing */
    struct lint_rule_state *rules;
    struct lint_span *spans; /* room for the largest of places, nodes, arrays, entries */
    struct lint out;
};

/* Tell a finding, which is copied; its count is set here. */
void lint_found(struct lint_run *run, struct lint_finding *finding);
/* The same for descriptor `index`, which gives the bounds. */
void lint_found_descriptor(struct lint_run *run, enum lint_rule_number rule, uint32_t index,
                           uint64_t value);
/* The same where the value is how many bytes it has. */
void lint_found_bytes(struct lint_run *run, enum lint_rule_number rule, uint32_t index);

void lint_run_map(struct lint_run *run);         /* what memory_map_build changed: FM001..FM012 */
void lint_run_descriptors(struct lint_run *run); /* FM013..FM032, FM034..FM036, FM084 */
void lint_run_attributes(struct lint_run *run);  /* the memory attributes table: FM038..FM053 */
void lint_run_places(struct lint_run *run);      /* tables and devices: FM054..FM067 */
void lint_run_totals(struct lint_run *run);      /* FM033, FM037, FM068, FM069, FM075..FM080 */
void lint_run_nodes(struct lint_run *run);       /* SRAT and SMBIOS against the map: FM070..FM074 */
void lint_run_low_memory(struct lint_run *run);  /* FM081..FM083 */

/* The sentence of a rule with words in braces (inspect/lint_patterns.c); "" for none. */
const char *lint_pattern(unsigned rule);

/* ---- sets of classes ---- */

#define LINT_CLASS(name) (UINT32_C(1) << MEMORY_##name)
/* What an operating system allocates from, at once or after boot services have ended. */
constexpr uint32_t LINT_FREE_CLASSES =
    LINT_CLASS(USABLE) | LINT_CLASS(BOOT_SERVICES) | LINT_CLASS(LOADER);
constexpr uint32_t LINT_RUNTIME_CLASSES = LINT_CLASS(RUNTIME_CODE) | LINT_CLASS(RUNTIME_DATA);
#define LINT_CLASS_IF_RAM(name, word, is_ram) | ((is_ram) ? LINT_CLASS(name) : 0)
constexpr uint32_t LINT_RAM_CLASSES = 0 MEMORY_CLASS_LIST(LINT_CLASS_IF_RAM);
#undef LINT_CLASS_IF_RAM
constexpr uint32_t LINT_ALL_CLASSES = (UINT32_C(1) << MEMORY_CLASS_COUNT) - 1;
static inline bool lint_class_in(enum memory_class class, uint32_t classes)
{
    return (classes >> class & 1) != 0;
}

/* ---- bounds (inspect/lint_spans.c) ---- */

/* Bytes of a descriptor, half-open; false if it is empty or wraps (*end is then UINT64_MAX if it wraps). */
bool lint_bounds(const struct boot_region *region, uint64_t *start, uint64_t *end);
uint64_t lint_add(uint64_t a, uint64_t b); /* stops at UINT64_MAX */

void lint_sort_spans(struct lint_span *spans, size_t count);
/* Of run->spans, sorted: one that begins before the farthest of those before it ends is a finding of `rule`, unless
 * the two things are alike; their indices are the spans'. */
void lint_overlapping_spans(struct lint_run *run, enum lint_rule_number rule, size_t count,
                            bool (*are_alike)(const struct view *view, uint32_t a, uint32_t b));
/* Sorted spans become disjoint ones with the same bytes. Returns how many. */
size_t lint_unite_spans(struct lint_span *spans, size_t count);

/* What covers: ranges of the map whose class is in `classes`, or, if `spans` is not null, disjoint spans. */
struct lint_cover {
    const struct memory_map *map;
    uint32_t classes;
    const struct lint_span *spans;
    size_t span_count;
    size_t at;
};
struct lint_gap {
    uint64_t start, end; /* the first one */
    uint64_t bytes;      /* all together; 0: there is none */
};
/* What of [start, end) is not covered. `start` must not fall from call to call: all calls together are linear. */
struct lint_gap lint_uncovered(struct lint_cover *cover, uint64_t start, uint64_t end);

#endif
