/* SPDX-License-Identifier: MIT
 * Evil firmware: a UEFI program that changes what boot services say and then starts BOOTX64.EFI, which it
 * carries. The machine itself stays sound: only what is told about it is false, so that whoever survives the
 * lies can go on to prove it (selftest).
 *
 * Its load options: evil=CASE[:NUMBER][,CASE[:NUMBER]...] WORDS FOR BOOTX64.EFI. On a stick, where firmware gives it none,
 * they stand in \freehold\options.txt. The cases are in cases.c. */
#ifndef EVILFW_EVILFW_H
#define EVILFW_EVILFW_H

#include <efi.h>
#include <stddef.h>
#include <stdint.h>

/* A map while it is edited: always descriptors of version 1. */
constexpr size_t MAP_CAPACITY = 16384;
struct map_list {
    size_t count;
    EFI_MEMORY_DESCRIPTOR entries[MAP_CAPACITY];
};
typedef void map_edit(struct map_list *list, uint64_t number);

enum gop_lie : uint64_t {
    GOP_TRUE,
    GOP_ABSENT,
    GOP_BLT_ONLY,
    GOP_TOO_SHORT, /* the framebuffer is smaller than the mode needs */
    GOP_NO_MODE,   /* Mode is null */
};

enum console_lie : uint64_t {
    CONSOLE_TRUE,
    CONSOLE_NONE,     /* and none is known */
    CONSOLE_NOT_LEFT, /* it is said that there is one, with a UART: COM1 is not ours */
};

enum options_lie : uint64_t {
    OPTIONS_TRUE,
    OPTIONS_LONG,    /* 64 KiB of words behind the right ones */
    OPTIONS_BINARY,  /* a GUID and a pointer, as some boot managers pass */
    OPTIONS_NO_END,  /* a size of 4 GiB - 1 */
    OPTIONS_NOTHING, /* a size without a pointer */
};

enum mat_lie : uint64_t { /* of the memory attributes table; its first entry where it is about one */
                          MAT_TRUE,
                          MAT_EMPTY,
                          MAT_HUGE, /* it names 2^28 entries */
                          MAT_STEP, /* a descriptor size of 7 */
                          MAT_VERSION_2,
                          MAT_VERSION_3,
                          MAT_OPEN,     /* neither RO nor XP: writable and executable */
                          MAT_CONSTANT, /* RO and XP */
                          MAT_STRAY,    /* at 1 MiB */
                          MAT_LOST,     /* the last entry is missing */
};

enum tables_lie : uint64_t { TABLES_TRUE, TABLES_NONE }; /* else: so many, the true ones last */

/* The lies of this run; 0 is the truth, but for descriptor_size. A case sets one field, or adds
 * an edit of the map. */
constexpr unsigned EDITS_MAX = 16;
struct lies {
    uint64_t exit_failures; /* calls of ExitBootServices that fail */
    uint64_t growth;        /* entries that the map gains with each call */
    uint64_t
        too_small_first; /* calls of GetMemoryMap that say EFI_BUFFER_TOO_SMALL and set nothing */
    uint64_t too_small_from; /* the first call from which on all do */
    uint64_t overrun;        /* bytes written behind the buffer, but for the first call */
    uint64_t size_excess;    /* bytes that the told size is too large, but for the first call */
    uint64_t descriptor_size;
    uint64_t allocate_fails; /* AllocatePages says that there is nothing */
    uint64_t allocate_at;    /* AllocatePages answers with this address, and allocates nothing */
    uint64_t allocate_high;  /* AllocatePages takes memory above 4 GiB only */
    uint64_t rng_fails;      /* EFI_RNG_PROTOCOL is there and does not work */
    uint64_t no_rng;
    uint64_t no_console; /* enum console_lie: no keyboard, no screen of characters */
    uint64_t gop;        /* enum gop_lie */
    uint64_t
        gop_masks;     /* 1: 10 bits a colour; 2: colours share no two neighbouring bits; 3: none */
    uint64_t gop_base; /* the framebuffer's address */
    uint64_t options;  /* enum options_lie */
    uint64_t mat;      /* enum mat_lie */
    uint64_t acpi_damaged;    /* the checksum of HPET, and the length of MCFG: 7 */
    uint64_t tables;          /* enum tables_lie: the list of configuration tables */
    uint64_t file_fails;      /* the call of the file protocol that fails, from 1 */
    uint64_t file_fails_from; /* all from this one on: the stick was pulled out */
    uint64_t file_protected;  /* nothing can be opened to be written to */
    uint64_t file_full;       /* the Write, from 1, for which there is half the room */
    uint64_t file_short;      /* the same, and it is not said */
    uint64_t file_bad;        /* the Write that changes a byte */
    struct {
        map_edit *apply;
        uint64_t number;
    } edits[EDITS_MAX];
    unsigned edit_count;
};

/* ---- cases.c ---- */
/* Arm one case; false: there is none of that name, or too many edits. */
bool case_arm(struct lies *lies, const char *name, size_t length, uint64_t number);

/* ---- services.c ---- */
/* From here on boot services tell the lies. Also hides configuration tables. */
void services_patch(EFI_SYSTEM_TABLE *system, const struct lies *lies);

/* ---- output.c: screen, randomness ---- */
void output_prepare(EFI_SYSTEM_TABLE *system, const struct lies *lies);
/* Does a lie answer the question for this protocol? Then *out and *status are the answer. */
bool output_answers(const EFI_GUID *protocol, void **out, EFI_STATUS *status);

/* Where the true framebuffer is; size 0: there is none. */
struct screen_place {
    uint64_t start, size;
};
extern struct screen_place screen_place;

/* ---- tables.c: configuration tables ---- */
void tables_prepare(EFI_SYSTEM_TABLE *system, const struct lies *lies);

/* ---- files.c: the file protocol ---- */
void files_prepare(const struct lies *lies);
/* A protocol that a handle has: one that lies about files takes its place. */
void files_wrap(const EFI_GUID *protocol, void **out);

/* ---- maps.c ---- */
/* Edits of a map; what each does stands where it is defined. */
map_edit map_reverse, map_shuffle, map_duplicate, map_nest, map_overlap, map_overlap_thrice,
    map_add_empty, map_add_wrapping, map_add_beyond, map_misalign, map_few_pages, map_above_4g,
    map_low_boot, map_no_write_back, map_ours_free, map_ours_misaligned, map_count, map_grow,
    map_type, map_attributes, map_runtime_lost, map_framebuffer_free;

/* ---- program.c ---- */
extern unsigned char program[];
extern const size_t program_size;

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#endif
