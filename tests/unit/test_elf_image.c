/* SPDX-License-Identifier: MIT
 * One valid kernel file is built here, byte by byte; then each field is damaged in turn.
 *
 *   image      file      segment
 *   0x00000    0x1000    0 text    r-x   0x200 bytes, entry at 0x10
 *   0x01000    0x2000    1 rodata  r--   0x300 bytes, relocation tables at 0x1040 (RELA), 0x1200 (RELR)
 *   0x02000    0x3000    2 data    rw-   0x2800 bytes of data, 0x4800 in memory;
 *   0x03000    0x4000      RELRO   r--   its second page; PT_DYNAMIC at its start
 *   0x07000    -         3 guard   ---
 *   0x08000    -         4 stack   rw-   0x2000 bytes, the boot stack */
#include "harness/harness.h"

#include <boot/elf_image.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static constexpr uint64_t BASE = 0xFFFFFFFF80000000;
static constexpr uint64_t FILE_SIZE = 0x5800;
static constexpr uint64_t TABLE_AT = 0x2040, PACKED_AT = 0x2200; /* in the file */
static constexpr uint64_t IMAGE_PAGES = 0xA;

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct program_header {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
struct relocation {
    uint64_t offset, info, addend;
};

enum { TEXT, RODATA, DATA, GUARD, STACK_PAGES, DYNAMIC, RELRO, STACK, HEADERS };
enum { LOAD = 1, TYPE_DYNAMIC = 2, TYPE_STACK = 0x6474e551, TYPE_RELRO = 0x6474e552 };

static const struct program_header headers[HEADERS] = {
    [TEXT] = {LOAD, 5, 0x1000, BASE, 0, 0x200, 0x200, 0x1000},
    [RODATA] = {LOAD, 4, 0x2000, BASE + 0x1000, 0, 0x300, 0x300, 0x1000},
    [DATA] = {LOAD, 6, 0x3000, BASE + 0x2000, 0, 0x2800, 0x4800, 0x1000},
    [GUARD] = {LOAD, 0, 0, BASE + 0x7000, 0, 0, 0x1000, 0x1000},
    [STACK_PAGES] = {LOAD, 6, 0, BASE + 0x8000, 0, 0, 0x2000, 0x1000},
    [DYNAMIC] = {TYPE_DYNAMIC, 4, 0x4000, BASE + 0x3000, 0, 0x90, 0x90, 8},
    [RELRO] = {TYPE_RELRO, 4, 0x4000, BASE + 0x3000, 0, 0x1000, 0x1000, 1},
    [STACK] = {TYPE_STACK, 6, 0, BASE + 0x8000, 0, 0, 0x2000, 16},
};
static const uint64_t dynamic[][2] = {{7, BASE + 0x1040}, {8, 5 * 24}, {9, 24},
                                      {0x6ffffff9, 5},    {30, 8},     {36, BASE + 0x1200},
                                      {35, 6 * 8},        {37, 8},     {0, 0}};
static const struct relocation relocations[] = {
    {BASE + 0x2000, 8, BASE},          /* first word of data */
    {BASE + 0x3ff8, 8, BASE + 0x1008}, /* last word of RELRO */
    {BASE + 0x4000, 8, BASE + 0x8000}, /* data behind RELRO */
    {BASE + 0x67f8, 8, BASE + 0xA000}, /* bss; points at the end of the image */
    {BASE + 0x9ff8, 8, BASE - 1},      /* last word of the stack */
};
/* Bit n of a bitmap is the n-th word behind the address, or behind the last word of the bitmap before. */
static const uint64_t packed[] = {
    BASE + 0x2100, UINT64_C(1) << 63 | 1 << 1 | 1, 1 << 2 | 1, BASE + 0x3f00, BASE + 0x6000, 1,
};
static const uint64_t packed_words[] = {
    0x2100, 0x2108, 0x22f8, 0x2308, 0x3f00 /* RELRO */, 0x6000 /* bss */
};

/* A heap copy of exactly the size that is passed on, so that reading one byte too far is seen. */
static unsigned char *build_file(void)
{
    unsigned char *file = malloc(FILE_SIZE);
    const struct elf_header header = {.ident = {0x7f, 'E', 'L', 'F', 2, 1, 1},
                                      .type = 3,
                                      .machine = 62,
                                      .version = 1,
                                      .entry = BASE + 0x10,
                                      .phoff = 64,
                                      .ehsize = 64,
                                      .phentsize = 56,
                                      .phnum = HEADERS};
    assert_non_null(file);
    for (size_t i = 0; i < FILE_SIZE; i++)
        file[i] = (unsigned char)(i * 7 + i / 256 + 1);
    memcpy(file, &header, sizeof header);
    memcpy(file + 64, headers, sizeof headers);
    memcpy(file + 0x4000, dynamic, sizeof dynamic);
    memcpy(file + TABLE_AT, relocations, sizeof relocations);
    memcpy(file + PACKED_AT, packed, sizeof packed);
    return file;
}

static void table_check(const struct elf_table *table, uint64_t entry_size, uint64_t file_size)
{
    assert_true(table->file_offset <= file_size && table->size <= file_size - table->file_offset);
    assert_true(table->size % entry_size == 0);
}

/* What must hold for every plan that was accepted. */
static void plan_check(const struct elf_plan *plan, uint64_t file_size)
{
    bool entry_found = false, stack_found = plan->stack_top_offset == 0;
    uint64_t end = 0;
    assert_true(plan->segment_count > 0 && plan->segment_count <= ELF_SEGMENTS_MAX);
    assert_true(is_aligned(plan->link_base, PAGE_SIZE));
    for (unsigned i = 0; i < plan->segment_count; i++) {
        const struct elf_segment *s = &plan->segments[i];
        assert_true(is_aligned(s->offset | s->size, PAGE_SIZE) && s->size > 0);
        assert_true(s->offset >= end);
        end = s->offset + s->size;
        assert_true(s->data_offset >= s->offset && s->data_offset + s->data_size <= end);
        assert_true(s->data_size == 0 ||
                    (s->file_offset <= file_size && s->data_size <= file_size - s->file_offset));
        assert_true((s->rights & 3) != 3);
        if (plan->entry_offset >= s->offset && plan->entry_offset < end)
            entry_found = (s->rights & ELF_EXECUTE) != 0;
        if (plan->stack_top_offset > s->offset && plan->stack_top_offset <= end)
            stack_found = (s->rights & ELF_WRITE) != 0;
    }
    assert_true(end == plan->image_size);
    assert_true(entry_found);
    assert_true(stack_found);
    table_check(&plan->rela, 24, file_size);
    table_check(&plan->relr, 8, file_size);
}

static status_t judge(const unsigned char *file, uint64_t size, struct elf_plan *plan,
                      struct elf_fault *fault)
{
    struct elf_plan before;
    memset(plan, 0x5a, sizeof *plan);
    memcpy(&before, plan, sizeof before);
    fault->text[0] = '\0';
    status_t status = elf_image_judge(file, size, plan, fault);
    if (status == STATUS_OK) {
        plan_check(plan, size);
    } else {
        assert_memory_equal(plan, &before, sizeof before);
        assert_true(strlen(fault->text) > 10 && strlen(fault->text) < sizeof fault->text - 1);
    }
    return status;
}

static void test_plan(void **state)
{
    unsigned char *file = build_file();
    struct elf_plan plan;
    struct elf_fault fault;
    static const struct elf_segment want[] = {
        {0x0000, 0x1000, 0x0000, 0x0200, 0x1000, 5, false},
        {0x1000, 0x1000, 0x1000, 0x0300, 0x2000, 4, false},
        {0x2000, 0x1000, 0x2000, 0x1000, 0x3000, 6, true},
        {0x3000, 0x1000, 0x3000, 0x1000, 0x4000, 4, true}, /* RELRO */
        {0x4000, 0x3000, 0x4000, 0x0800, 0x5000, 6, true},
        {0x7000, 0x1000, 0x7000, 0x0000, 0x0000, 0, false},
        {0x8000, 0x2000, 0x8000, 0x0000, 0x0000, 6, true},
    };
    (void)state;
    assert_status(judge(file, FILE_SIZE, &plan, &fault), STATUS_OK);
    assert_int_equal(plan.segment_count, sizeof want / sizeof want[0]);
    for (unsigned i = 0; i < plan.segment_count; i++) {
        const struct elf_segment *s = &plan.segments[i];
        assert_int_equal(s->offset, want[i].offset);
        assert_int_equal(s->size, want[i].size);
        assert_int_equal(s->data_offset, want[i].data_offset);
        assert_int_equal(s->data_size, want[i].data_size);
        if (s->data_size != 0)
            assert_int_equal(s->file_offset, want[i].file_offset);
        assert_int_equal(s->rights, want[i].rights);
        assert_int_equal(s->relocatable, want[i].relocatable);
    }
    assert_int_equal(plan.link_base, BASE);
    assert_int_equal(plan.image_size, IMAGE_PAGES * PAGE_SIZE);
    assert_int_equal(plan.entry_offset, 0x10);
    assert_int_equal(plan.stack_top_offset, 0xA000);
    assert_int_equal(plan.rela.file_offset, TABLE_AT);
    assert_int_equal(plan.rela.size, sizeof relocations);
    assert_int_equal(plan.relr.file_offset, PACKED_AT);
    assert_int_equal(plan.relr.size, sizeof packed);
    assert_false(plan.fixed);
    free(file);
}

/* One field of the file and what is written there. size 0: no damage. */
struct damage {
    uint64_t at;
    unsigned size;
    uint64_t value;
};

#define EH(field, value)                                                                           \
    {offsetof(struct elf_header, field), sizeof(((struct elf_header *)0)->field), value}
#define IDENT(index, value) {index, 1, value}
#define PH(header, field, value)                                                                   \
    {64 + (header) * 56 + offsetof(struct program_header, field),                                  \
     sizeof(((struct program_header *)0)->field), value}
#define DYN(index, part, value) {0x4000 + (index) * 16 + (part) * 8, 8, value}
#define REL(index, field, value)                                                                   \
    {TABLE_AT + (index) * 24 + offsetof(struct relocation, field), 8, value}
#define RELR(index, value) {PACKED_AT + (index) * 8, 8, value}

static void inflict(unsigned char *file, const struct damage *damage)
{
    memcpy(file + damage->at, &damage->value, damage->size);
}

struct crime {
    const char *crime;
    struct damage first, second;
    status_t want;
    const char *text; /* a part of the sentence */
};

static const struct crime judge_crimes[] = {
    {"magic", IDENT(0, 0x7e), {}, STATUS_BAD_FORMAT, "not an ELF"},
    {"last letter of the magic", IDENT(3, 'G'), {}, STATUS_BAD_FORMAT, "not an ELF"},
    {"32-bit class", IDENT(4, 1), {}, STATUS_UNSUPPORTED, "class 1"},
    {"big endian", IDENT(5, 2), {}, STATUS_UNSUPPORTED, "byte order 2"},
    {"version of the ident", IDENT(6, 0), {}, STATUS_UNSUPPORTED, "version 0.1"},
    {"version", EH(version, 2), {}, STATUS_UNSUPPORTED, "version 1.2"},
    {"another machine", EH(machine, 183), {}, STATUS_UNSUPPORTED, "machine 183"},
    {"object file", EH(type, 1), {}, STATUS_UNSUPPORTED, "type 1"},
    {"core file", EH(type, 4), {}, STATUS_UNSUPPORTED, "type 4"},
    {"header size", EH(ehsize, 52), {}, STATUS_BAD_FORMAT, "52 and 56"},
    {"program header size", EH(phentsize, 32), {}, STATUS_BAD_FORMAT, "64 and 32"},
    {"no program headers", EH(phnum, 0), {}, STATUS_BAD_FORMAT, "0 program headers"},
    {"too many program headers", EH(phnum, 65), {}, STATUS_BAD_FORMAT, "65 program headers"},
    {"program headers beyond the end",
     EH(phoff, FILE_SIZE - 8 * 56 + 1),
     {},
     STATUS_TRUNCATED,
     "program headers"},
    {"program headers wrap", EH(phoff, UINT64_MAX - 8), {}, STATUS_TRUNCATED, "program headers"},
    {"entry in data", EH(entry, BASE + 0x2000), {}, STATUS_OUT_OF_RANGE, "entry point"},
    {"entry in a guard", EH(entry, BASE + 0x7000), {}, STATUS_OUT_OF_RANGE, "entry point"},
    {"entry before the image", EH(entry, BASE - 1), {}, STATUS_OUT_OF_RANGE, "entry point"},
    {"entry behind the code", EH(entry, BASE + 0x1000), {}, STATUS_OUT_OF_RANGE, "entry point"},
    {"entry 0", EH(entry, 0), {}, STATUS_OUT_OF_RANGE, "entry point"},

    {"alignment not a power of two", PH(DATA, align, 0x3000), {}, STATUS_MISALIGNED, "0x3000"},
    {"offset and address disagree", PH(DATA, offset, 0x3008), {}, STATUS_MISALIGNED, "0x3008"},
    {"larger alignment, disagreement",
     PH(DATA, align, 0x2000),
     {},
     STATUS_MISALIGNED,
     "modulo 0x2000"},
    {"more in the file than in memory", PH(TEXT, filesz, 0x201), {}, STATUS_BAD_FORMAT, "0x201"},
    {"data beyond the end", PH(DATA, filesz, 0x2801), {}, STATUS_TRUNCATED, "ends at 0x5800"},
    {"data offset beyond the end", PH(DATA, offset, 0x8000), {}, STATUS_TRUNCATED, "segment 2"},
    {"data offset wraps", PH(DATA, offset, UINT64_MAX - 0xfff), {}, STATUS_TRUNCATED, "segment 2"},
    {"memory size wraps", PH(STACK_PAGES, memsz, 0x7fff8001), {}, STATUS_OVERFLOW, "wraps"},
    {"memory size wraps far", PH(STACK_PAGES, memsz, UINT64_MAX), {}, STATUS_OVERFLOW, "wraps"},
    {"ends in the last page", PH(STACK_PAGES, memsz, 0x7fff7fff), {}, STATUS_OVERFLOW, "wraps"},
    {"image over 1 GiB", PH(STACK_PAGES, memsz, 0x3fff8001), {}, STATUS_OUT_OF_RANGE, "0x40001000"},
    {"huge first segment", PH(TEXT, memsz, 0x40001000), {}, STATUS_OUT_OF_RANGE, "segment 0"},
    {"overlap", PH(RODATA, vaddr, BASE), {}, STATUS_OVERLAP, "segment 1"},
    {"a page shared with the one before", PH(TEXT, memsz, 0x1001), {}, STATUS_OVERLAP, "segment 1"},
    {"not sorted", PH(GUARD, vaddr, BASE + 0x1000), {}, STATUS_OVERLAP, "segment 3"},
    {"before the first", PH(GUARD, vaddr, BASE - 0x1000), {}, STATUS_OVERLAP, "segment 3"},
    {"writable and executable", PH(TEXT, flags, 7), {}, STATUS_BAD_RIGHTS, "executable"},
    {"write only", PH(DATA, flags, 2), {}, STATUS_BAD_RIGHTS, "rights 0x2"},
    {"execute only", PH(TEXT, flags, 1), {}, STATUS_BAD_RIGHTS, "rights 0x1"},
    {"unknown rights", PH(DATA, flags, 0x100006), {}, STATUS_BAD_RIGHTS, "rights 0x100006"},
    {"guard with data", PH(GUARD, filesz, 1), {}, STATUS_BAD_RIGHTS, "guard"},
    {"nothing to load", EH(phoff, 64 + 5 * 56), EH(phnum, 3), STATUS_BAD_FORMAT, "nothing to load"},
    {"interpreter", PH(STACK, type, 3), {}, STATUS_UNSUPPORTED, "interpreter"},
    {"thread-local storage", PH(STACK, type, 7), {}, STATUS_UNSUPPORTED, "thread-local"},

    {"two RELRO", PH(STACK, type, TYPE_RELRO), {}, STATUS_BAD_FORMAT, "two PT_GNU_RELRO"},
    {"two dynamic", PH(STACK, type, TYPE_DYNAMIC), {}, STATUS_BAD_FORMAT, "two PT_DYNAMIC"},
    {"two stacks", PH(RELRO, type, TYPE_STACK), {}, STATUS_BAD_FORMAT, "two PT_GNU_STACK"},
    {"RELRO on code", PH(RELRO, vaddr, BASE), {}, STATUS_OUT_OF_RANGE, "RELRO range"},
    {"RELRO over the end of its segment",
     PH(RELRO, memsz, 0x5000),
     {},
     STATUS_OUT_OF_RANGE,
     "RELRO range"},
    {"RELRO outside", PH(RELRO, vaddr, 0), {}, STATUS_OUT_OF_RANGE, "RELRO range"},
    {"RELRO wraps", PH(RELRO, memsz, UINT64_MAX), {}, STATUS_OUT_OF_RANGE, "RELRO range"},
    {"RELRO starts inside a page", PH(RELRO, vaddr, BASE + 0x3008), {}, STATUS_MISALIGNED, "RELRO"},
    {"RELRO ends inside a page", PH(RELRO, memsz, 0xff8), {}, STATUS_MISALIGNED, "RELRO"},

    {"executable stack", PH(STACK, flags, 7), {}, STATUS_BAD_RIGHTS, "executable stack"},
    {"stack in read-only data", PH(STACK, vaddr, BASE + 0x1000), PH(STACK, memsz, 0x1000),
     STATUS_OUT_OF_RANGE, "boot stack"},
    {"stack in RELRO", PH(STACK, vaddr, BASE + 0x3000), PH(STACK, memsz, 0x1000),
     STATUS_OUT_OF_RANGE, "boot stack"},
    {"stack over its guard", PH(STACK, vaddr, BASE + 0x7000), PH(STACK, memsz, 0x2000),
     STATUS_OUT_OF_RANGE, "boot stack"},
    {"stack without an address", PH(STACK, vaddr, 0), {}, STATUS_OUT_OF_RANGE, "boot stack"},
    {"stack wraps", PH(STACK, memsz, UINT64_MAX - 8), {}, STATUS_OUT_OF_RANGE, "boot stack"},
    {"stack top not aligned",
     PH(STACK, memsz, 0x1ff8),
     {},
     STATUS_MISALIGNED,
     "0xffffffff80009ff8"},

    {"dynamic section beyond the end",
     PH(DYNAMIC, filesz, 0x1801),
     {},
     STATUS_TRUNCATED,
     "dynamic section"},
    {"dynamic section wraps",
     PH(DYNAMIC, offset, UINT64_MAX),
     {},
     STATUS_TRUNCATED,
     "dynamic section"},
    {"needs a library", DYN(4, 0, 1), {}, STATUS_UNSUPPORTED, "dynamic tag 1"},
    {"has a PLT", DYN(4, 0, 2), {}, STATUS_UNSUPPORTED, "dynamic tag 2"},
    {"has REL relocations", DYN(4, 0, 18), {}, STATUS_UNSUPPORTED, "dynamic tag 18"},
    {"relocation size", DYN(2, 1, 16), {}, STATUS_BAD_FORMAT, "entries of 16"},
    {"relocation size 0", DYN(2, 1, 0), {}, STATUS_BAD_FORMAT, "entries of 0"},
    {"half a relocation", DYN(1, 1, 5 * 24 + 12), {}, STATUS_BAD_FORMAT, "0x84 bytes"},
    {"table behind its segment's data", DYN(1, 1, 30 * 24), {}, STATUS_OUT_OF_RANGE, "0x2d0 bytes"},
    {"count times size overflows", DYN(1, 1, UINT64_MAX - 15), {}, STATUS_OUT_OF_RANGE, "table"},
    {"table outside", DYN(0, 1, 0x1040), {}, STATUS_OUT_OF_RANGE, "table"},
    {"table in bss", DYN(0, 1, BASE + 0x5000), {}, STATUS_OUT_OF_RANGE, "table"},
    {"table in a guard", DYN(0, 1, BASE + 0x7000), {}, STATUS_OUT_OF_RANGE, "table"},
    {"table misaligned", DYN(0, 1, BASE + 0x1044), {}, STATUS_OUT_OF_RANGE, "table"},

    {"relocation of another type", REL(0, info, 1), {}, STATUS_UNSUPPORTED, "type 0x1"},
    {"relocation with a symbol",
     REL(0, info, UINT64_C(1) << 32 | 8),
     {},
     STATUS_UNSUPPORTED,
     "0x100000008"},
    {"relocation of nothing", REL(4, info, 0), {}, STATUS_UNSUPPORTED, "relocation 4"},
    {"relocation before the image",
     REL(1, offset, BASE - 8),
     {},
     STATUS_OUT_OF_RANGE,
     "relocation 1"},
    {"relocation behind the image",
     REL(1, offset, BASE + 0xA000),
     {},
     STATUS_OUT_OF_RANGE,
     "aligned"},
    {"relocation over the end", REL(1, offset, BASE + 0x9ffc), {}, STATUS_OUT_OF_RANGE, "aligned"},
    {"relocation far away", REL(1, offset, 0x1000), {}, STATUS_OUT_OF_RANGE, "at 0x1000"},
    {"relocation wraps", REL(1, offset, BASE - 4), {}, STATUS_OUT_OF_RANGE, "relocation 1"},
    {"relocation in text", REL(2, offset, BASE + 0x20), {}, STATUS_OUT_OF_RANGE, "relocation 2"},
    {"relocation in rodata",
     REL(2, offset, BASE + 0x1040),
     {},
     STATUS_OUT_OF_RANGE,
     "relocation 2"},
    {"relocation in a guard",
     REL(2, offset, BASE + 0x7000),
     {},
     STATUS_OUT_OF_RANGE,
     "relocation 2"},
    {"relocation misaligned",
     REL(3, offset, BASE + 0x2004),
     {},
     STATUS_OUT_OF_RANGE,
     "relocation 3"},

    {"packed size", DYN(7, 1, 24), {}, STATUS_BAD_FORMAT, "RELR relocation table"},
    {"packed size 0", DYN(7, 1, 0), {}, STATUS_BAD_FORMAT, "entries of 0"},
    {"half a packed relocation", DYN(6, 1, 6 * 8 - 4), {}, STATUS_BAD_FORMAT, "0x2c bytes"},
    {"packed table behind the data", DYN(6, 1, 0x108), {}, STATUS_OUT_OF_RANGE, "0x108 bytes"},
    {"packed table wraps", DYN(6, 1, UINT64_MAX - 7), {}, STATUS_OUT_OF_RANGE, "RELR"},
    {"packed table missing", DYN(5, 0, 30), {}, STATUS_OUT_OF_RANGE, "RELR relocation table 0x0"},
    {"packed table outside", DYN(5, 1, 0x1200), {}, STATUS_OUT_OF_RANGE, "table 0x1200"},
    {"packed table in bss", DYN(5, 1, BASE + 0x5000), {}, STATUS_OUT_OF_RANGE, "RELR"},
    {"packed table in a guard", DYN(5, 1, BASE + 0x7000), {}, STATUS_OUT_OF_RANGE, "RELR"},
    {"packed table misaligned", DYN(5, 1, BASE + 0x1204), {}, STATUS_OUT_OF_RANGE, "RELR"},

    {"bitmap first", RELR(0, 3), {}, STATUS_BAD_FORMAT, "entry 0 is a bitmap"},
    {"empty bitmap first", RELR(0, 1), {}, STATUS_BAD_FORMAT, "entry 0 is a bitmap"},
    {"bitmap behind the image", RELR(3, BASE + 0x9ff8), RELR(4, 1), STATUS_BAD_FORMAT, "entry 5"},
    {"bit behind the image", RELR(4, BASE + 0x9ff8), RELR(5, 3), STATUS_OUT_OF_RANGE,
     "0xffffffff8000a000"},
    {"bit in a guard", RELR(4, BASE + 0x6ff8), RELR(5, 3), STATUS_OUT_OF_RANGE,
     "0xffffffff80007000"},
    {"packed before the image", RELR(0, BASE - 8), {}, STATUS_OUT_OF_RANGE, "0xffffffff7ffffff8"},
    {"packed over the start", RELR(0, BASE - 4), {}, STATUS_OUT_OF_RANGE, "0xffffffff7ffffffc"},
    {"packed behind the image", RELR(3, BASE + 0xA000), {}, STATUS_OUT_OF_RANGE, "aligned"},
    {"packed over the end", RELR(3, BASE + 0x9ffc), {}, STATUS_OUT_OF_RANGE, "aligned"},
    {"packed at 0", RELR(0, 0), {}, STATUS_OUT_OF_RANGE, "of 0x0,"},
    {"packed in the last word of all", RELR(0, UINT64_MAX - 7), {}, STATUS_OUT_OF_RANGE, "aligned"},
    {"packed in text", RELR(0, BASE + 0x20), {}, STATUS_OUT_OF_RANGE, "0xffffffff80000020"},
    {"packed in rodata", RELR(0, BASE + 0x1200), {}, STATUS_OUT_OF_RANGE, "0xffffffff80001200"},
    {"packed in a guard", RELR(3, BASE + 0x7000), {}, STATUS_OUT_OF_RANGE, "0xffffffff80007000"},
    {"packed misaligned", RELR(3, BASE + 0x3f04), {}, STATUS_OUT_OF_RANGE, "0xffffffff80003f04"},
};

static void crime_check(const struct crime *c, status_t status, const struct elf_fault *fault)
{
    if (status != c->want || strstr(fault->text, c->text) == nullptr)
        fail_msg("%s: %s; %s", c->crime, status_text(status), fault->text);
}

static void test_judge_crimes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof judge_crimes / sizeof judge_crimes[0]; i++) {
        unsigned char *file = build_file();
        struct elf_plan plan;
        struct elf_fault fault;
        inflict(file, &judge_crimes[i].first);
        inflict(file, &judge_crimes[i].second);
        crime_check(&judge_crimes[i], judge(file, FILE_SIZE, &plan, &fault), &fault);
        free(file);
    }
}

