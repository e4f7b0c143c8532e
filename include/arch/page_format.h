/* SPDX-License-Identifier: MIT
 * The page-table format: map, unmap, protect, query. Pure: it edits tables in memory that it reaches at
 * `offset + physical address` and never touches the processor; the caller says what the processor can do.
 * Leaves of 4 KiB, 2 MiB and 1 GiB; 4 or 5 levels, chosen at run time.
 * Source: Intel SDM 3A chapter 4; AMD APM 2 chapter 5.
 * One processor: not locked. Not concurrent with the hardware's setting of accessed/dirty bits. */
#ifndef ARCH_PAGE_FORMAT_H
#define ARCH_PAGE_FORMAT_H

#include <base/address.h>
#include <base/format.h>
#include <base/status.h>

enum page_rights : uint32_t { /* readable always */
                              PAGE_WRITE = 1u << 0,
                              PAGE_EXECUTE = 1u << 1,
                              PAGE_USER = 1u << 2,
                              PAGE_GLOBAL = 1u << 3, /* stays in the TLB across address spaces */
};

/* Memory types; the PAT is programmed so that this is their index in it (arch/x86/cpu.c):
 * PA0 WB, PA1 WC, PA2 UC-, PA3 UC, PA4 WB, PA5 WP, PA6 UC-, PA7 WT (the order that Linux uses). */
enum memory_type : uint8_t {
    MEMORY_TYPE_WRITE_BACK = 0,
    MEMORY_TYPE_WRITE_COMBINING = 1,
    MEMORY_TYPE_UNCACHED_MINUS = 2,
    MEMORY_TYPE_UNCACHED = 3,
    MEMORY_TYPE_WRITE_PROTECTED = 5,
    MEMORY_TYPE_WRITE_THROUGH = 7,
};

/* Where tables come from and go to. The lower layer declares what it needs. */
struct table_memory {
    status_t (*take)(void *owner, phys_addr_t *out); /* one zeroed 4 KiB frame */
    void (*give_back)(void *owner, phys_addr_t table);
    /* `count` leaves side by side, `leaf_size` bytes each, the first at `start`, were removed or narrowed; or
     * (count 1) a table that translates `start` is about to be given back. Called after the stores and before
     * give_back: drop them from the TLB and from the paging-structure caches. May be null (tables that no
     * processor uses). */
    void (*invalidate)(void *owner, virt_addr_t start, uint64_t leaf_size, uint64_t count);
    void *owner;
};

struct page_table {
    phys_addr_t root;
    uint64_t offset;    /* a table at physical address p is at (void *)(p + offset) */
    unsigned levels;    /* 4 or 5 */
    unsigned phys_bits; /* MAXPHYADDR */
    bool no_execute; /* EFER.NXE: without it no entry sets bit 63, and everything is executable */
    bool gib_leaves; /* CPUID.80000001H:EDX.Page1GB */
    bool
        shared_high; /* other roots hold copies of the root entries of the high half: none is added (map
                       * says OUT_OF_RANGE) and none removed (their tables may be empty) */
    struct table_memory memory;
};

/* An empty table: takes the root. The other members must be set; root and shared_high are written. UNSUPPORTED: levels
 * or phys_bits that no processor has. */
status_t page_table_create(struct page_table *pt);
/* Give back every table, the root too, but not those that are shared. What is mapped is not looked at. */
void page_table_destroy(struct page_table *pt);

/* For roots that share the high half. Make a table, empty if need be, for each root entry that
 * [start, start + size) of the high half needs; when all are made, set `shared_high`. Fails with nothing
 * changed: MISALIGNED, OVERFLOW, NOT_CANONICAL, OUT_OF_RANGE (of the low half), NO_MEMORY. */
status_t page_table_share_high(struct page_table *pt, virt_addr_t start, uint64_t size);
/* Take over the root entries of the high half from a table that has `shared_high`; it is set here too. */
void page_table_copy_high(struct page_table *pt, const struct page_table *from);
bool page_table_high_is_equal(const struct page_table *pt, const struct page_table *from);

