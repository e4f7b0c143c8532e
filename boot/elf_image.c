/* SPDX-License-Identifier: MIT */
#include "elf_plan.h"
#include "elf_relocate.h"

#include <base/string.h>
#include <boot/address_map.h>

#include <stdckdint.h>

/* gABI 4 "ELF Header", 5 "Program Header". Read by copying: a file's structures need not be aligned in it. */
struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_offset, section_offset;
    uint32_t flags;
    uint16_t header_size, program_size, program_count, section_size, section_count, section_names;
};
struct program_header {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, file_size, memory_size, align;
};
static_assert(sizeof(struct elf_header) == 64);
static_assert(sizeof(struct program_header) == 56);

enum { ELFCLASS64 = 2, ELFDATA2LSB = 1, EV_CURRENT = 1, ET_EXEC = 2, ET_DYN = 3, EM_X86_64 = 62 };
enum : uint32_t {
    PT_LOAD = 1,
    PT_DYNAMIC = 2,
    PT_INTERP = 3,
    PT_TLS = 7,
    PT_GNU_STACK = 0x6474e551, /* LSB core 10.6.2 */
    PT_GNU_RELRO = 0x6474e552,
};
static constexpr unsigned PROGRAM_HEADERS_MAX = 64;

/* What judge works on. */
struct judgement {
    const unsigned char *file;
    uint64_t size;
    struct elf_header header;
    struct elf_plan plan;
    struct program_header relro, stack, dynamic; /* type 0: there is none */
    struct elf_fault *fault;
};

static status_t judge_header(struct judgement *j)
{
    static const uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};
    if (j->size < sizeof j->header)
        return elf_blame(j->fault, STATUS_TRUNCATED,
                         "kernel file has %lu bytes: too short for an ELF header", j->size);
    memcpy(&j->header, j->file, sizeof j->header);
    const struct elf_header *h = &j->header;
    if (memcmp(h->ident, magic, sizeof magic) != 0)
        return elf_blame(j->fault, STATUS_BAD_FORMAT, "kernel file is not an ELF file");
    if (h->ident[4] != ELFCLASS64 || h->ident[5] != ELFDATA2LSB || h->machine != EM_X86_64)
        return elf_blame(j->fault, STATUS_UNSUPPORTED,
                         "kernel file is not for x86-64 (class %u, byte order %u, machine %u)",
                         h->ident[4], h->ident[5], h->machine);
    if (h->ident[6] != EV_CURRENT || h->version != EV_CURRENT)
        return elf_blame(j->fault, STATUS_UNSUPPORTED, "kernel file has ELF version %u.%u, not 1",
                         h->ident[6], h->version);
    if (h->type != ET_EXEC && h->type != ET_DYN)
        return elf_blame(j->fault, STATUS_UNSUPPORTED,
                         "kernel file has ELF type %u, neither executable nor position independent",
                         h->type);
    if (h->header_size != sizeof *h || h->program_size != sizeof(struct program_header))
        return elf_blame(j->fault, STATUS_BAD_FORMAT,
                         "kernel file has headers of %u and %u bytes, not 64 and 56",
                         h->header_size, h->program_size);
    if (h->program_count == 0 || h->program_count > PROGRAM_HEADERS_MAX)
        return elf_blame(j->fault, STATUS_BAD_FORMAT,
                         "kernel file has %u program headers, not 1..%u", h->program_count,
                         PROGRAM_HEADERS_MAX);
    uint64_t headers_size = h->program_count * sizeof(struct program_header);
    if (!in_range(h->program_offset, headers_size, 0, j->size))
        return elf_blame(j->fault, STATUS_TRUNCATED,
                         "kernel program headers at 0x%lx do not fit in a file of 0x%lx bytes",
                         h->program_offset, j->size);
    return STATUS_OK;
}

