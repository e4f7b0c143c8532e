/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <arch/probe.h>
#include <base/string.h>
#include <boot/address_map.h>
#include <kernel/console.h>
#include <mm/mm.h>

#include "shared.h"

constexpr uint64_t WORD = 8; /* what a probe reads */
constexpr uint64_t LINE = 16, BYTES_DEFAULT = 64, BYTES_MAX = 4096;

bool may_be_device(virt_addr_t address)
{
    const struct page_walk walk = page_table_query(mm_kernel_table(), address);
    return walk.present && walk.type != MEMORY_TYPE_WRITE_BACK;
}

/* The bytes from `virt` on, as far as they can be read: how many. Whole words are read, none of which crosses a page. */
static uint64_t read_bytes(uint64_t virt, uint64_t count, unsigned char *bytes)
{
    uint64_t word = 0;
    for (uint64_t i = 0; i < count; i++) {
        const virt_addr_t at = virt_addr(align_down(virt + i, WORD));
        const bool is_next = i == 0 || at.value == virt + i;
        if (is_next && (may_be_device(at) || !cpu_probe_read(at, &word)))
            return i;
        bytes[i] = (unsigned char)(word >> (virt + i - at.value) * 8);
    }
    return count;
}

static void print_line(uint64_t address, const unsigned char *bytes, uint64_t count)
{
    print("%016" PRIx64 " ", address);
    for (uint64_t i = 0; i < LINE; i++) {
        print(i == LINE / 2 ? "  " : " ");
        if (i < count)
            print("%02x", bytes[i]);
        else
            print("  ");
    }
    print("  |");
    for (uint64_t i = 0; i < count; i++)
        print("%c", bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '.');
    print("|\n");
}

static void tell_why_not(uint64_t address, uint64_t virt)
{
    const bool is_physical = address < PHYS_LIMIT;
    print("%s %016" PRIx64 " cannot be read: %s\n", is_physical ? "physical" : "virtual", address,
          may_be_device(virt_addr(virt)) ? "a device may be there, and would notice"
          : is_physical                  ? "it is not in the direct map, 'owner' says what is there"
                                         : "it is not mapped, or is no address");
}

/* Of a physical address, where the direct map has it. */
static bool find(uint64_t address, uint64_t count, uint64_t *virt)
{
    const uint64_t end = address < PHYS_LIMIT ? DIRECT_MAP_SIZE : UINT64_MAX;
    if (address > end || count > end - address) {
        print("%" PRIu64 " bytes from %016" PRIx64 " go past the last address, %016" PRIx64 "\n",
              count, address, address < PHYS_LIMIT ? end - 1 : end);
        return false;
    }
    *virt = address < PHYS_LIMIT ? virt_of(phys_to_virt(phys_addr(address))).value : address;
    return true;
}

static bool run_x(unsigned count, const char *const *words)
{
    unsigned char bytes[LINE];
    uint64_t address, virt, left = BYTES_DEFAULT;
    if (!command_parse_address(words[1], &address))
        return false;
    if (count > 2 &&
        (!parse_number(words[2], strlen(words[2]), &left) || left == 0 || left > BYTES_MAX)) {
        print("'%s' is no number of bytes from 1 to %" PRIu64 ".\n", words[2], BYTES_MAX);
        return false;
    }
    if (!find(address, left, &virt))
        return false;
    while (left > 0) {
        const uint64_t wanted = left < LINE ? left : LINE;
        const uint64_t read = read_bytes(virt, wanted, bytes);
        if (read > 0)
            print_line(address, bytes, read);
        if (read < wanted) {
            tell_why_not(address + read, virt + read);
            return false;
        }
        address += wanted;
        virt += wanted;
        left -= wanted;
    }
    return true;
}

COMMAND(x) = {
    .name = "x",
    .usage = "ADDRESS [COUNT]",
    .summary = "the bytes at an address",
    .help =
        "Below 2^52 the address is physical and is read in the direct map, else it is virtual.\n"
        "COUNT is the number of bytes, up to 4096, else 64; with 0x hexadecimal. Any address may\n"
        "be given: what is not mapped is said, and what may be a device is not read.\n",
    .run = run_x,
};
