/* SPDX-License-Identifier: MIT
 * The permission matrix: every combination of rights, in leaves of every size, tried for real. What the
 * processor allows must be what the rules of Intel SDM 3A 4.6.1 say of the rights that were asked for and of
 * the protections in force; and it must be so at once: what the TLB remembers of before does not count. */
#include <arch/cpu.h>
#include <arch/probe.h>
#include <boot/address_map.h>
#include <kernel/text.h>
#include <mm/address_space.h>
#include <mm/mm.h>

#include <kernel/selftest.h>

constexpr uint64_t AT =
    4 * GIB; /* in the lower half, where user pages may be; empty in the kernel's own table (S4) */
constexpr uint32_t RIGHTS_END = PAGE_GLOBAL << 1;
constexpr uint32_t WX = PAGE_WRITE | PAGE_EXECUTE;
constexpr uint64_t RETURN = 0xc3; /* the instruction `ret` */

/* What is tried, and where: a word that starts with `ret`. */
enum access { READ, WRITE, EXECUTE, READ_USER, WRITE_USER, ACCESS_COUNT };

struct matrix {
    phys_addr_t phys; /* of the memory behind it */
    uint64_t size;    /* of the leaf */
    uint64_t offset;  /* in the leaf, of the word */
    uint64_t word;    /* what it holds */
    /* Where execution is tried. In leaves that are changed whole that is their first page, the one that is
     * named to INVLPG: QEMU (7.2) remembers jumps into the others, though it flushes their data. */
    uint64_t code;
};

/* Intel SDM 3A 4.6.1, supervisor-mode accesses, with CR0.WP = 1. */
static bool is_allowed(uint32_t rights, enum access access)
{
    const struct cpu_features *cpu = cpu_features();
    const bool user_page = (rights & PAGE_USER) != 0;
    const bool executable = (rights & PAGE_EXECUTE) != 0 || !cpu->no_execute;
    const bool explicit_user = access == READ_USER || access == WRITE_USER; /* EFLAGS.AC = 1 */
    const bool smap_allows = !user_page || !cpu->smap || explicit_user;
    switch (access) {
    case READ:
    case READ_USER:
        return smap_allows;
    case WRITE:
    case WRITE_USER:
        return smap_allows && (rights & PAGE_WRITE) != 0;
    default:
        return executable && !(user_page && cpu->smep);
    }
}

static volatile uint64_t *direct_word(const struct matrix *m)
{
    return phys_to_virt(phys_addr(m->phys.value + m->offset));
}

/* Null if the processor does what is_allowed says, and each access reaches the right memory. */
static const char *try_access(struct matrix *m, enum access access, bool allowed)
{
    const virt_addr_t at = virt_addr(AT + m->offset);
    uint64_t got = m->word;
    const uint64_t next = ((m->word >> 8) + 1) << 8 | RETURN;
    bool done;
    switch (access) {
    case READ:
        done = cpu_probe_read(at, &got);
        break;
    case READ_USER:
        done = cpu_probe_read_user(at, &got);
        break;
    case WRITE:
        done = cpu_probe_write(at, next);
        break;
    case WRITE_USER:
        done = cpu_probe_write_user(at, next);
        break;
    default:
        done = cpu_probe_execute(virt_addr(AT + m->code));
        break;
    }
    EXPECT(done || !allowed, "an access faulted that is allowed");
    EXPECT(!done || allowed, "an access went through that must fault");
    if (done && (access == WRITE || access == WRITE_USER))
        m->word = next;
    EXPECT(got == m->word || access == WRITE || access == WRITE_USER, "a read saw other memory");
    EXPECT(*direct_word(m) == m->word, "a write went to other memory, or went through");
    return nullptr;
}

static const char *try_all(struct matrix *m, uint32_t rights, bool mapped)
{
    static const char *const names[ACCESS_COUNT] = {"read", "write", "execution", "user read",
                                                    "user write"};
    static char reason[160];
    char may[8];
    for (enum access access = READ; access < ACCESS_COUNT; access++) {
        const bool allowed = mapped && is_allowed(rights, access);
        const char *broken = try_access(m, access, allowed);
        if (broken == nullptr)
            continue;
        page_rights_describe(rights, may);
        format_text(reason, sizeof reason, "%s %s: %s, at byte 0x%" PRIx64 " of a leaf of %s",
                    mapped ? may : "unmapped", names[access], broken, m->offset,
                    size_text(m->size).text);
        return reason;
    }
    return nullptr;
}

