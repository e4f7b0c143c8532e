/* SPDX-License-Identifier: MIT
 * The list of lint's rules, and what the two indices of a finding point to. What a rule says is in
 * inspect/judge/lint_rules.c, how it says it in lint_patterns.c. */
#ifndef INSPECT_LINT_RULES_H
#define INSPECT_LINT_RULES_H

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

#endif
