/* SPDX-License-Identifier: MIT
 * Both kinds of table are walked by the same code twice: to judge, when there is no image yet, and to apply.
 * So nothing is written before every relocation is known to be good, and a table that some relocation would
 * change cannot become another one: it is read in the file. */
#include "elf_relocate.h"
#include "elf_plan.h"

#include <base/string.h>

/* gABI 5 "Dynamic Section"; DT_RELR: gABI 4 "Relocation", since 2022. */
struct dynamic_entry {
    uint64_t tag, value;
};
struct relocation {
    uint64_t offset, info, addend;
};
static_assert(sizeof(struct relocation) == 24);

enum : uint64_t {
    DT_NULL = 0,
    DT_NEEDED = 1,
    DT_PLTRELSZ = 2,
    DT_RELA = 7,
    DT_RELASZ = 8,
    DT_RELAENT = 9,
    DT_RELSZ = 18,
    DT_RELRSZ = 35,
    DT_RELR = 36,
    DT_RELRENT = 37,
};
static constexpr uint64_t R_X86_64_RELATIVE = 8; /* with symbol 0: the whole of r_info */
static constexpr uint64_t BITMAP_WORDS = 63;     /* bit 0 tells a bitmap from an address */

/* Where the search for a segment starts. */
static const struct elf_segment no_segment;

struct walk {
    const unsigned char *file;
    const struct elf_plan *plan;
    const struct elf_segment *segment; /* of the last word: mostly that of the next one too */
    unsigned char *image;              /* null: judge only */
    uint64_t slide;
    struct elf_fault *fault;
};

static bool find_segment(struct walk *w, uint64_t offset)
{
    for (unsigned i = 0; i < w->plan->segment_count; i++) {
        const struct elf_segment *s = &w->plan->segments[i];
        if (s->relocatable && offset - s->offset < s->size) {
            w->segment = s;
            return true;
        }
    }
    return false;
}

/* Segments are whole pages: an aligned word that begins in one ends in it. */
static inline bool may_relocate(struct walk *w, uint64_t offset)
{
    return is_aligned(offset, sizeof(uint64_t)) &&
           (offset - w->segment->offset < w->segment->size || find_segment(w, offset));
}

static status_t walk_rela(struct walk *w, const struct elf_table *table)
{
    struct relocation r;
    for (uint64_t at = 0; at < table->size; at += sizeof r) {
        memcpy(&r, w->file + table->file_offset + at, sizeof r);
        uint64_t offset = r.offset - w->plan->link_base, value = r.addend + w->slide;
        if (r.info != R_X86_64_RELATIVE)
            return elf_blame(w->fault, STATUS_UNSUPPORTED,
                             "kernel relocation %lu has type 0x%lx, not R_X86_64_RELATIVE",
                             at / sizeof r, r.info);
        if (!may_relocate(w, offset))
            return elf_blame(
                w->fault, STATUS_OUT_OF_RANGE,
                "kernel relocation %lu at 0x%lx is not an aligned word of writable data",
                at / sizeof r, r.offset);
        if (w->image != nullptr)
            memcpy(w->image + offset, &value, sizeof value);
    }
    return STATUS_OK;
}

/* The words that a bitmap names, from `offset` on; the word itself is the addend. */
static status_t slide_words(struct walk *w, uint64_t offset, uint64_t bits)
{
    for (; bits != 0; bits >>= 1, offset += sizeof(uint64_t)) {
        uint64_t value;
        if ((bits & 1) == 0)
            continue;
        if (!may_relocate(w, offset))
            return elf_blame(w->fault, STATUS_OUT_OF_RANGE,
                             "kernel packed relocation of 0x%lx, which is not an aligned word of "
                             "writable data",
                             w->plan->link_base + offset);
        if (w->image == nullptr)
            continue;
        memcpy(&value, w->image + offset, sizeof value);
        value += w->slide;
        memcpy(w->image + offset, &value, sizeof value);
    }
    return STATUS_OK;
}

/* An even entry is the address of a word; an odd one a bitmap of the 63 words that follow. `next` is where
 * those begin. It starts behind every image, and a bitmap must begin in it: so it can never wrap. */
static status_t walk_relr(struct walk *w, const struct elf_table *table)
{
    uint64_t entry, next = UINT64_MAX;
    status_t status = STATUS_OK;
    for (uint64_t at = 0; at < table->size && status == STATUS_OK; at += sizeof entry) {
        memcpy(&entry, w->file + table->file_offset + at, sizeof entry);
        if ((entry & 1) == 0) {
            next = entry - w->plan->link_base;
            status = slide_words(w, next, 1);
            next += sizeof(uint64_t);
        } else if (next <= w->plan->image_size) {
            status = slide_words(w, next, entry >> 1);
            next += BITMAP_WORDS * sizeof(uint64_t);
        } else {
            status = elf_blame(w->fault, STATUS_BAD_FORMAT,
                               "kernel packed relocation entry %lu is a bitmap without an address",
                               at / sizeof entry);
        }
    }
    return status;
}

