#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Does the loader keep docs/boot_protocol.md? Boots tests/boot/protocol_kernel.c on machines that differ in what
# the loader depends on: little memory, memory above 4 GiB, no no-execute bit, no screen, nothing random.
set -eu
program=${BUILD:-build}/protocol/BOOTX64.EFI

boot() { # ARGUMENTS of run_qemu
    tools/run_qemu --image "$program" --timeout 300 "$@" </dev/null >"$log" 2>&1 && return
    echo "FAIL: status $? with $*"
    grep -a 'FAIL: ' "$log" || tail -n 5 "$log"
    exit 1
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
boot --memory 64M
boot --memory 16G --cpu max
boot --memory 512M --cpu qemu64,-nx --options 'kaslr=off seed=1' -- -vga none
boot --memory 4G --nodes 2 --cpus 2 --machine pc
echo "4 machines"
