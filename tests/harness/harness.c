/* SPDX-License-Identifier: MIT */
#include "harness/harness.h"

#include <base/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void assert_failed(const char *expression, const char *file, int line)
{
    fprintf(stderr, "ASSERT failed: %s (%s:%d)\n", expression, file, line);
    abort();
}

struct random random_start(const char *test, uint64_t fallback)
{
    const char *given = getenv("TEST_SEED");
    uint64_t seed = given != nullptr ? strtoull(given, nullptr, 0) : fallback;
    printf("%s: TEST_SEED=%llu\n", test, (unsigned long long)seed);
    return (struct random){seed};
}

/* Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014. */
uint64_t random_next(struct random *r)
{
    uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint64_t random_below(struct random *r, uint64_t limit)
{
    return random_next(r) % limit;
}

struct fake_ram fake_ram_create(uint64_t base, uint64_t size)
{
    void *bytes = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED) {
        perror("fake_ram: mmap");
        abort();
    }
    return (struct fake_ram){bytes, base, size, (uint64_t)(uintptr_t)bytes - base};
}

void fake_ram_destroy(struct fake_ram *ram)
{
    munmap(ram->bytes, ram->size);
}