/* Map [start, start + size) to [phys, phys + size), with the largest leaves that alignment and the
 * processor allow. All page aligned, size > 0. PAGE_WRITE with PAGE_EXECUTE is BAD_RIGHTS, and so
 * is PAGE_USER in the upper half, which is the kernel's in every root; a type without a name is UNSUPPORTED. Fails with nothing changed: MISALIGNED, OVERFLOW, NOT_CANONICAL (or
 * crossing the hole), OUT_OF_RANGE (above phys_bits), ALREADY_MAPPED (any page of it), NO_MEMORY (tables
 * built for it are given back). */
status_t page_table_map(struct page_table *pt, virt_addr_t start, phys_addr_t phys, uint64_t size,
                        uint32_t rights, enum memory_type type);
/* Unmap every page of the range; larger leaves that reach out of it are split first. Tables that become
 * empty are given back. NOT_MAPPED if any page of it is not mapped; NO_MEMORY if a split cannot be paid:
 * then nothing has changed that changes what is mapped. */
status_t page_table_unmap(struct page_table *pt, virt_addr_t start, uint64_t size);
/* Change the rights of every page of the range; otherwise as unmap. Memory types stay. */
status_t page_table_protect(struct page_table *pt, virt_addr_t start, uint64_t size,
                            uint32_t rights);

/* Put a larger leaf wherever 512 leaves of a table inside the range continue each other with equal rights
 * and type, first 2 MiB leaves and then 1 GiB leaves; their tables are given back. What is mapped does not
 * change; what is not mapped stays so. Takes no memory: MISALIGNED, OVERFLOW, NOT_CANONICAL alone can fail.
 * While a leaf is exchanged its pages are not mapped: neither the tables nor what runs may be reached
 * through them. The caller knows that no leaf will mix MTRR types (SDM 3A 11.11.9). */
status_t page_table_join(struct page_table *pt, virt_addr_t start, uint64_t size);

/* What the tables say of one address: every entry on the way, and what they come to together. */
struct page_step {
    unsigned level; /* 5 .. 1 */
    unsigned index; /* in its table */
    phys_addr_t table;
    uint64_t entry; /* raw */
};
struct page_walk {
    bool canonical;
    bool present;
    bool reserved_bit; /* a present entry sets a bit that must be 0: access would fault with RSVD */
    unsigned step_count;
    struct page_step steps[5];
    /* if present: */
    unsigned leaf_level; /* 1: 4 KiB, 2: 2 MiB, 3: 1 GiB */
    uint64_t leaf_size;  /* bytes */
    phys_addr_t phys;    /* of the address itself */
    uint32_t rights;     /* effective over all levels */
    enum memory_type type;
    bool accessed, dirty;
};
struct page_walk page_table_query(const struct page_table *pt, virt_addr_t address);

/* Visit all present leaves in order of address, from..to inclusive; stop early if visit returns false. Leaves
 * side by side in one table that continue each other (frame by frame, all else equal) are one extent. */
struct page_extent {
    virt_addr_t start;
    uint64_t size; /* a multiple of leaf_size */
    uint64_t leaf_size;
    phys_addr_t phys;
    uint32_t rights;
    enum memory_type type;
};
void page_table_visit(const struct page_table *pt, virt_addr_t from, virt_addr_t to,
                      bool (*visit)(void *owner, const struct page_extent *extent), void *owner);

/* The number of tables, the root included. */
uint64_t page_table_count(const struct page_table *pt);

/* An entry in words: "P RW US NX A D PS G PWT PCD -> 0x..". Returns the length. */
int page_entry_describe(uint64_t entry, unsigned level, char *buffer, size_t size);
/* The rights that one present entry gives (enum page_rights without PAGE_GLOBAL): an access needs them from
 * every entry on its way. */
uint32_t page_entry_rights(uint64_t entry);
/* Rights as "r-x", "rw-", with 'u' and 'g' behind: at most 6 characters. */
void page_rights_describe(uint32_t rights, char buffer[8]);
const char *memory_type_name(enum memory_type type);

bool page_address_is_canonical(virt_addr_t address, unsigned levels);

/* Walk all; null if sound, else the sentence of the broken rule: reserved bits, misaligned leaves,
 * writable and executable leaves (where no_execute), user pages of the upper half, empty tables that should have been given
 * back. */
const char *page_table_check(const struct page_table *pt);

#endif