/* An aligned image with a page of sentinels on both sides. */
struct target {
    unsigned char *block, *image;
    uint64_t size;
};

static struct target target_create(uint64_t size)
{
    unsigned char *block = aligned_alloc(PAGE_SIZE, size + 2 * PAGE_SIZE);
    assert_non_null(block);
    memset(block, 0xa5, size + 2 * PAGE_SIZE);
    return (struct target){block, block + PAGE_SIZE, size};
}

static void target_check(const struct target *t)
{
    for (uint64_t i = 0; i < PAGE_SIZE; i++) {
        assert_int_equal(t->block[i], 0xa5);
        assert_int_equal(t->image[t->size + i], 0xa5);
    }
}

static status_t place(const unsigned char *file, const struct elf_plan *plan,
                      const struct target *t, uint64_t at, struct elf_fault *fault)
{
    fault->text[0] = '\0';
    status_t status = elf_image_place(file, FILE_SIZE, plan, t->image, at, fault);
    target_check(t);
    return status;
}

static void test_place_crimes(void **state)
{
    unsigned char *file = build_file();
    struct elf_plan plan;
    struct elf_fault fault;
    (void)state;
    inflict(file, &(struct damage)EH(type, 2));
    assert_status(judge(file, FILE_SIZE, &plan, &fault), STATUS_OK);
    struct target t = target_create(plan.image_size);
    assert_status(place(file, &plan, &t, BASE + 0x200000, &fault), STATUS_UNSUPPORTED);
    assert_non_null(strstr(fault.text, "cannot run"));
    assert_status(elf_image_place(file, FILE_SIZE - 1, &plan, t.image, BASE, &fault),
                  STATUS_TRUNCATED);
    /* A table that changed since it was judged is judged again. */
    inflict(file, &(struct damage)RELR(3, BASE + 0xA000));
    assert_status(place(file, &plan, &t, BASE, &fault), STATUS_OUT_OF_RANGE);
    inflict(file, &(struct damage)RELR(3, packed[3]));
    inflict(file, &(struct damage)REL(4, offset, BASE + 0xA000));
    assert_status(place(file, &plan, &t, BASE, &fault), STATUS_OUT_OF_RANGE);
    target_check(&t);
    free(t.block);
    free(file);
}