/* From rights to rights, in place: what was allowed before is still in the TLB unless it was flushed. */
static const char *try_changes(struct matrix *m, uint32_t before)
{
    struct page_table *table = mm_kernel_table();
    for (uint32_t rights = 0; rights < RIGHTS_END; rights++) {
        const bool refused = (rights & WX) == WX;
        const status_t status = page_table_protect(table, virt_addr(AT), m->size, rights);
        EXPECT(status == (refused ? STATUS_BAD_RIGHTS : STATUS_OK),
               "rights could not be changed, or became W and X");
        const char *broken = try_all(m, refused ? before : rights, true);
        if (broken != nullptr)
            return broken;
        if (!refused)
            EXPECT(page_table_protect(table, virt_addr(AT), m->size, before) == STATUS_OK,
                   "rights could not be changed back");
    }
    return nullptr;
}

static const char *try_rights(struct matrix *m, uint32_t rights)
{
    struct page_table *table = mm_kernel_table();
    const status_t status =
        page_table_map(table, virt_addr(AT), m->phys, m->size, rights, MEMORY_TYPE_WRITE_BACK);
    if ((rights & WX) == WX) {
        EXPECT(status == STATUS_BAD_RIGHTS, "a page was mapped W and X");
        return nullptr;
    }
    EXPECT(status == STATUS_OK, "it could not be mapped");
    EXPECT(page_table_query(table, virt_addr(AT)).leaf_size == m->size, "a leaf has another size");
    const char *broken = try_all(m, rights, true);
    if (broken == nullptr)
        broken = try_changes(m, rights);
    const status_t unmapped = page_table_unmap(table, virt_addr(AT), m->size);
    EXPECT(unmapped == STATUS_OK || broken != nullptr, "it could not be unmapped");
    return broken != nullptr ? broken : try_all(m, rights, false);
}

/* The memory is ours, and nothing else is in it. */
static const char *try_matrix(phys_addr_t phys, uint64_t size)
{
    struct matrix m = {phys, size, 0, RETURN, 0};
    *direct_word(&m) = RETURN;
    m.offset = size - PAGE_SIZE / 2;
    *direct_word(&m) = RETURN;
    for (uint32_t rights = 0; rights < RIGHTS_END; rights++) {
        const char *broken = try_rights(&m, rights);
        if (broken != nullptr)
            return broken;
    }
    return nullptr;
}

static const char *try_order(unsigned order)
{
    pfn_t frame;
    EXPECT(frames_alloc(mm_frames(), order, FRAME_TEST, &frame) == STATUS_OK, "no memory is free");
    const char *broken = try_matrix(pfn_to_phys(frame), PAGE_SIZE << order);
    EXPECT(frames_free(mm_frames(), frame, order) == STATUS_OK, "memory was not taken back");
    return broken;
}

/* What all address spaces share is never for user code. */
static const char *test_upper_half(void)
{
    struct page_table *table = mm_kernel_table();
    const virt_addr_t at = virt_addr(TEMPORARY_BASE + 4 * GIB), own = virt_of(cpu_features());
    EXPECT(page_table_map(table, at, phys_addr(0), PAGE_SIZE, PAGE_USER, MEMORY_TYPE_WRITE_BACK) ==
                   STATUS_BAD_RIGHTS &&
               !page_table_query(table, at).present,
           "a user page was mapped in the kernel's half");
    EXPECT(page_table_protect(table, virt_addr(align_down(own.value, PAGE_SIZE)), PAGE_SIZE,
                              PAGE_USER) == STATUS_BAD_RIGHTS,
           "a page of the kernel became a user page");
    return nullptr;
}

static const char *test_matrix_4k(void)
{
    return try_order(ORDER_FRAME);
}

static const char *test_matrix_2m(void)
{
    return try_order(ORDER_BLOCK);
}

