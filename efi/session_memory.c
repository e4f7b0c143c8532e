/* SPDX-License-Identifier: MIT
 * Memory of a session: given back at its end, or from a mark on. */
#include "session.h"

void *session_take(struct session *s, size_t size)
{
    struct firmware *fw = &s->loader->firmware;
    EFI_PHYSICAL_ADDRESS at = 0;
    const UINTN pages = EFI_SIZE_TO_PAGES(size);
    EFI_STATUS status = EFI_OUT_OF_RESOURCES;
    if (s->block_count < SESSION_BLOCKS_MAX)
        status =
            FIRMWARE_CALL(fw, fw->boot->AllocatePages(AllocateAnyPages, EfiLoaderData, pages, &at));
    if (EFI_ERROR(status) || at == 0 || !is_aligned(at, PAGE_SIZE))
        return nullptr;
    s->blocks[s->block_count].at = at;
    s->blocks[s->block_count++].pages = pages;
    return (void *)at;
}

void session_give_back(struct session *s, unsigned mark)
{
    struct firmware *fw = &s->loader->firmware;
    while (s->block_count > mark) {
        s->block_count--;
        (void)FIRMWARE_CALL(
            fw, fw->boot->FreePages(s->blocks[s->block_count].at, s->blocks[s->block_count].pages));
    }
}

void session_end(struct session *s)
{
    session_give_back(s, 0);
}
