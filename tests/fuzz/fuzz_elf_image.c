/* SPDX-License-Identifier: MIT
 * ELF: whatever the file is, judging reads nothing outside it, and a plan that was accepted is sound and
 * can be placed without touching a byte outside the image. */
#include <boot/elf_image.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_table(const struct elf_table *table, uint64_t entry_size, uint64_t file_size)
{
    require(table->file_offset <= file_size && table->size <= file_size - table->file_offset);
    require(table->size % entry_size == 0);
}

static void check_plan(const struct elf_plan *plan, uint64_t file_size)
{
    uint64_t end = 0;
    bool entry_found = false;
    require(plan->segment_count > 0 && plan->segment_count <= ELF_SEGMENTS_MAX);
    for (unsigned i = 0; i < plan->segment_count; i++) {
        const struct elf_segment *s = &plan->segments[i];
        require(is_aligned(s->offset | s->size, PAGE_SIZE) && s->size > 0 && s->offset >= end);
        end = s->offset + s->size;
        require(end <= plan->image_size);
        require(s->data_offset >= s->offset && s->data_offset <= end);
        require(s->data_size <= end - s->data_offset);
        require(s->data_size == 0 ||
                (s->file_offset <= file_size && s->data_size <= file_size - s->file_offset));
        require((s->rights & ELF_WRITE) == 0 || (s->rights & ELF_EXECUTE) == 0);
        entry_found |= plan->entry_offset >= s->offset && plan->entry_offset < end &&
                       (s->rights & ELF_EXECUTE) != 0;
    }
    require(entry_found && end == plan->image_size && plan->stack_top_offset <= end);
    check_table(&plan->rela, 24, file_size);
    check_table(&plan->relr, 8, file_size);
}

/* Data in segments without the right to be written must be what the file says, in spite of relocations. */
static void check_image(const uint8_t *file, const struct elf_plan *plan,
                        const unsigned char *image)
{
    for (unsigned i = 0; i < plan->segment_count; i++) {
        const struct elf_segment *s = &plan->segments[i];
        if (!s->relocatable && s->data_size > 0)
            require(memcmp(image + s->data_offset, file + s->file_offset, s->data_size) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct elf_plan plan;
    struct elf_fault fault;
    if (elf_image_judge(data, size, &plan, &fault) != STATUS_OK) {
        require(memchr(fault.text, '\0', sizeof fault.text) != nullptr);
        return 0;
    }
    check_plan(&plan, size);
    if (plan.image_size > MIB)
        return 0;
    unsigned char *image = aligned_alloc(PAGE_SIZE, plan.image_size);
    require(image != nullptr);
    uint64_t at = plan.fixed ? plan.link_base : plan.link_base + 2 * MIB;
    if (elf_image_place(data, size, &plan, image, at, &fault) == STATUS_OK)
        check_image(data, &plan, image);
    free(image);
    return 0;
}
