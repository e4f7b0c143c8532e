/* SPDX-License-Identifier: MIT
 * boot_info: what the loader hands to the kernel, and the only thing. docs/boot_protocol.md tells it in
 * words, so that other kernels can be started by our loader and other loaders can start our kernel.
 *
 * Needs <stdint.h> alone. Every address inside is physical, except where a name says `virtual`. At entry:
 * IF=0, DF=0, RDI = virtual address of struct boot_info, RSP = top of the image's boot stack, CR3 = the
 * loader's first tables. Those map the image at `image_virtual` with its final rights, and every range
 * that is named here at direct_map_virtual + physical address (no-execute when the processor has it). */
#ifndef BOOT_BOOT_INFO_H
#define BOOT_BOOT_INFO_H

#include <stdint.h>

#define BOOT_INFO_MAGIC   UINT64_C(0x444c4f4845455246) /* "FREEHOLD" in memory order */
#define BOOT_INFO_VERSION UINT32_C(2)

/* A physical range of bytes; size 0 means "there is none". */
struct boot_range {
    uint64_t start;
    uint64_t size;
};

/* One descriptor of the firmware's map, raw: nothing judged, nothing repaired, in the firmware's order.
 * UEFI 2.10, 7.2.3 EFI_MEMORY_DESCRIPTOR without VirtualStart. */
struct boot_region {
    uint64_t phys_start;
    uint64_t page_count;
    uint32_t efi_type;
    uint32_t
        bytes_less; /* 0 from firmware. A source that counts bytes: those that the last page lacks, under 4096 */
    uint64_t efi_attributes;
};

/* An array of struct boot_region at `start`. */
struct boot_map {
    uint64_t start;
    uint32_t count;
    uint32_t reserved;
};

/* UEFI 2.10, 12.9 EFI_GRAPHICS_OUTPUT_PROTOCOL. Pixels are 32 bits; a mask of 0 means "no such colour". */
struct boot_framebuffer {
    uint64_t start;
    uint64_t size;
    uint32_t width, height;   /* pixels */
    uint32_t pixels_per_line; /* distance of two lines */
    uint32_t red_mask, green_mask, blue_mask;
};

/* Firmware tables that were copied out of memory that is given back. `start` is the copy. */
enum boot_table_kind : uint32_t {
    BOOT_TABLE_ACPI = 1,   /* signature tells which: one entry a table, the RSDP included */
    BOOT_TABLE_SMBIOS = 2, /* signature 0: entry point; 1: structure table */
    BOOT_TABLE_MEMORY_ATTRIBUTES = 3, /* UEFI 2.10, 4.6.4 */
    BOOT_TABLE_ESRT = 4,              /* UEFI 2.10, 23.4 */
    BOOT_TABLE_BGRT_IMAGE = 5,        /* the BMP that BGRT points to (ACPI 6.5, 5.2.23) */
    BOOT_TABLE_ACPI_REFUSED = 6, /* an ACPI table that must not be believed: checksum, length */
};
struct boot_table {
    uint32_t kind;
    uint32_t signature; /* ACPI: the four characters, in memory order */
    uint64_t start;
    uint64_t size;
    uint64_t original; /* where firmware keeps it */
};

/* What each step of the loader cost: TSC differences (guest instructions under icount). */
enum boot_step : uint32_t {
    BOOT_STEP_SNAPSHOT, /* watchdog, first map */
    BOOT_STEP_OPTIONS,
    BOOT_STEP_GATHER,
    BOOT_STEP_INSPECT,
    BOOT_STEP_ALLOCATE,
    BOOT_STEP_LOAD, /* judge, copy, relocate */
    BOOT_STEP_TABLES,
    BOOT_STEP_EXIT,
    BOOT_STEP_HANDOVER, /* converting the map, filling boot_info */
    BOOT_STEP_COUNT
};
struct boot_cost {
    uint64_t total;    /* of the step */
    uint64_t firmware; /* of that, inside firmware calls */
};

enum boot_seed_source : uint32_t {
    BOOT_SEED_NONE,
    BOOT_SEED_OPTION,   /* seed= */
    BOOT_SEED_FIRMWARE, /* EFI_RNG_PROTOCOL */
    BOOT_SEED_RDRAND,
    BOOT_SEED_TSC, /* guessable: reported as such */
};

