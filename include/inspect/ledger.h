/* SPDX-License-Identifier: MIT
 * The ledger: where the memory went, to the byte. Five totals (installed, described, usable, reclaimed, free) and between
 * two totals a named row for every difference, so that each total is the one before, less what was taken, plus
 * what was added. What a source cannot know (installed memory without SMBIOS, what a kernel did on a map that was
 * only read) is left out, never guessed. All rows are bytes; a note that does not fit in 64 bits says UINT64_MAX.
 * Pure. */
#ifndef INSPECT_LEDGER_H
#define INSPECT_LEDGER_H

#include <inspect/view.h>
#include <mm/memory_map.h>

enum ledger_kind : uint8_t {
    LEDGER_TOTAL, /* must be the sum of what came before */
    LEDGER_TAKEN, /* less */
    LEDGER_ADDED, /* more */
    LEDGER_NOTE,  /* of the row above, or beside it: not part of the sum */
};

/* X(name, kind, the words). In the order in which they are printed; the chain starts at the first total. */
#define LEDGER_ROW_LIST(X)                                                                         \
    X(INSTALLED, TOTAL, "installed (SMBIOS)")                                                      \
    X(NOT_DESCRIBED, TAKEN, "kept by the firmware and not described as memory")                    \
    X(BEYOND_INSTALLED, ADDED, "described as memory beyond what is installed")                     \
    X(RESERVED, NOTE, "in ranges that the map calls reserved (not counted as memory)")             \
    X(UNKNOWN, NOTE, "in ranges of types that nobody specifies (not counted as memory)")           \
    X(UNUSABLE, NOTE, "in ranges with errors (not counted as memory)")                             \
    X(MMIO, NOTE, "in ranges of devices (not memory)")                                             \
    X(IGNORED, NOTE, "in descriptors that make no sense and were ignored")                         \
    X(ROUNDED_AWAY, NOTE, "lost at the edges of pages")                                            \
    X(TWICE, NOTE, "described more than once")                                                     \
    X(CONTESTED, NOTE, "of that, two descriptors disagreed and the stricter one won")              \
    X(DESCRIBED, TOTAL, "described as memory")                                                     \
    X(RUNTIME_CODE, TAKEN, "runtime services code")                                                \
    X(RUNTIME_DATA, TAKEN, "runtime services data")                                                \
    X(ACPI_NVS, TAKEN, "ACPI NVS")                                                                 \
    X(ACPI_RECLAIM, TAKEN, "ACPI tables")                                                          \
    X(SPECIFIC_PURPOSE, TAKEN, "specific-purpose memory")                                          \
    X(PERSISTENT, TAKEN, "persistent memory")                                                      \
    X(UNACCEPTED, TAKEN, "unaccepted memory")                                                      \
    X(OEM_DEFINED, TAKEN, "types of the manufacturer")                                             \
    X(OS_DEFINED, TAKEN, "types of an operating system's loader")                                  \
    X(PAL_CODE, TAKEN, "PAL code")                                                                 \
    X(BOOT_SERVICES, TAKEN, "boot services, until they end")                                       \
    X(LOADER, TAKEN, "the boot loader and what it loaded")                                         \
    X(USABLE, TOTAL, "usable at once")                                                             \
    X(MORE_RELIABLE, NOTE, "of it, more reliable (mirrored)")                                      \
    X(FROM_BOOT_SERVICES, ADDED, "boot services, given back")                                      \
    X(FROM_LOADER, ADDED, "the boot loader, given back")                                           \
    X(FROM_ACPI, ADDED, "ACPI tables, given back after they were copied")                          \
    X(LOW_MEMORY, TAKEN, "first MiB, left alone")                                                  \
    X(UNCACHEABLE, TAKEN, "cannot be cached (no write-back), left alone")                          \
    X(UNREACHABLE, TAKEN, "above what the kernel maps, left alone")                                \
    X(RECLAIMED, TOTAL, "usable after boot services have ended")                                   \
    X(KERNEL_IMAGE, TAKEN, "kernel: image")                                                        \
    X(KERNEL_TABLES, TAKEN, "kernel: page tables")                                                 \
    X(KERNEL_METADATA, TAKEN, "kernel: accounts of frames")                                        \
    X(KERNEL_EARLY, TAKEN, "kernel: early memory")                                                 \
    X(KERNEL_HEAP, TAKEN, "kernel: heap")                                                          \
    X(KERNEL_HANDED_OVER, TAKEN, "kernel: what the loader handed over and is kept")                \
    X(KERNEL_OFFLINE, TAKEN, "taken out of service")                                               \
    X(KERNEL_OTHER, TAKEN, "kernel: everything else")                                              \
    X(FREE, TOTAL, "free")

enum ledger_row : uint8_t {
#define LEDGER_ROW_ENUM(name, kind, words) LEDGER_ROW_##name,
    LEDGER_ROW_LIST(LEDGER_ROW_ENUM)
#undef LEDGER_ROW_ENUM
        LEDGER_ROW_COUNT
};
const char *
ledger_row_word(enum ledger_row row); /* "not_described": the name for JSON, lower case */
const char *ledger_row_text(enum ledger_row row);
enum ledger_kind ledger_row_kind(enum ledger_row row);
char ledger_row_sign(enum ledger_row row); /* '=', '-', '+'; ' ' for a note */

struct ledger {
    uint64_t bytes[LEDGER_ROW_COUNT];
    uint64_t known; /* bit r: row r is known; others are not printed and count nothing */
    bool projected; /* RECLAIMED is what a kernel would get back; no kernel has done it */
};
static_assert(LEDGER_ROW_COUNT <= 64);

/* The next row that a person is shown, from *at on: those that are known, and are not 0 unless they are totals. False:
 * that was the last. `for (unsigned at = 0; ledger_next_row(ledger, &at, &row);)` */
bool ledger_next_row(const struct ledger *ledger, unsigned *at, enum ledger_row *row);

/* From what a view and its map say, up to RECLAIMED, which is projected. Cannot fail: what is not known is left out. */
struct ledger ledger_of_map(const struct view *view, const struct memory_map *map);

/* A running kernel goes on from it: what it got back and holds. from_* is memory of that class that is the kernel's
 * now, free or not (its image and what was handed over included, first MiB included); what it holds counts only
 * where it lies in such memory or in usable memory, and once. The rest of RECLAIMED - FREE that no row names is
 * KERNEL_OTHER, which a sound kernel keeps at 0. If it says that it holds more than there is, FREE does not close. */
struct ledger_use {
    uint64_t from_boot_services, from_loader, from_acpi, low_memory;
    uint64_t image, tables, metadata, early, heap, handed_over, offline, free;
};
void ledger_continue(struct ledger *ledger, const struct ledger_use *use);

/* Null if every total closes; else the sentence of the first that does not. */
const char *ledger_check(const struct ledger *ledger);

#endif