/* The whole image, built a second time from the drawing at the top of this file. */
static void image_check(const unsigned char *image, const unsigned char *file,
                        const struct elf_plan *plan, uint64_t slide)
{
    unsigned char *want = calloc(IMAGE_PAGES, PAGE_SIZE);
    assert_non_null(want);
    memcpy(want, file + 0x1000, 0x200);
    memcpy(want + 0x1000, file + 0x2000, 0x300);
    memcpy(want + 0x2000, file + 0x3000, 0x2800);
    for (size_t i = 0; plan->relr.size > 0 && i < sizeof packed_words / sizeof packed_words[0];
         i++) {
        uint64_t value;
        memcpy(&value, want + packed_words[i], sizeof value);
        value += slide;
        memcpy(want + packed_words[i], &value, sizeof value);
    }
    for (size_t i = 0; i < plan->rela.size / sizeof relocations[0]; i++) {
        uint64_t value = relocations[i].addend + slide;
        memcpy(want + (relocations[i].offset - BASE), &value, sizeof value);
    }
    assert_memory_equal(image, want, IMAGE_PAGES * PAGE_SIZE);
    free(want);
}

static void test_place(void **state)
{
    static const uint64_t slides[] = {0, 0x200000, 0x3fe00000, -BASE, 0x1000 - BASE};
    (void)state;
    for (size_t i = 0; i < sizeof slides / sizeof slides[0]; i++) {
        unsigned char *file = build_file();
        struct elf_plan plan;
        struct elf_fault fault;
        assert_status(judge(file, FILE_SIZE, &plan, &fault), STATUS_OK);
        struct target t = target_create(plan.image_size);
        assert_status(place(file, &plan, &t, BASE + slides[i], &fault), STATUS_OK);
        image_check(t.image, file, &plan, slides[i]);
        assert_status(place(file, &plan, &t, BASE + slides[i] + 8, &fault), STATUS_MISALIGNED);
        free(t.block);
        free(file);
    }
}

