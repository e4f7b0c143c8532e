/* SPDX-License-Identifier: MIT
 * Random numbers: the bits for our slides and, apart from them, a seed for the kernel.
 *
 * Whatever entropy there is becomes the key of one ChaCha20 block (RFC 8439, 2.3): its first half gives the
 * slides, its second half the seed, and neither tells anything about the other. All sources are mixed, so
 * that a bad one cannot spoil a good one; `seed_source` names the best. seed= replaces all of them. */
#include "loader.h"

#include <base/string.h>

static constexpr unsigned RDRAND_TRIES = 10; /* Intel SDM 1, 7.3.17.1 */
static constexpr unsigned KEY_WORDS = 4;

static void quarter_round(uint32_t state[16], unsigned a, unsigned b, unsigned c, unsigned d)
{
    state[a] += state[b], state[d] = __builtin_rotateleft32(state[d] ^ state[a], 16);
    state[c] += state[d], state[b] = __builtin_rotateleft32(state[b] ^ state[c], 12);
    state[a] += state[b], state[d] = __builtin_rotateleft32(state[d] ^ state[a], 8);
    state[c] += state[d], state[b] = __builtin_rotateleft32(state[b] ^ state[c], 7);
}

/* One block, counter and nonce zero: the key is used once. */
static void chacha20_block(const uint64_t key[static 4], uint8_t out[static 64])
{
    uint32_t start[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    uint32_t state[16];
    memcpy(start + 4, key, KEY_WORDS * sizeof key[0]);
    memcpy(state, start, sizeof state);
    for (unsigned round = 0; round < 20; round += 2) {
        for (unsigned i = 0; i < 4; i++)
            quarter_round(state, i, 4 + i, 8 + i, 12 + i);
        for (unsigned i = 0; i < 4; i++)
            quarter_round(state, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
    for (unsigned i = 0; i < 16; i++)
        state[i] += start[i];
    memcpy(out, state, sizeof state);
}

static bool mix_firmware(struct loader *l, uint64_t key[static 4])
{
    /* EFI_RNG_PROTOCOL, UEFI 2.10, 37.5; not in gnu-efi */
    static const EFI_GUID guid = {
        0x3152bca5, 0xeade, 0x433d, {0x86, 0x2e, 0xc0, 0x1c, 0xdc, 0x29, 0x1f, 0x44}};
    struct rng_protocol {
        EFI_STATUS (*get_info)(struct rng_protocol *, UINTN *, EFI_GUID *);
        EFI_STATUS (*get_rng)(struct rng_protocol *, EFI_GUID *, UINTN, UINT8 *);
    };
    uint64_t bits[KEY_WORDS] = {};
    struct rng_protocol *rng = firmware_find_protocol(&l->firmware, &guid);
    if (rng == nullptr ||
        EFI_ERROR(
            FIRMWARE_CALL(&l->firmware, rng->get_rng(rng, nullptr, sizeof bits, (UINT8 *)bits))))
        return false;
    for (unsigned i = 0; i < KEY_WORDS; i++)
        key[i] ^= bits[i];
    return true;
}

static bool mix_rdrand(uint64_t key[static 4])
{
    if (!has_random())
        return false;
    for (unsigned i = 0; i < KEY_WORDS; i++) {
        uint64_t bits = 0;
        unsigned tries = 0;
        while (!read_random(&bits))
            if (++tries == RDRAND_TRIES)
                return false;
        key[i] ^= bits;
    }
    return true;
}

void gather_random(struct loader *l)
{
    uint64_t key[KEY_WORDS] = {l->options.seed};
    if (l->options.seed_given) {
        l->info.seed_source = BOOT_SEED_OPTION;
    } else {
        key[0] = l->info.entry_tsc;
        key[1] = read_tsc();
        l->info.seed_source = BOOT_SEED_TSC;
        if (mix_rdrand(key))
            l->info.seed_source = BOOT_SEED_RDRAND;
        if (mix_firmware(l, key))
            l->info.seed_source = BOOT_SEED_FIRMWARE;
    }
    chacha20_block(key, l->random);
    memcpy(l->info.seed, l->random + sizeof l->info.seed, sizeof l->info.seed);
}