enum boot_options_source : uint32_t {
    BOOT_OPTIONS_NONE,
    BOOT_OPTIONS_LOAD_OPTIONS,
    BOOT_OPTIONS_FILE,   /* \freehold\options.txt on the boot volume */
    BOOT_OPTIONS_FW_CFG, /* QEMU: opt/freehold/options */
};

enum boot_flags : uint32_t {
    BOOT_FLAG_NO_EXECUTE = 1u << 0,  /* EFER.NXE is set, bit 63 works */
    BOOT_FLAG_FIVE_LEVELS = 1u << 1, /* CR4.LA57 is set */
    BOOT_FLAG_SECURE_BOOT = 1u << 2,
    BOOT_FLAG_SETUP_MODE = 1u << 3,
    BOOT_FLAG_REMOVABLE_MEDIA = 1u << 4,
    BOOT_FLAG_KASLR = 1u << 5,
    BOOT_FLAG_SCREEN_REFUSED = 1u << 6, /* there is a screen, but no framebuffer that can be used */
    BOOT_FLAG_OPTIONS_CUT = 1u << 7,    /* there were more option words than fit */
    BOOT_FLAG_REPORT_FAILED = 1u << 8,  /* `report` tells why there is none */
    BOOT_FLAG_INSPECTOR_FAILED = 1u << 9, /* it was asked for, and could not be shown */
};

struct boot_info {
    uint64_t magic;
    uint32_t version;
    uint32_t size; /* of this struct, in bytes */
    uint32_t flags;
    uint32_t options_source;
    uint32_t seed_source;
    uint32_t exit_tries; /* calls of ExitBootServices, the successful one included */

    uint64_t image_virtual;      /* of the lowest byte of the image */
    uint64_t direct_map_virtual; /* physical address 0 would be here; a multiple of 1 GiB */
    uint64_t image_slide;        /* image_virtual minus the address it was linked at */
    uint64_t first_tables;       /* CR3 */

    struct boot_range image; /* the kernel image, with bss and stacks */
    struct boot_range
        loader; /* all that the loader allocated; contains every other range but tables
                                       that stay with the firmware and the framebuffer */
    struct boot_range
        early_memory; /* free for the kernel's early arena; contents undefined; part of `loader` */
    struct boot_range options; /* the option words, no NUL at the end */
    struct boot_range vendor;  /* firmware vendor, ASCII ('?' for the rest) */
    struct boot_range tables;  /* array of struct boot_table */
    struct boot_range report;  /* what became of the report on the boot volume: one line, ASCII */

    struct boot_map entry_map; /* as the firmware gave it before the loader did anything */
    struct boot_map
        before_exit_map;       /* as it was when the loader first asked to end boot services */
    struct boot_map final_map; /* as it was when boot services ended; perhaps the same array */
    uint32_t descriptor_size;  /* as the firmware reported them */
    uint32_t descriptor_version;
    uint32_t firmware_revision;
    uint32_t uefi_revision;

    uint64_t system_table;     /* EFI_SYSTEM_TABLE, in runtime memory */
    uint64_t runtime_services; /* EFI_RUNTIME_SERVICES */

    struct boot_framebuffer framebuffer; /* width 0: none; size then: one that is not believed */

    uint8_t seed[32]; /* for the kernel's own randomness; not the bits the slides were made from */

    uint64_t entry_tsc; /* first instruction of the loader */
    struct boot_cost cost[BOOT_STEP_COUNT];
};

_Static_assert(sizeof(struct boot_range) == 16,
               "boot protocol layout changed: bump BOOT_INFO_VERSION");
_Static_assert(sizeof(struct boot_region) == 32,
               "boot protocol layout changed: bump BOOT_INFO_VERSION");
_Static_assert(sizeof(struct boot_map) == 16,
               "boot protocol layout changed: bump BOOT_INFO_VERSION");
_Static_assert(sizeof(struct boot_framebuffer) == 40,
               "boot protocol layout changed: bump BOOT_INFO_VERSION");
_Static_assert(sizeof(struct boot_table) == 32,
               "boot protocol layout changed: bump BOOT_INFO_VERSION");
_Static_assert(sizeof(struct boot_info) == 480,
               "boot protocol layout changed: bump BOOT_INFO_VERSION");

#endif