/* Damage that is none: these files are accepted. */
static void test_variants(void **state)
{
    static const struct {
        const char *name;
        struct damage first, second;
        unsigned segments;
        uint64_t stack_top, rela, relr;
    } cases[] = {
        {"ET_EXEC", EH(type, 2), {}, 7, 0xA000, 5, 6},
        {"no stack header", PH(STACK, type, 4), {}, 7, 0, 5, 6},
        {"stack header without a size", PH(STACK, memsz, 0), {}, 7, 0, 5, 6},
        {"no dynamic section", PH(DYNAMIC, type, 4), {}, 7, 0xA000, 0, 0},
        {"dynamic section without an end", PH(DYNAMIC, filesz, 0x80), {}, 7, 0xA000, 5, 6},
        {"dynamic section with half an entry", PH(DYNAMIC, filesz, 0x88), {}, 7, 0xA000, 5, 6},
        {"no RELA", DYN(1, 1, 0), {}, 7, 0xA000, 0, 6},
        {"no RELR", DYN(6, 1, 0), {}, 7, 0xA000, 5, 0},
        {"no size of RELR", DYN(6, 0, 30), {}, 7, 0xA000, 5, 0},
        {"no entry size of RELR", DYN(7, 0, 30), {}, 7, 0xA000, 5, 6},
        {"neither", DYN(1, 1, 0), DYN(6, 1, 0), 7, 0xA000, 0, 0},
        {"bit of the last word", RELR(4, BASE + 0x9ff0), RELR(5, 3), 7, 0xA000, 5, 6},
        {"empty PLT", DYN(4, 0, 2), DYN(4, 1, 0), 7, 0xA000, 5, 6},
        {"no RELRO", PH(RELRO, type, 4), {}, 5, 0xA000, 5, 6},
        {"empty RELRO", PH(RELRO, memsz, 0), {}, 5, 0xA000, 5, 6},
        {"RELRO at the start", PH(RELRO, vaddr, BASE + 0x2000), {}, 6, 0xA000, 5, 6},
        {"RELRO to the end", PH(RELRO, memsz, 0x3800), {}, 6, 0xA000, 5, 6},
        {"RELRO is the segment", PH(RELRO, vaddr, BASE + 0x2000), PH(RELRO, memsz, 0x4800), 5,
         0xA000, 5, 6},
        {"RELRO in bss", PH(RELRO, vaddr, BASE + 0x5000), {}, 7, 0xA000, 5, 6},
        {"no guard, a gap", PH(GUARD, type, 4), {}, 6, 0xA000, 5, 6},
        {"empty segment", PH(GUARD, memsz, 0), {}, 6, 0xA000, 5, 6},
        {"no alignment", PH(DATA, align, 0), {}, 7, 0xA000, 5, 6},
        {"alignment 1", PH(DATA, align, 1), {}, 7, 0xA000, 5, 6},
        {"alignment below a page", PH(TEXT, align, 16), PH(TEXT, offset, 0x1010), 7, 0xA000, 5, 6},
        {"larger alignment", PH(STACK_PAGES, align, 0x8000), {}, 7, 0xA000, 5, 6},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char *file = build_file();
        struct elf_plan plan;
        struct elf_fault fault;
        inflict(file, &cases[i].first);
        inflict(file, &cases[i].second);
        status_t status = judge(file, FILE_SIZE, &plan, &fault);
        if (status != STATUS_OK)
            fail_msg("%s: %s", cases[i].name, fault.text);
        assert_int_equal(plan.segment_count, cases[i].segments);
        assert_int_equal(plan.stack_top_offset, cases[i].stack_top);
        assert_int_equal(plan.rela.size, cases[i].rela * 24);
        assert_int_equal(plan.relr.size, cases[i].relr * 8);
        struct target t = target_create(plan.image_size);
        assert_status(place(file, &plan, &t, BASE, &fault), STATUS_OK);
        if (cases[i].second.size == 0)
            image_check(t.image, file, &plan, 0);
        free(t.block);
        free(file);
    }
}

