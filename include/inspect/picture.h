/* SPDX-License-Identifier: MIT
 * The picture of memory: RAM as an array of bytes, coloured by owner, to scale.
 *
 *     title
 *     0x0000000000000000 ####++++####........     a row: its first address, and cells of equal size. A row is an
 *     0x0000000004000000 ....................     aligned piece of the address space; one without RAM is left out,
 *     ------------------                          which a line between its neighbours shows. A cell of several
 *     0x0000000100000000 ....##..                 owners shows them in proportion, each at least one pixel wide.
 *     one cell is 1 MiB, one row 64 MiB
 *     # usable 1.9 GiB 95.0%  + heap ...          the legend: what the rows above show, in bytes
 *
 * Pure: pixels go to a canvas (the kernel's screen, or memory that the loader blits), or characters to a sink. */
#ifndef INSPECT_PICTURE_H
#define INSPECT_PICTURE_H

#include <base/canvas.h>
#include <base/format.h>
#include <base/status.h>
#include <mm/memory_map.h>

/* ---- whose memory is ---- */

/* X(name, word, colour, character, is RAM). First nothing, then the classes of the firmware's map in their order, then
 * who owns the frames of a running kernel. Words have at most PICTURE_WORD_MAX characters. */
#define PICTURE_OWNER_LIST(X)                                                                      \
    X(NOTHING, "not described", 0x22272e, ' ', false)                                              \
    X(USABLE, "usable", 0x2e9e5b, '.', true)                                                       \
    X(BOOT_SERVICES, "boot-services", 0x8bcf9f, 'b', true)                                         \
    X(LOADER, "loader", 0xc4dd8b, 'l', true)                                                       \
    X(ACPI_RECLAIM, "acpi-reclaim", 0xd9b23c, 'a', true)                                           \
    X(SPECIFIC_PURPOSE, "specific-purpose", 0x22a7b8, 's', true)                                   \
    X(PERSISTENT, "persistent", 0x4a7fd0, 'p', true)                                               \
    X(UNACCEPTED, "unaccepted", 0x93a8c9, 'u', true)                                               \
    X(OS_DEFINED, "os-defined", 0xb58fd8, 'o', true)                                               \
    X(OEM_DEFINED, "oem-defined", 0x8f5fc2, 'e', true)                                             \
    X(ACPI_NVS, "acpi-nvs", 0xe08a2c, 'n', true)                                                   \
    X(RUNTIME_DATA, "runtime-data", 0xd4573f, 'd', true)                                           \
    X(RUNTIME_CODE, "runtime-code", 0xa8324a, 'c', true)                                           \
    X(PAL_CODE, "pal-code", 0x7a4b3a, 'q', true)                                                   \
    X(RESERVED, "reserved", 0x8c949d, 'r', false)                                                  \
    X(UNKNOWN, "unknown", 0x5a4f78, '?', false)                                                    \
    X(MMIO, "mmio", 0x4d5661, 'm', false)                                                          \
    X(MMIO_PORTS, "mmio-ports", 0x6b7a8c, 'i', false)                                              \
    X(UNUSABLE, "unusable", 0xf4f6f8, 'X', false)                                                  \
    X(FREE, "free", 0x2fa86a, '.', true)                                                           \
    X(GIVEN_BACK, "given back", 0xa6e3b5, '+',                                                     \
      true) /* free; was boot services' or the loader's */                                         \
    X(LEFT_ALONE, "left alone", 0x5f7f4a, '-', true) /* free, but the kernel does not touch it */  \
    X(HEAP, "heap", 0xf0e442, 'H', true)                                                           \
    X(PAGE_TABLES, "page tables", 0x56b4e9, 'T', true)                                             \
    X(ACCOUNTS, "frame accounts", 0x2f6fe0, 'F', true)                                             \
    X(IMAGE, "kernel image", 0xff6fb5, 'K', true)                                                  \
    X(EARLY, "early memory", 0xd9a0ff, 'E', true)                                                  \
    X(OTHER, "kernel, other", 0xffb38a, 'O', true)                                                 \
    X(OFFLINE, "out of service", 0xff2d2d, '!', true)

enum picture_owner : uint8_t {
#define PICTURE_OWNER_ENUM(name, word, colour, character, is_ram) PICTURE_##name,
    PICTURE_OWNER_LIST(PICTURE_OWNER_ENUM)
#undef PICTURE_OWNER_ENUM
        PICTURE_OWNER_COUNT
};
constexpr unsigned PICTURE_WORD_MAX = 16;
#define PICTURE_BIT(owner) (UINT64_C(1) << (owner))
static_assert(PICTURE_OWNER_COUNT <= 64);

const char *picture_owner_word(enum picture_owner owner);
uint32_t picture_owner_colour(enum picture_owner owner); /* 0xRRGGBB */
bool picture_owner_is_ram(enum picture_owner owner);
static inline enum picture_owner picture_owner_of_class(enum memory_class class)
{
    return class < MEMORY_CLASS_COUNT ? (enum picture_owner)((uint32_t)class + PICTURE_USABLE)
                                      : PICTURE_UNKNOWN;
}

/* ---- where it comes from ---- */

/* Half-open [start, end). */
struct picture_span {
    uint64_t start, end;
    enum picture_owner owner;
};
/* Spans in order of address, disjoint. What does not keep to that is clipped, so that nothing is counted twice. */
struct picture_source {
    /* The first span that ends above `from`; false: there is none. */
    bool (*next)(void *owner, uint64_t from, struct picture_span *out);
    void *owner;
};
/* The judged map, each class an owner. The map must stay. O(log n) a span. */
struct picture_source picture_source_of_map(const struct memory_map *map);

/* ---- pixels ---- */

struct picture_setup {
    uint32_t width, height; /* of the area, from the canvas's top left on */
    struct font font;
    uint64_t
        owners; /* PICTURE_BITs of those that may appear later: the legend keeps room for them */
};

/* Opaque: it lies in the memory that its maker gives. */
struct picture;

constexpr uint32_t PICTURE_COLUMNS_MIN = 78, PICTURE_ROWS_MIN = 8; /* of the font's characters */

/* Bytes of memory (aligned to 16) for a picture of this area; 0: it is too small, or does not fit. */
size_t picture_memory_size(const struct picture_setup *setup);
/* Choose the scale for the RAM that `source` tells of: the smallest cells with which all rows fit. NO_MEMORY;
 * UNSUPPORTED: the area is too small. */
status_t picture_init(const struct picture_setup *setup, const struct picture_source *source,
                      void *memory, size_t size, struct picture **out);

/* Draw what has changed since the last time; the first time, everything. The source may be another one than the one
 * that the scale was chosen for: RAM in rows that were left out stays out. `title` and `note` (a line between scale
 * and legend) are cut to the area; text, never null. */
void picture_draw(struct picture *picture, const struct canvas *canvas,
                  const struct picture_source *source, const char *title, const char *note);
/* The next drawing draws everything: somebody else has drawn there. */
void picture_forget(struct picture *picture);

/* What was drawn last. */
uint64_t picture_bytes(const struct picture *picture, enum picture_owner owner);
uint64_t picture_cell_bytes(const struct picture *picture);
/* Lines of pixels, from the top, that it needs of its area. */
uint32_t picture_height(const struct picture *picture);

/* ---- characters ---- */

/* The same as text: 64 cells a row, each the character of the owner with the most bytes in it; then scale and legend.
 * Needs no memory. Lines of at most 100 characters. */
void picture_text(const struct picture_source *source, const struct text_sink *sink);

#endif