static status_t judge_load_sizes(struct judgement *j, unsigned index,
                                 const struct program_header *ph)
{
    uint64_t end;
    if (ph->align > 1 && !is_power_of_two(ph->align))
        return elf_blame(j->fault, STATUS_MISALIGNED,
                         "kernel segment %u is aligned to 0x%lx, not to a power of two", index,
                         ph->align);
    if (ph->align > 1 && !is_aligned(ph->vaddr - ph->offset, ph->align))
        return elf_blame(
            j->fault, STATUS_MISALIGNED,
            "kernel segment %u: address 0x%lx and file offset 0x%lx differ modulo 0x%lx", index,
            ph->vaddr, ph->offset, ph->align);
    if (ph->file_size > ph->memory_size)
        return elf_blame(j->fault, STATUS_BAD_FORMAT,
                         "kernel segment %u has 0x%lx bytes in the file but 0x%lx in memory", index,
                         ph->file_size, ph->memory_size);
    if (!in_range(ph->offset, ph->file_size, 0, j->size))
        return elf_blame(j->fault, STATUS_TRUNCATED,
                         "kernel segment %u needs 0x%lx bytes at 0x%lx but the file ends at 0x%lx",
                         index, ph->file_size, ph->offset, j->size);
    if (ckd_add(&end, ph->vaddr, ph->memory_size) || end > UINT64_MAX - PAGE_SIZE)
        return elf_blame(j->fault, STATUS_OVERFLOW,
                         "kernel segment %u at 0x%lx with 0x%lx bytes wraps past 2^64", index,
                         ph->vaddr, ph->memory_size);
    return STATUS_OK;
}

static status_t judge_load_rights(struct judgement *j, unsigned index,
                                  const struct program_header *ph)
{
    uint32_t known = ELF_EXECUTE | ELF_WRITE | ELF_READ;
    if ((ph->flags & ~known) != 0 || (ph->flags != 0 && (ph->flags & ELF_READ) == 0))
        return elf_blame(j->fault, STATUS_BAD_RIGHTS,
                         "kernel segment %u has rights 0x%x, which x86 pages cannot have", index,
                         ph->flags);
    if ((ph->flags & ELF_WRITE) != 0 && (ph->flags & ELF_EXECUTE) != 0)
        return elf_blame(j->fault, STATUS_BAD_RIGHTS,
                         "kernel segment %u is writable and executable", index);
    if (ph->flags == 0 && ph->file_size != 0)
        return elf_blame(j->fault, STATUS_BAD_RIGHTS,
                         "kernel segment %u has no rights (a guard) but 0x%lx bytes of data", index,
                         ph->file_size);
    return STATUS_OK;
}

/* Add one PT_LOAD to the plan. */
static status_t add_load(struct judgement *j, unsigned index, const struct program_header *ph)
{
    struct elf_plan *plan = &j->plan;
    if (ph->memory_size == 0 && ph->file_size == 0)
        return STATUS_OK; /* linkers leave these where a section list came out empty */
    status_t status = judge_load_sizes(j, index, ph);
    if (status == STATUS_OK)
        status = judge_load_rights(j, index, ph);
    if (status != STATUS_OK)
        return status;
    if (plan->segment_count == ELF_SEGMENTS_MAX)
        return elf_blame(j->fault, STATUS_FULL, "kernel file has more than %u segments",
                         ELF_SEGMENTS_MAX);
    uint64_t start = align_down(ph->vaddr, PAGE_SIZE);
    uint64_t end = align_up(ph->vaddr + ph->memory_size, PAGE_SIZE);
    if (plan->segment_count == 0)
        plan->link_base = start;
    if (start < plan->link_base || start - plan->link_base < plan->image_size)
        return elf_blame(j->fault, STATUS_OVERLAP,
                         "kernel segment %u at 0x%lx shares a page with the one before, or comes "
                         "before it",
                         index, ph->vaddr);
    if (end - plan->link_base > IMAGE_SIZE)
        return elf_blame(j->fault, STATUS_OUT_OF_RANGE,
                         "kernel segment %u ends 0x%lx bytes after the first one begins; 0x%lx fit",
                         index, end - plan->link_base, IMAGE_SIZE);
    plan->segments[plan->segment_count++] = (struct elf_segment){
        .offset = start - plan->link_base,
        .size = end - start,
        .data_offset = ph->vaddr - plan->link_base,
        .data_size = ph->file_size,
        .file_offset = ph->offset,
        .rights = ph->flags,
        .relocatable = (ph->flags & ELF_WRITE) != 0,
    };
    plan->image_size = end - plan->link_base;
    return STATUS_OK;
}

