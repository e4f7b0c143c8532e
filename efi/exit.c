/* SPDX-License-Identifier: MIT
 * The end of boot services. The first ExitBootServices often fails: its handlers allocate, which changes the
 * map, and the key is stale. After that only the two calls of this loop are allowed (UEFI 2.10, 7.4.6), so
 * the buffer has room to spare, its whole size is offered every time, and no other call is made between. The
 * map of the first try shows what those handlers changed: it is kept, in memory that is there already.
 * A page of known words behind the buffer tells whether firmware wrote past its end, which has been seen. */
#include "loader.h"

static constexpr unsigned EXIT_TRIES = 32;
static constexpr uint64_t CANARY = UINT64_C(0x5afe5afe5afe5afe);

static uint64_t *canary_of(const struct loader *l)
{
    return (uint64_t *)(l->block + l->layout.canary);
}

static void set_canary(struct loader *l)
{
    uint64_t *words = canary_of(l);
    for (size_t i = 0; i < PAGE_SIZE / sizeof *words; i++)
        words[i] = CANARY;
}

static bool canary_is_whole(const struct loader *l)
{
    const uint64_t *words = canary_of(l);
    uint64_t difference = 0;
    for (size_t i = 0; i < PAGE_SIZE / sizeof *words; i++)
        difference |= words[i] ^ CANARY;
    return difference == 0;
}

/* Read the map into its final place and judge it. */
static EFI_STATUS read_map(struct loader *l)
{
    EFI_STATUS status = raw_map_read(&l->firmware, &l->final_map);
    if (!canary_is_whole(l))
        loader_stop(l, EFI_COMPROMISED_DATA,
                    "the firmware wrote its memory map past the end of the buffer of 0x%lx bytes",
                    l->final_map.capacity);
    if (EFI_ERROR(status))
        return status;
    const char *fault = raw_map_check(&l->final_map);
    if (fault != nullptr)
        loader_stop(
            l, EFI_INCOMPATIBLE_VERSION,
            "the firmware's last memory map cannot be used: %s (0x%lx bytes, descriptors of "
            "0x%lx, version %u)",
            fault, l->final_map.size, l->final_map.descriptor_size, l->final_map.version);
    return EFI_SUCCESS;
}

/* The first try has failed, and the next reading of the map overwrites what it was made with. */
static void keep_first(struct loader *l)
{
    if (l->info.exit_tries == 1)
        l->info.before_exit_map = raw_map_convert(&l->final_map, l->block + l->layout.before_exit);
}

void loader_exit_firmware(struct loader *l)
{
    struct firmware *fw = &l->firmware;
    EFI_STATUS status = EFI_NOT_STARTED;
    l->final_map =
        (struct raw_map){.data = l->block + l->layout.map, .capacity = l->layout.map_size};
    set_canary(l);
    for (unsigned tries = 0; tries < EXIT_TRIES; tries++) {
        status = read_map(l);
        if (EFI_ERROR(status))
            continue;
        l->info.exit_tries++;
        fw->console_lost = true;
        status = FIRMWARE_CALL(fw, fw->boot->ExitBootServices(fw->image, l->final_map.key));
        if (!EFI_ERROR(status)) {
            disable_interrupts(); /* firmware's timer has no handler any more */
            return;
        }
        keep_first(l);
    }
    if (!fw->console_lost)
        loader_stop(l, status,
                    "the firmware does not tell its last memory map: it wants 0x%lx bytes, and the "
                    "first one had 0x%lx",
                    l->final_map.size, l->entry_map.size);
    loader_stop(l, status, "the firmware does not end boot services: %u tries, map of 0x%lx bytes",
                l->info.exit_tries, l->final_map.size);
}
