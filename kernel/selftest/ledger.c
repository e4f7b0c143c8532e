/* SPDX-License-Identifier: MIT
 * The ledger must add up to the byte, and name an owner for each, whatever was allocated meanwhile. */
#include <kernel/selftest.h>

#include <base/string.h>
#include <kernel/machine.h>
#include <mm/mm.h>

constexpr unsigned STRESS_BLOCKS = 64, STRESS_STEPS = 4096, STRESS_LOOKS = 16;
constexpr size_t STRESS_SIZE_MAX = 256 * KIB;

/* What the map says, once; then what the kernel says now. */
static struct ledger continued(const struct ledger *map)
{
    struct ledger ledger = *map;
    const struct ledger_use use = machine_memory_use();
    ledger_continue(&ledger, &use);
    return ledger;
}

static status_t ledger_of_machine(struct ledger *out)
{
    struct machine_view machine;
    status_t status = machine_view_open(MACHINE_FINAL, &machine);
    if (status != STATUS_OK)
        return status;
    *out = ledger_of_map(&machine.view, mm_memory_map());
    machine_view_close(&machine);
    return STATUS_OK;
}

/* Null, or what is wrong; `other` bytes may have an owner that the ledger does not name. */
static const char *judge(const struct ledger *map, uint64_t other)
{
    const struct ledger ledger = continued(map);
    const char *broken = ledger_check(&ledger);
    if (broken != nullptr)
        return broken;
    EXPECT(ledger.bytes[LEDGER_ROW_KERNEL_OTHER] == other, "memory has an owner without a name");
    EXPECT(ledger.bytes[LEDGER_ROW_FROM_BOOT_SERVICES] == ledger.bytes[LEDGER_ROW_BOOT_SERVICES],
           "memory of boot services did not come back");
    EXPECT(ledger.bytes[LEDGER_ROW_FROM_LOADER] == ledger.bytes[LEDGER_ROW_LOADER],
           "memory of the loader did not come back");
    return nullptr;
}

static const char *test_ledger(void)
{
    struct ledger map;
    pfn_t run;
    EXPECT(ledger_of_machine(&map) == STATUS_OK, "no view of this machine could be made");
    const char *broken = judge(&map, 0);
    EXPECT(broken == nullptr, broken);
    EXPECT(frames_alloc_run(mm_frames(), 3, 1, FRAME_TEST, 0, &run) == STATUS_OK,
           "no run of three frames is free");
    broken = judge(&map, 3 * PAGE_SIZE);
    EXPECT(frames_free_run(mm_frames(), run, 3) == STATUS_OK, "the run was not taken back");
    return broken;
}

/* Hours of allocation, in short: blocks of all sizes come, grow and go in random order. */
static const char *test_ledger_stress(void)
{
    struct ledger map;
    void *blocks[STRESS_BLOCKS] = {};
    const char *broken = nullptr;
    uint64_t random = 1;
    EXPECT(ledger_of_machine(&map) == STATUS_OK, "no view of this machine could be made");
    for (unsigned step = 0; step < STRESS_STEPS && broken == nullptr; step++) {
        /* Knuth, The Art of Computer Programming 2, 3.3.4: MMIX */
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        void **block = &blocks[random >> 33 & (STRESS_BLOCKS - 1)];
        const size_t size = (random >> 40) % (STRESS_SIZE_MAX >> (random >> 60));
        if (*block == nullptr || (random >> 32 & 1) != 0) {
            void *grown = krealloc(*block, size);
            *block = grown != nullptr ? grown : *block;
        } else {
            kfree(*block);
            *block = nullptr;
        }
        if (step % (STRESS_STEPS / STRESS_LOOKS) == 0)
            broken = judge(&map, 0);
    }
    for (unsigned i = 0; i < STRESS_BLOCKS; i++)
        kfree(blocks[i]);
    return broken != nullptr ? broken : judge(&map, 0);
}

const struct self_test ledger_tests[] = {
    {"ledger: closes to the byte, and every byte has an owner", test_ledger},
    {"ledger: still does after many allocations", test_ledger_stress},
};
const size_t ledger_test_count = sizeof ledger_tests / sizeof ledger_tests[0];