static void test_truncation(void **state)
{
    unsigned char *whole = build_file();
    (void)state;
    for (uint64_t size = 0; size < FILE_SIZE; size++) {
        struct elf_plan plan;
        struct elf_fault fault;
        unsigned char *file = malloc(size == 0 ? 1 : size);
        assert_non_null(file);
        memcpy(file, whole, size);
        assert_status(judge(file, size, &plan, &fault), STATUS_TRUNCATED);
        free(file);
    }
    free(whole);
}

/* A file of `count` segments of three pages each, and one more header. */
static status_t judge_many(unsigned count, uint32_t last_type)
{
    struct elf_plan plan;
    struct elf_fault fault;
    unsigned char *file = build_file();
    inflict(file, &(struct damage)EH(phnum, count + 1));
    for (unsigned i = 0; i <= count; i++) {
        const struct program_header ph = {.type = i < count ? LOAD : last_type,
                                          .flags = i == 0 ? 5 : 6,
                                          .vaddr = BASE + i * UINT64_C(0x3000),
                                          .memsz = 0x3000,
                                          .align = 0x1000};
        memcpy(file + 64 + i * sizeof ph, &ph, sizeof ph);
    }
    if (last_type == TYPE_RELRO) { /* the middle page of the last segment */
        unsigned relro = count;
        inflict(file,
                &(struct damage)PH(relro, vaddr, BASE + (count - 1) * UINT64_C(0x3000) + 0x1000));
        inflict(file, &(struct damage)PH(relro, memsz, 0x1000));
    }
    status_t status = judge(file, FILE_SIZE, &plan, &fault);
    free(file);
    return status;
}