static status_t remember(struct judgement *j, const struct program_header *ph, const char *name,
                         struct program_header *slot)
{
    if (slot->type != 0)
        return elf_blame(j->fault, STATUS_BAD_FORMAT, "kernel file has two %s headers", name);
    *slot = *ph;
    return STATUS_OK;
}

static status_t judge_program_headers(struct judgement *j)
{
    for (unsigned i = 0; i < j->header.program_count; i++) {
        struct program_header ph;
        memcpy(&ph, j->file + j->header.program_offset + i * sizeof ph, sizeof ph);
        status_t status = STATUS_OK;
        switch (ph.type) {
        case PT_LOAD:
            status = add_load(j, i, &ph);
            break;
        case PT_DYNAMIC:
            status = remember(j, &ph, "PT_DYNAMIC", &j->dynamic);
            break;
        case PT_GNU_RELRO:
            status = remember(j, &ph, "PT_GNU_RELRO", &j->relro);
            break;
        case PT_GNU_STACK:
            status = remember(j, &ph, "PT_GNU_STACK", &j->stack);
            break;
        case PT_INTERP:
        case PT_TLS:
            status = elf_blame(j->fault, STATUS_UNSUPPORTED,
                               "kernel file asks for %s, which a kernel cannot have",
                               ph.type == PT_TLS ? "thread-local storage" : "an interpreter");
            break;
        default:
            break; /* notes and the like are not for us */
        }
        if (status != STATUS_OK)
            return status;
    }
    if (j->plan.segment_count == 0)
        return elf_blame(j->fault, STATUS_BAD_FORMAT, "kernel file has nothing to load");
    return STATUS_OK;
}

/* Cut a segment in two at `offset`, a page boundary inside it. Room in the table was checked. */
static void split_segment(struct elf_plan *plan, struct elf_segment *lower, uint64_t offset)
{
    struct elf_segment *upper = lower + 1;
    size_t behind = (size_t)(&plan->segments[plan->segment_count] - upper);
    memmove(upper + 1, upper, behind * sizeof *upper);
    *upper = *lower;
    uint64_t data_end = lower->data_offset + lower->data_size;
    upper->offset = offset;
    upper->size = lower->offset + lower->size - offset;
    upper->data_offset = offset;
    upper->data_size = data_end > offset ? data_end - offset : 0;
    upper->file_offset = lower->file_offset + (offset - lower->data_offset);
    lower->size = offset - lower->offset;
    lower->data_size -= upper->data_size;
    plan->segment_count++;
}

/* Make the RELRO range a read-only segment of its own. */
static status_t apply_relro(struct judgement *j)
{
    struct elf_plan *plan = &j->plan;
    uint64_t start = j->relro.vaddr, size = j->relro.memory_size;
    if (j->relro.type == 0 || size == 0)
        return STATUS_OK;
    struct elf_segment *s = elf_segment_of(plan, start, size);
    if (s == nullptr || (s->rights & ELF_WRITE) == 0)
        return elf_blame(j->fault, STATUS_OUT_OF_RANGE,
                         "kernel RELRO range 0x%lx with 0x%lx bytes is not in a writable segment",
                         start, size);
    uint64_t from = start - plan->link_base;
    uint64_t to = align_up(from + size, PAGE_SIZE);
    bool ends_with_segment = to == s->offset + s->size;
    if (!is_aligned(from, PAGE_SIZE) || (!is_aligned(from + size, PAGE_SIZE) && !ends_with_segment))
        return elf_blame(j->fault, STATUS_MISALIGNED,
                         "kernel RELRO range 0x%lx with 0x%lx bytes shares a page with other data",
                         start, size);
    if (plan->segment_count + 2 > ELF_SEGMENTS_MAX)
        return elf_blame(j->fault, STATUS_FULL, "kernel file has more than %u segments",
                         ELF_SEGMENTS_MAX);
    if (from > s->offset) {
        split_segment(plan, s, from);
        s++;
    }
    if (!ends_with_segment)
        split_segment(plan, s, to);
    s->rights = ELF_READ;
    return STATUS_OK;
}

