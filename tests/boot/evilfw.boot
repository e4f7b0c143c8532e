# SPDX-License-Identifier: MIT
# Firmware that lies (tests/evilfw): each case boots, says what it repaired and passes the self-test, or stops with
# the right sentence. Format: docs/testing.md.

# The end of boot services.
name: evilfw-exit-fails-1
program: evilfw
arguments: --memory 256M
options: evil=exit-fails:1 run="selftest"
expect: loader: boot services ended at try 2;
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-exit-fails-2
program: evilfw
arguments: --memory 256M
options: evil=exit-fails:2 run="selftest"
expect: loader: boot services ended at try 3;
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-exit-fails-15
program: evilfw
arguments: --memory 256M
options: evil=exit-fails:15 run="selftest"
expect: loader: boot services ended at try 16;
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-exit-fails-for-ever
program: evilfw
arguments: --memory 256M
options: evil=exit-fails:1000000
status: 1
expect: ^.*loader: the firmware does not end boot services: 32 tries, map of 0x[0-9a-f]+ bytes \(EFI_INVALID_PARAMETER\)$
refuse: \] info

# The map grows with every call.
name: evilfw-grows-1
program: evilfw
arguments: --memory 256M
options: evil=grows:1,exit-fails:15 run="selftest"
expect: loader: boot services ended at try 16; the map grew from [0-9]+ to [0-9]+ entries of 48 bytes
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-grows-200
program: evilfw
arguments: --memory 256M
options: evil=grows:200 run="selftest"
expect: loader: boot services ended at try 1; the map grew from 3[0-9]{2} to 5[0-9]{2} entries
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-grows-past-the-buffer
program: evilfw
arguments: --memory 256M
options: evil=grows:200,exit-fails:15
status: 1
expect: loader: the firmware does not end boot services: [0-9]+ tries, map of 0x[0-9a-f]+ bytes \(EFI_BUFFER_TOO_SMALL\)$
refuse: \] info

# EFI_BUFFER_TOO_SMALL, and nothing is set.
name: evilfw-too-small-once
program: evilfw
arguments: --memory 256M
options: evil=too-small-first:1 run="selftest"
expect: loader: boot services ended at try 1;
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-too-small-for-ever
program: evilfw
arguments: --memory 256M
options: evil=too-small-from:1
status: 1
expect: loader: the firmware does not tell its memory map of 0x[0-9a-f]+ bytes \(EFI_BUFFER_TOO_SMALL\)$

name: evilfw-too-small-at-the-end
program: evilfw
arguments: --memory 256M
options: evil=too-small-from:2
status: 1
expect: loader: the firmware does not tell its last memory map: it wants 0x[0-9a-f]+ bytes, and the first one had 0x[0-9a-f]+ \(EFI_BUFFER_TOO_SMALL\)$

# What is written behind the buffer, the canary must catch.
name: evilfw-overrun-1
program: evilfw
arguments: --memory 256M
options: evil=overrun:1
status: 1
expect: loader: the firmware wrote its memory map past the end of the buffer of 0x[0-9a-f]+ bytes \(EFI_COMPROMISED_DATA\)$

name: evilfw-overrun-4096
program: evilfw
arguments: --memory 256M
options: evil=overrun:4096
status: 1
expect: loader: the firmware wrote its memory map past the end of the buffer of 0x[0-9a-f]+ bytes \(EFI_COMPROMISED_DATA\)$

name: evilfw-size-odd
program: evilfw
arguments: --memory 256M
options: evil=size-excess:8
status: 1
expect: loader: the firmware's last memory map cannot be used: its size is not a multiple of the descriptor size

name: evilfw-size-beyond
program: evilfw
arguments: --memory 256M
options: evil=size-excess:1048560
status: 1
expect: loader: the firmware's last memory map cannot be used: it is larger than the buffer

# How descriptors are told.
name: evilfw-descriptor-size-0
program: evilfw
arguments: --memory 256M
options: evil=descriptor-size:0
status: 1
expect: loader: the firmware's memory map cannot be used: its descriptor size is not a multiple of 8 in 40\.\.4096 \(0x[0-9a-f]+ bytes, descriptors of 0x0, version 1\)

name: evilfw-descriptor-size-32
program: evilfw
arguments: --memory 256M
options: evil=descriptor-size:32
status: 1
expect: loader: the firmware's memory map cannot be used: its descriptor size is not a multiple of 8 in 40\.\.4096 \(0x[0-9a-f]+ bytes, descriptors of 0x20, version 1\)

name: evilfw-descriptor-size-47
program: evilfw
arguments: --memory 256M
options: evil=descriptor-size:47
status: 1
expect: loader: the firmware's memory map cannot be used: its descriptor size is not a multiple of 8 in 40\.\.4096 \(0x[0-9a-f]+ bytes, descriptors of 0x2f, version 1\)

