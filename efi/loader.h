/* SPDX-License-Identifier: MIT
 * The loader: what its steps share. One struct, passed first; efi_main owns the only instance.
 * There is nothing to return: a step works or ends the run with loader_stop; loader_inspect alone may do neither, and
 * leaves a line and a flag for the kernel. */
#ifndef EFI_LOADER_H
#define EFI_LOADER_H

#include "firmware.h"

#include <arch/page_format.h>
#include <boot/boot_info.h>
#include <boot/elf_image.h>
#include <boot/options.h>

/* 16 KiB hold 341 descriptors of 48 bytes; the largest map that we know of has 312. More: allocated. */
constexpr size_t SNAPSHOT_SIZE = 16 * KIB;
constexpr unsigned COPIES_MAX = 64;
constexpr size_t VENDOR_SIZE = 64;
constexpr size_t REPORT_NOTE_SIZE = 224;

/* A memory map as GetMemoryMap gives it: never an array of EFI_MEMORY_DESCRIPTOR, whose size firmware
 * chooses (UEFI 2.10, 7.2.3). */
struct raw_map {
    unsigned char *data;
    uint64_t capacity; /* bytes */
    UINTN size;        /* bytes used */
    UINTN key;
    UINTN descriptor_size;
    uint32_t version;
};

/* A firmware table that will be copied into our own memory. */
struct table_copy {
    uint32_t kind, signature; /* as in struct boot_table */
    uint64_t original, size;  /* size 0: known to be there, not copied */
};

/* The one allocation, cut into parts. All offsets in bytes, whole pages unless said otherwise. */
struct layout {
    uint64_t image; /* 0: first, because the direct map leaves it out */
    uint64_t tables, tables_size;
    uint64_t info,
        info_size; /* boot_info, then table array, copies, vendor, options: 16-byte aligned */
    uint64_t map, map_size;
    uint64_t canary;      /* one page */
    uint64_t before_exit; /* map_size bytes */
    uint64_t entry_map, entry_map_size;
    uint64_t early, early_size;
    uint64_t size;
};

struct loader {
    struct firmware firmware;
    struct boot_info info; /* filled on the way, copied at the end */

    struct raw_map entry_map, final_map;
    uint64_t entry_map_pages; /* allocated for entry_map; 0: it fits in snapshot */

    char option_text[OPTIONS_SIZE_MAX];
    size_t option_length;
    struct options options;
    char vendor[VENDOR_SIZE];
    size_t vendor_length;
    char report[REPORT_NOTE_SIZE]; /* what became of it, in one line */
    size_t report_length;          /* 0: none was asked for */
    struct table_copy copies[COPIES_MAX];
    unsigned copy_count;
    uint8_t random[64]; /* first half: our slides; second half: the kernel's seed */

    struct elf_plan plan;
    struct layout layout;
    unsigned char *block; /* the one allocation; null: not made yet */
    struct page_table tables;
    uint64_t tables_used; /* bytes */

    alignas(8) unsigned char snapshot[SNAPSHOT_SIZE];
};

/* The kernel that is embedded (payload.c). */
extern const unsigned char payload_elf[];
extern const size_t payload_size;

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

/* ---- the steps, in order ---- */
void loader_snapshot(struct loader *l);      /* snapshot.c: watchdog off, the map as we found it */
void loader_find_options(struct loader *l);  /* options.c */
void loader_gather(struct loader *l);        /* gather.c: what firmware knows */
void loader_inspect(struct loader *l);       /* inspect.c: the inspection, and the report of it */
void loader_judge(struct loader *l);         /* place.c: the kernel file, its addresses */
void loader_allocate(struct loader *l);      /* place.c */
void loader_place(struct loader *l);         /* place.c: kernel, copies */
void loader_build_tables(struct loader *l);  /* tables.c */
void loader_exit_firmware(struct loader *l); /* exit.c */

/* ---- parts of gathering ---- */
void gather_framebuffer(struct loader *l); /* framebuffer.c */
void gather_tables(struct loader *l);      /* firmware_tables.c */
void gather_random(struct loader *l);      /* random.c */

/* ---- maps (raw_map.c) ---- */
/* Null, or what is wrong with the sizes that GetMemoryMap returned. */
const char *raw_map_check(const struct raw_map *map);
static inline uint64_t raw_map_count(const struct raw_map *map)
{
    return map->size / map->descriptor_size;
}
EFI_STATUS raw_map_read(struct firmware *fw, struct raw_map *map);
const EFI_MEMORY_DESCRIPTOR *raw_map_get(const struct raw_map *map, uint64_t index);
/* Write the map as an array of struct boot_region; `to` may be the map's own buffer. */
struct boot_map raw_map_convert(const struct raw_map *map, unsigned char *to);
/* Give back what a long first map was read into, if anything. */
void loader_release_snapshot(struct loader *l);

/* One line on the firmware's console (console.c). It costs more than the whole of the loader's quiet path. */
void loader_say(struct loader *l, const char *text);

/* ---- the end of a run that cannot go on (console.c) ---- */
/* A sentence on the screen and on the serial port, then: under a virtual machine the end of the run with
 * failure; else a key, and back to firmware. Where boot services are gone: the machine stops. */
[[noreturn]] void loader_stop(struct loader *l, EFI_STATUS status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* handoff.S */
[[noreturn]] void handoff(uint64_t tables, uint64_t entry, uint64_t stack_top, uint64_t boot_info);
extern const char handoff_end[];

#endif
