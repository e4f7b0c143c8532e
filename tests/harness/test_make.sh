#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# make works in a folder with a space in its name, embeds the kernel it is told to, takes T as it stands, and stops at a file nobody lists.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL B

fail() {
    echo "FAIL: $*"
    exit 1
}

tree="$scratch/a folder"
mkdir "$tree"
tar --exclude=./.git --exclude='./build*' --exclude=./tests/firmware_maps --exclude=./tests/goldens -cf - . | tar -C "$tree" -xf -
cd "$tree"

make -s build/kernel/lib/crc32.c.o build/kernel/arch/x86/start.S.o build/loader/lib/crc32.c.o build/host/lib/crc32.c.o \
    build/test/lib/crc32.c.o build/fuzz/lib/crc32.c.o >said 2>&1 || fail "a path with a space: $(cat said)"

embedded() {
    make -s "$@" build/payload.elf >said 2>&1 || fail "make $*: $(cat said)"
}
echo one >"$scratch/one.elf"
echo two >"$scratch/two.elf"
embedded KERNEL_ELF="$scratch/one.elf"
cmp -s "$scratch/one.elf" build/payload.elf || fail "KERNEL_ELF is not embedded"
embedded KERNEL_ELF="$scratch/two.elf"
cmp -s "$scratch/two.elf" build/payload.elf || fail "another KERNEL_ELF is not embedded"
echo three >"$scratch/two.elf"
embedded KERNEL_ELF="$scratch/two.elf"
cmp -s "$scratch/two.elf" build/payload.elf || fail "a KERNEL_ELF that has changed is not embedded"
make -n build/payload.elf 2>/dev/null | grep -q 'objcopy.* build/payload.elf$' || fail "the other kernel stays where it is not asked for any more"

make -n test T='unit/frames$|fuzz/acpi$' 2>/dev/null | grep -qF -- "--only 'unit/frames\$|fuzz/acpi\$'" || fail "T is not taken as it stands"

echo 'int stray;' >mm/frames/stray.c
if make -n all >said 2>&1; then fail "a file that no sources.mk lists is not noticed"; fi
grep -q 'mm/frames/stray.c: no sources.mk lists it' said || fail "a stray file: $(cat said)"
echo "a path with a space, three other kernels, an expression, a stray file"