name: evilfw-descriptor-size-4097
program: evilfw
arguments: --memory 256M
options: evil=descriptor-size:4097
status: 1
expect: loader: the firmware's memory map cannot be used: its descriptor size is not a multiple of 8 in 40\.\.4096 \(0x[0-9a-f]+ bytes, descriptors of 0x1001, version 1\)

name: evilfw-descriptor-size-40
program: evilfw
arguments: --memory 256M
options: evil=descriptor-size:40 run="selftest"
expect: loader: boot services ended at try 1; the map grew from [0-9]+ to [0-9]+ entries of 40 bytes
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-descriptor-size-56
program: evilfw
arguments: --memory 256M
options: evil=descriptor-size:56 run="selftest"
expect: loader: boot services ended at try 1; the map grew from [0-9]+ to [0-9]+ entries of 56 bytes
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-descriptor-size-64
program: evilfw
arguments: --memory 256M
options: evil=descriptor-size:64 run="selftest"
expect: loader: boot services ended at try 1; the map grew from [0-9]+ to [0-9]+ entries of 64 bytes
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-descriptor-size-4096
program: evilfw
arguments: --memory 256M
options: evil=descriptor-size:4096 run="selftest"
expect: loader: boot services ended at try 1; the map grew from [0-9]+ to [0-9]+ entries of 4096 bytes
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-version-2
program: evilfw
arguments: --memory 256M
options: evil=version:2
status: 1
expect: loader: the firmware's memory map cannot be used: its descriptor version is not 1 \(.*version 2\)

# Little memory, or in the wrong places.
name: evilfw-no-usable
program: evilfw
arguments: --memory 256M
options: evil=few-pages:0
status: 1
expect: map: .* usable 0 B,
expect: PANIC: frames: the firmware's map has no memory above 1 MiB that is free and can be cached

name: evilfw-one-page
program: evilfw
arguments: --memory 256M
options: evil=few-pages:1 run="selftest"
expect: map: .* usable 4 KiB,
expect: frames: 4 KiB in 1 span
expect: reclaim: [0-9]{8} bytes of boot services
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-no-write-back
program: evilfw
arguments: --memory 256M
options: evil=no-write-back
status: 1
expect: PANIC: frames: the firmware's map has no memory above 1 MiB that is free and can be cached

name: evilfw-above-4g
program: evilfw
arguments: --memory 3G
options: evil=above-4g,allocate-high run="memmap; selftest"
expect: map: .* boot-services 0 B, loader 1\.[0-9] MiB
expect: frames: 10[0-9]{2}(\.[0-9])? MiB in 1 spans?
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-low-boot-services
program: evilfw
arguments: --memory 256M
options: evil=low-boot run="selftest"
expect: reclaim: [0-9]+ bytes of boot services
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-allocate-fails
program: evilfw
arguments: --memory 256M
options: evil=allocate-fails
status: 1
expect: loader: cannot allocate [0-9]+ pages \([0-9]+ KiB\) for the kernel: too little memory is free in one piece \(EFI_OUT_OF_RESOURCES\)$

name: evilfw-allocate-odd
program: evilfw
arguments: --memory 256M
options: evil=allocate-at:0x2001
status: 1
expect: loader: firmware allocated [0-9]+ pages at 0x2001, which cannot be used \(EFI_UNSUPPORTED\)$

name: evilfw-allocate-beyond
program: evilfw
arguments: --memory 256M
options: evil=allocate-at:0x400000000000
status: 1
expect: loader: firmware allocated [0-9]+ pages at 0x400000000000, which cannot be used \(EFI_UNSUPPORTED\)$

# Order and overlaps.
name: evilfw-reversed
program: evilfw
arguments: --memory 256M
options: evil=reversed run="selftest"
expect: map: [0-9]+ ranges from 1[0-9]{2} descriptors; usable 2[0-9]{2}
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: warn +map
refuse: PANIC: |FAIL: 

name: evilfw-shuffled
program: evilfw
arguments: --memory 256M
options: evil=shuffled:7 run="selftest"
expect: map: [0-9]+ ranges from 1[0-9]{2} descriptors; usable 2[0-9]{2}
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: warn +map
refuse: PANIC: |FAIL: 