static status_t walk_tables(struct walk *w, const struct elf_table *rela,
                            const struct elf_table *relr)
{
    status_t status = walk_relr(w, relr);
    return status == STATUS_OK ? walk_rela(w, rela) : status;
}

/* A table as PT_DYNAMIC tells it. */
struct table_tags {
    const char *name;
    uint64_t vaddr, size, entry_size, want_entry_size;
};

static void read_tag(const struct dynamic_entry *entry, struct table_tags *rela,
                     struct table_tags *relr)
{
    switch (entry->tag) {
    case DT_RELA:
        rela->vaddr = entry->value;
        break;
    case DT_RELASZ:
        rela->size = entry->value;
        break;
    case DT_RELAENT:
        rela->entry_size = entry->value;
        break;
    case DT_RELR:
        relr->vaddr = entry->value;
        break;
    case DT_RELRSZ:
        relr->size = entry->value;
        break;
    case DT_RELRENT:
        relr->entry_size = entry->value;
        break;
    default:
        break;
    }
}

static status_t read_dynamic(const unsigned char *dynamic, uint64_t size, struct table_tags *rela,
                             struct table_tags *relr, struct elf_fault *fault)
{
    struct dynamic_entry entry;
    for (uint64_t at = 0; size - at >= sizeof entry; at += sizeof entry) {
        memcpy(&entry, dynamic + at, sizeof entry);
        if (entry.tag == DT_NULL)
            break;
        bool needs_linker =
            entry.tag == DT_NEEDED || entry.tag == DT_PLTRELSZ || entry.tag == DT_RELSZ;
        if (needs_linker && entry.value != 0)
            return elf_blame(
                fault, STATUS_UNSUPPORTED,
                "kernel file needs more than RELA and RELR relocations (dynamic tag %lu)",
                entry.tag);
        read_tag(&entry, rela, relr);
    }
    return STATUS_OK;
}

/* Where the table lies in the file. */
static status_t locate(struct elf_plan *plan, const struct table_tags *tags, struct elf_table *out,
                       struct elf_fault *fault)
{
    if (tags->size == 0)
        return STATUS_OK;
    if (tags->entry_size != tags->want_entry_size || tags->size % tags->entry_size != 0)
        return elf_blame(fault, STATUS_BAD_FORMAT,
                         "kernel %s relocation table has 0x%lx bytes in entries of %lu, not of %lu",
                         tags->name, tags->size, tags->entry_size, tags->want_entry_size);
    const struct elf_segment *s = elf_segment_of(plan, tags->vaddr, tags->size);
    uint64_t offset = tags->vaddr - plan->link_base;
    if (s == nullptr || !is_aligned(offset, 8) ||
        !in_range(offset, tags->size, s->data_offset, s->data_size))
        return elf_blame(
            fault, STATUS_OUT_OF_RANGE,
            "kernel %s relocation table 0x%lx with 0x%lx bytes is not in a segment's data",
            tags->name, tags->vaddr, tags->size);
    *out = (struct elf_table){s->file_offset + (offset - s->data_offset), tags->size};
    return STATUS_OK;
}

status_t elf_judge_relocations(const unsigned char *file, uint64_t file_size, uint64_t offset,
                               uint64_t size, struct elf_plan *plan, struct elf_fault *fault)
{
    struct table_tags rela = {.name = "RELA", .entry_size = 24, .want_entry_size = 24};
    struct table_tags relr = {.name = "RELR", .entry_size = 8, .want_entry_size = 8};
    struct walk w = {.file = file, .plan = plan, .segment = &no_segment, .fault = fault};
    struct elf_table rela_table = {}, relr_table = {};
    if (!in_range(offset, size, 0, file_size))
        return elf_blame(
            fault, STATUS_TRUNCATED,
            "kernel dynamic section needs 0x%lx bytes at 0x%lx but the file ends at 0x%lx", size,
            offset, file_size);
    status_t status = read_dynamic(file + offset, size, &rela, &relr, fault);
    if (status == STATUS_OK)
        status = locate(plan, &rela, &rela_table, fault);
    if (status == STATUS_OK)
        status = locate(plan, &relr, &relr_table, fault);
    if (status == STATUS_OK)
        status = walk_tables(&w, &rela_table, &relr_table);
    if (status != STATUS_OK)
        return status;
    plan->rela = rela_table;
    plan->relr = relr_table;
    return STATUS_OK;
}

status_t elf_relocate(const unsigned char *file, const struct elf_plan *plan, unsigned char *image,
                      uint64_t slide, struct elf_fault *fault)
{
    struct walk w = {.file = file,
                     .plan = plan,
                     .segment = &no_segment,
                     .image = image,
                     .slide = slide,
                     .fault = fault};
    return walk_tables(&w, &plan->rela, &plan->relr);
}