/* Where there is a wholly free GiB of one memory type, and the processor has such leaves. */
static const char *test_matrix_1g(void)
{
    pfn_t frame;
    unsigned type;
    const char *broken = nullptr;
    if (!cpu_features()->gib_leaves ||
        frames_alloc(mm_frames(), ORDER_SECTION, FRAME_TEST, &frame) != STATUS_OK)
        return nullptr;
    if (cpu_memory_type(pfn_to_phys(frame), GIB, &type))
        broken = try_matrix(pfn_to_phys(frame), GIB);
    EXPECT(frames_free(mm_frames(), frame, ORDER_SECTION) == STATUS_OK,
           "memory was not taken back");
    return broken;
}

static const char *try_page(struct matrix *m, uint64_t offset, uint32_t rights)
{
    *m = (struct matrix){m->phys, m->size, offset, RETURN, offset};
    *direct_word(m) = m->word;
    return try_all(m, rights, true);
}

/* One page of a 2 MiB leaf gets other rights, and the same again: split, joined, and right at every step. */
static const char *test_split_and_join(void)
{
    constexpr uint64_t size = 2 * MIB, part = 5 * PAGE_SIZE;
    struct page_table *table = mm_kernel_table();
    struct matrix m = {.size = size};
    pfn_t frame;
    EXPECT(frames_alloc(mm_frames(), ORDER_BLOCK, FRAME_TEST, &frame) == STATUS_OK,
           "no memory is free");
    m.phys = pfn_to_phys(frame);
    const uint64_t tables = page_table_count(table);
    EXPECT(page_table_map(table, virt_addr(AT), m.phys, size, PAGE_WRITE, MEMORY_TYPE_WRITE_BACK) ==
               STATUS_OK,
           "it could not be mapped");
    const char *broken = try_page(&m, part, PAGE_WRITE);
    EXPECT(page_table_protect(table, virt_addr(AT + part), PAGE_SIZE, PAGE_EXECUTE) == STATUS_OK,
           "it could not be split");
    broken = broken != nullptr ? broken : try_page(&m, part, PAGE_EXECUTE);
    broken = broken != nullptr ? broken : try_page(&m, part + PAGE_SIZE, PAGE_WRITE);
    EXPECT(page_table_protect(table, virt_addr(AT + part), PAGE_SIZE, PAGE_WRITE) == STATUS_OK &&
               page_table_join(table, virt_addr(AT), size) == STATUS_OK &&
               page_table_query(table, virt_addr(AT + part)).leaf_size == size,
           "it was not joined again");
    broken = broken != nullptr ? broken : try_page(&m, part, PAGE_WRITE);
    broken = broken != nullptr ? broken : try_page(&m, size - PAGE_SIZE, PAGE_WRITE);
    EXPECT(page_table_unmap(table, virt_addr(AT), size) == STATUS_OK &&
               page_table_count(table) == tables,
           "its tables were not given back");
    EXPECT(frames_free(mm_frames(), frame, ORDER_BLOCK) == STATUS_OK, "memory was not taken back");
    return broken;
}

/* The next memory at the same address: the TLB must not remember the last. */
static const char *test_remap(void)
{
    struct page_table *table = mm_kernel_table();
    pfn_t frames[2];
    for (unsigned i = 0; i < 2; i++)
        EXPECT(frames_alloc(mm_frames(), ORDER_FRAME, FRAME_TEST, &frames[i]) == STATUS_OK,
               "no memory is free");
    const char *broken = nullptr;
    for (uint64_t i = 0; i < 4 && broken == nullptr; i++) {
        struct matrix m = {pfn_to_phys(frames[i % 2]), PAGE_SIZE, 0, i << 8 | RETURN, 0};
        *direct_word(&m) = m.word;
        EXPECT(page_table_map(table, virt_addr(AT), m.phys, PAGE_SIZE, PAGE_WRITE | PAGE_GLOBAL,
                              MEMORY_TYPE_WRITE_BACK) == STATUS_OK,
               "it could not be mapped");
        broken = try_all(&m, PAGE_WRITE, true);
        EXPECT(page_table_unmap(table, virt_addr(AT), PAGE_SIZE) == STATUS_OK,
               "it could not be unmapped");
    }
    for (unsigned i = 0; i < 2; i++)
        EXPECT(frames_free(mm_frames(), frames[i], ORDER_FRAME) == STATUS_OK,
               "memory was not taken back");
    return broken;
}