name: evilfw-duplicated
program: evilfw
arguments: --memory 256M
options: evil=duplicated run="selftest"
expect: map: [0-9]+ ranges from 2[0-9]{2} descriptors; usable 2[0-9]{2}
expect: regions [0-9]+ \(conventional\) and [0-9]+ \(conventional\) both cover 0x100000\.\.0x[0-9a-f]+; kept as usable, [0-9]+ [KM]iB counted once$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-nested
program: evilfw
arguments: --memory 256M
options: evil=nested run="selftest"
expect: regions [0-9]+ \(boot services data\) and [0-9]+ \(conventional\) disagree about 0x[0-9a-f]+\.\.0x[0-9a-f]+; kept as boot-services, the more restrictive: 64 KiB taken from region
expect: regions [0-9]+ \(reserved\) and [0-9]+ \(boot services data\) disagree about .*; kept as reserved, the more restrictive: 64 KiB taken
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-overlapping
program: evilfw
arguments: --memory 256M
options: evil=overlapping run="selftest"
expect: regions [0-9]+ \(reserved\) and [0-9]+ \(conventional\) disagree about
expect: regions [0-9]+ \(reserved\) and [0-9]+ \([a-z ]+\) disagree about .*: 64 KiB taken from region
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-overlapping-thrice
program: evilfw
arguments: --memory 256M
options: evil=overlapping-thrice run="selftest"
expect: regions [0-9]+ \(runtime services data\) and [0-9]+ \(boot services data\) disagree about .*kept as runtime-data
expect: regions [0-9]+ \(runtime services data\) and [0-9]+ \(conventional\) disagree about .*: 64 KiB taken
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# Bounds.
name: evilfw-empty
program: evilfw
arguments: --memory 256M
options: evil=empty run="selftest"
expect: region [0-9]+ \(conventional\) at 0x[0-9a-f]+, 0 pages, is empty; ignored$
expect: region [0-9]+ \(reserved\) at 0x[0-9a-f]+, 0 pages, is empty; ignored$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-wrapping
program: evilfw
arguments: --memory 256M
options: evil=wrapping run="selftest"
expect: region [0-9]+ \(conventional\) at 0xfffffffffffff000, 4096 pages, wraps past 2\^64; ignored, 16 MiB not used$
expect: region [0-9]+ \(reserved\) at 0x0, 18446744073709551615 pages, wraps past 2\^64; ignored, 16 EiB or more not used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-beyond
program: evilfw
arguments: --memory 256M
options: evil=beyond run="selftest"
expect: region [0-9]+ \(conventional\) at 0x8000000000000, 4096 pages, ends above what the processor can address; ignored, 16 MiB not used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-misaligned
program: evilfw
arguments: --memory 256M
options: evil=misaligned run="selftest"
expect: region [0-9]+ \(conventional\) at 0x[0-9a-f]+800, [0-9]+ pages, is not page aligned; rounded inward to 0x[0-9a-f]+\.\.0x[0-9a-f]+, 4 KiB not used$
expect: region [0-9]+ \(reserved\) at 0x[0-9a-f]+008, 1 page, is not page aligned; rounded outward to
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# The map is wrong about what it gave to the loader.
name: evilfw-ours-reserved
program: evilfw
arguments: --memory 256M
options: evil=ours-reserved run="selftest"
expect: map: the firmware calls 0x[0-9a-f]+\.\.0x[0-9a-f]+ reserved, but gave it to the loader; kept as ours$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-ours-free
program: evilfw
arguments: --memory 256M
options: evil=ours-free run="selftest"
expect: map: the firmware calls 0x[0-9a-f]+\.\.0x[0-9a-f]+ usable, but gave it to the loader; kept as ours$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-ours-misaligned
program: evilfw
arguments: --memory 256M
options: evil=ours-misaligned run="selftest"
expect: region [0-9]+ \(loader data\) at 0x[0-9a-f]+800, .* is not page aligned; rounded outward
expect: map: the firmware calls .* reserved, but gave it to the loader; kept as ours$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-unknown-types
program: evilfw
arguments: --memory 256M
options: evil=unknown-types run="selftest"
expect: map: [0-9.]+ [KMG]iB are of types that no specification names; not used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# How many entries.
name: evilfw-entries-1
program: evilfw
arguments: --memory 256M
options: evil=count:1 run="selftest"
expect: map: 1 ranges from 1 descriptors
expect: map: [0-9]+ bytes that the firmware gave to the loader are not described; kept as ours$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-entries-312
program: evilfw
arguments: --memory 256M
options: evil=count:312 run="selftest"
expect: the map grew from 312 to 312 entries of 48 bytes
expect: map: [0-9]+ ranges from 312 descriptors
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-entries-1000
program: evilfw
arguments: --memory 256M
options: evil=count:1000 run="selftest"
expect: the map grew from 1000 to 1000 entries of 48 bytes
expect: map: [0-9]+ ranges from 1000 descriptors
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-entries-10000
program: evilfw
arguments: --memory 256M
options: evil=count:10000 run="selftest"
expect: the map grew from 10000 to 10000 entries of 48 bytes
expect: map: [0-9]+ ranges from 10000 descriptors
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# Screens.
name: evilfw-screen-absent
program: evilfw
arguments: --memory 256M
options: evil=gop-absent run="selftest"
expect: info +screen: none: the firmware gave no framebuffer$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-blt-only
program: evilfw
arguments: --memory 256M
options: evil=gop-blt-only run="selftest"
expect: warn +screen: none: what the firmware says of its framebuffer cannot be used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-too-short
program: evilfw
arguments: --memory 256M
options: evil=gop-too-short run="selftest"
expect: warn +screen: none: what the firmware says of its framebuffer cannot be used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-no-mode
program: evilfw
arguments: --memory 256M
options: evil=gop-no-mode run="selftest"
expect: warn +screen: none: what the firmware says of its framebuffer cannot be used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-colourless
program: evilfw
arguments: --memory 256M
options: evil=gop-masks:3 run="selftest"
expect: warn +screen: none: what the firmware says of its framebuffer cannot be used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-beyond
program: evilfw
arguments: --memory 256M
options: evil=gop-base:0x200000000000 run="selftest"
expect: warn +screen: none: what the firmware says of its framebuffer cannot be used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-in-ram
program: evilfw
arguments: --memory 256M
options: evil=gop-base:0x800000 run="selftest"
expect: warn +screen: none: what the firmware says of its framebuffer cannot be used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-30-bits
program: evilfw
arguments: --memory 256M
options: evil=gop-masks:1 run="selftest"
expect: screen: [0-9]+x[0-9]+ at 0x
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-scattered-bits
program: evilfw
arguments: --memory 256M
options: evil=gop-masks:2 run="selftest"
expect: screen: [0-9]+x[0-9]+ at 0x
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-above-4g
program: evilfw
arguments: --memory 256M
options: evil=gop-base:0x800000000 run="selftest"
expect: screen: [0-9]+x[0-9]+ at 0x800000000$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# Randomness, tables.
name: evilfw-rng-fails
program: evilfw
arguments: --memory 256M
options: evil=rng-fails run="selftest"
expect: loader: randomness from RDRAND;
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-no-rng
program: evilfw
arguments: --memory 256M --cpu max,-rdrand
options: evil=no-rng run="selftest"
expect: loader: randomness from the time \(guessable\);
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-no-acpi
program: evilfw
arguments: --memory 256M
options: evil=no-acpi run="selftest"
expect: numa: 1 node, 1 processor
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# Absurd options.
name: evilfw-options-long
program: evilfw
arguments: --memory 256M
options: evil=options-long run="selftest"
expect: warn +options: there are more than 4096 bytes of them: the last words are ignored$
expect: options: `x+\.\.\.` is not an option; ignored
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-options-binary
program: evilfw
arguments: --memory 256M
options: evil=options-binary run="selftest"
type: exit ok
expect: ^freehold> 
refuse: warn +options
refuse: PANIC: |FAIL: 