static status_t judge_stack(struct judgement *j)
{
    const struct program_header *ph = &j->stack;
    if (ph->type == 0)
        return STATUS_OK;
    if ((ph->flags & ELF_EXECUTE) != 0)
        return elf_blame(j->fault, STATUS_BAD_RIGHTS, "kernel file asks for an executable stack");
    if (ph->memory_size == 0)
        return STATUS_OK;
    const struct elf_segment *s = elf_segment_of(&j->plan, ph->vaddr, ph->memory_size);
    if (s == nullptr || (s->rights & ELF_WRITE) == 0)
        return elf_blame(j->fault, STATUS_OUT_OF_RANGE,
                         "kernel boot stack 0x%lx with 0x%lx bytes is not in a writable segment",
                         ph->vaddr, ph->memory_size);
    uint64_t top = ph->vaddr + ph->memory_size - j->plan.link_base;
    if (!is_aligned(top, 16)) /* psABI 3.2.2 */
        return elf_blame(j->fault, STATUS_MISALIGNED,
                         "kernel boot stack ends at 0x%lx, not at a multiple of 16",
                         ph->vaddr + ph->memory_size);
    j->plan.stack_top_offset = top;
    return STATUS_OK;
}

static status_t judge_entry(struct judgement *j)
{
    const struct elf_segment *s = elf_segment_of(&j->plan, j->header.entry, 1);
    if (s == nullptr || (s->rights & ELF_EXECUTE) == 0)
        return elf_blame(j->fault, STATUS_OUT_OF_RANGE,
                         "kernel entry point 0x%lx is not in an executable segment",
                         j->header.entry);
    j->plan.entry_offset = j->header.entry - j->plan.link_base;
    j->plan.fixed = j->header.type == ET_EXEC;
    return STATUS_OK;
}

static status_t judge_relocations(struct judgement *j)
{
    if (j->dynamic.type == 0)
        return STATUS_OK;
    return elf_judge_relocations(j->file, j->size, j->dynamic.offset, j->dynamic.file_size,
                                 &j->plan, j->fault);
}

status_t elf_image_judge(const void *file, uint64_t size, struct elf_plan *out,
                         struct elf_fault *fault)
{
    struct judgement j = {.file = file, .size = size, .fault = fault};
    status_t (*const steps[])(struct judgement *) = {
        judge_header, judge_program_headers, apply_relro,
        judge_stack,  judge_entry,           judge_relocations,
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        status_t status = steps[i](&j);
        if (status != STATUS_OK)
            return status;
    }
    *out = j.plan;
    return STATUS_OK;
}

/* Copy every segment's data and zero all else, each byte written once. */
static status_t copy_segments(const unsigned char *file, uint64_t size, const struct elf_plan *plan,
                              unsigned char *image, struct elf_fault *fault)
{
    uint64_t done = 0;
    for (unsigned i = 0; i < plan->segment_count; i++) {
        const struct elf_segment *s = &plan->segments[i];
        if (s->data_size == 0)
            continue;
        if (!in_range(s->file_offset, s->data_size, 0, size))
            return elf_blame(fault, STATUS_TRUNCATED, "kernel file is not the one that was judged");
        memset(image + done, 0, s->data_offset - done);
        memcpy(image + s->data_offset, file + s->file_offset, s->data_size);
        done = s->data_offset + s->data_size;
    }
    memset(image + done, 0, plan->image_size - done);
    return STATUS_OK;
}

status_t elf_image_place(const void *file, uint64_t size, const struct elf_plan *plan, void *image,
                         uint64_t image_virtual, struct elf_fault *fault)
{
    if (!is_aligned(image_virtual, PAGE_SIZE))
        return elf_blame(fault, STATUS_MISALIGNED, "kernel image cannot be at 0x%lx",
                         image_virtual);
    if (plan->fixed && image_virtual != plan->link_base)
        return elf_blame(fault, STATUS_UNSUPPORTED,
                         "kernel file is linked for 0x%lx and cannot run at 0x%lx", plan->link_base,
                         image_virtual);
    status_t status = copy_segments(file, size, plan, image, fault);
    if (status != STATUS_OK)
        return status;
    return elf_relocate(file, plan, image, image_virtual - plan->link_base, fault);
}