/* Addresses that no table can make right, and those that must stay unmapped. */
static const char *test_nowhere(void)
{
    static const uint64_t addresses[] = {
        0, NULL_GUARD_SIZE - 8, LATE_GUARD_BASE, UINT64_MAX - 7, LOW_GUARD_BASE, UINT64_C(1) << 60,
    };
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        uint64_t value;
        const virt_addr_t at = virt_addr(addresses[i]);
        EXPECT(!cpu_probe_read(at, &value) && !cpu_probe_write(at, 0) && !cpu_probe_execute(at) &&
                   !cpu_probe_read_user(at, &value) && !cpu_probe_write_user(at, 0),
               "an address can be used that is none");
    }
    return nullptr;
}

/* In use, its memory is there, once it is asked for as a user's; afterwards it is not. */
static const char *try_space(struct address_space *space, virt_addr_t at, uint64_t mine)
{
    uint64_t got = 0;
    address_space_switch(space, mm_kernel_table(), cpu_load_table);
    const bool read = cpu_probe_read_user(at, &got);
    const bool guard = cpu_probe_read_user(virt_addr(at.value + PAGE_SIZE), &got);
    const bool bare = cpu_probe_read(at, &got);
    address_space_switch(nullptr, mm_kernel_table(), cpu_load_table);
    EXPECT(read && got == mine, "a space does not show its own memory");
    EXPECT(!guard, "a guard can be read");
    EXPECT(bare != cpu_features()->smap, "user memory is read by accident, or not on purpose");
    EXPECT(!cpu_probe_read_user(at, &got), "memory of a space stays after the switch");
    return nullptr;
}

/* Two spaces, one address, two frames; the stack and this code lie in the half that they share. */
static const char *test_spaces(void)
{
    struct address_space spaces[2];
    pfn_t frames[2];
    virt_addr_t at[2];
    const char *broken = nullptr;
    for (unsigned i = 0; i < 2; i++) {
        EXPECT(address_space_create(&spaces[i], mm_kernel_table()) == STATUS_OK &&
                   address_space_reserve(&spaces[i], PAGE_SIZE, PAGE_SIZE, "self-test", &at[i]) ==
                       STATUS_OK &&
                   frames_alloc(mm_frames(), ORDER_FRAME, FRAME_TEST, &frames[i]) == STATUS_OK,
               "a space was not made");
        *(volatile uint64_t *)phys_to_virt(pfn_to_phys(frames[i])) = 100 + i;
        EXPECT(address_space_map(&spaces[i], at[i], pfn_to_phys(frames[i]), PAGE_SIZE, PAGE_WRITE,
                                 MEMORY_TYPE_WRITE_BACK) == STATUS_OK,
               "it could not be mapped");
    }
    EXPECT(at[0].value == at[1].value, "two empty spaces begin differently");
    for (unsigned i = 0; i < 4 && broken == nullptr; i++)
        broken = try_space(&spaces[i % 2], at[0], 100 + i % 2);
    for (unsigned i = 0; i < 2; i++) {
        const char *unsound = address_space_check(&spaces[i]);
        EXPECT(unsound == nullptr, unsound);
        EXPECT(address_space_destroy(&spaces[i], cpu_current_table(), nullptr) == STATUS_IN_USE,
               "a space ended with memory in it");
        EXPECT(address_space_unmap(&spaces[i], at[i], PAGE_SIZE) == STATUS_OK &&
                   address_space_destroy(&spaces[i], cpu_current_table(), nullptr) == STATUS_OK &&
                   frames_free(mm_frames(), frames[i], ORDER_FRAME) == STATUS_OK,
               "a space could not be ended");
    }
    return broken;
}

const struct self_test permission_tests[] = {
    {"permissions: nothing is at guards and at addresses that are none", test_nowhere},
    {"permissions: no user page in the kernel's half", test_upper_half},
    {"permissions: every combination of rights, 4 KiB leaves", test_matrix_4k},
    {"permissions: every combination of rights, 2 MiB leaves", test_matrix_2m},
    {"permissions: every combination of rights, 1 GiB leaves", test_matrix_1g},
    {"permissions: split and join of a 2 MiB leaf", test_split_and_join},
    {"permissions: other memory at the same address", test_remap},
    {"address spaces: two, with other memory at one address", test_spaces},
};
const size_t permission_test_count = sizeof permission_tests / sizeof permission_tests[0];