name: evilfw-options-nothing
program: evilfw
arguments: --memory 256M
options: evil=options-nothing run="selftest"
type: exit ok
expect: ^freehold> 
refuse: warn +options
refuse: PANIC: |FAIL: 

name: evilfw-options-no-end
program: evilfw
arguments: --memory 256M
options: evil=options-no-end run="selftest"
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# Kernels that the loader must refuse (tests/evilfw/hostile_elf).
name: evilfw-payload-truncated
program: hostile/truncated
arguments: --memory 256M
status: 1
expect: loader: kernel segment 0 needs 0x[0-9a-f]+ bytes at 0x[0-9a-f]+ but the file ends at 0x[0-9a-f]+.*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-text
program: hostile/text
arguments: --memory 256M
status: 1
expect: loader: kernel file is not an ELF file.*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-writable-code
program: hostile/writable-code
arguments: --memory 256M
status: 1
expect: loader: kernel segment [0-9]+ is writable and executable.*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-no-stack
program: hostile/no-stack
arguments: --memory 256M
status: 1
expect: loader: the kernel names no boot stack \(PT_GNU_STACK with a size\).*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-huge
program: hostile/huge
arguments: --memory 256M
status: 1
expect: loader: kernel segment [0-9]+ at 0xffffffff[0-9a-f]+ with 0x10000000000 bytes wraps past 2\^64.*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-outside
program: hostile/outside
arguments: --memory 256M
status: 1
expect: loader: kernel segment [0-9]+ needs 0x[0-9a-f]+ bytes at 0x4000000000000000 but the file ends.*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-foreign-entry
program: hostile/foreign-entry
arguments: --memory 256M
status: 1
expect: loader: kernel entry point 0x1000 is not in an executable segment.*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-bitmap-first
program: hostile/bitmap-first
arguments: --memory 256M
status: 1
expect: loader: kernel packed relocation entry 0 is a bitmap without an address.*\(EFI_LOAD_ERROR\)$