static void test_many_segments(void **state)
{
    (void)state;
    assert_status(judge_many(ELF_SEGMENTS_MAX, 4), STATUS_OK);
    assert_status(judge_many(ELF_SEGMENTS_MAX + 1, 4), STATUS_FULL);
    assert_status(judge_many(ELF_SEGMENTS_MAX - 2, TYPE_RELRO), STATUS_OK);
    assert_status(judge_many(ELF_SEGMENTS_MAX - 1, TYPE_RELRO), STATUS_FULL);
}

/* Random damage to headers and tables: refused, or a sound plan that can be placed. */
static void test_random_damage(void **state)
{
    static const uint64_t areas[][2] = {
        {0, 64 + 8 * 56}, {0x4000, 0x90}, {TABLE_AT, 5 * 24}, {PACKED_AT, 6 * 8}};
    struct random r = random_start("elf_image", 20250101);
    unsigned accepted = 0;
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        unsigned char *file = build_file();
        for (uint64_t hits = 1 + random_below(&r, 3); hits > 0; hits--) {
            const uint64_t *area = areas[random_below(&r, 4)];
            file[area[0] + random_below(&r, area[1])] ^= (unsigned char)(1u << random_below(&r, 8));
        }
        struct elf_plan plan;
        struct elf_fault fault;
        if (judge(file, FILE_SIZE, &plan, &fault) == STATUS_OK && plan.image_size < MIB) {
            struct target t = target_create(plan.image_size);
            accepted += place(file, &plan, &t, plan.link_base, &fault) == STATUS_OK;
            free(t.block);
        }
        free(file);
    }
    assert_in_range(accepted, 1000, 19000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan),          cmocka_unit_test(test_judge_crimes),
        cmocka_unit_test(test_place),         cmocka_unit_test(test_place_crimes),
        cmocka_unit_test(test_variants),      cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_many_segments), cmocka_unit_test(test_random_damage),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
