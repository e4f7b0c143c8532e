# SPDX-License-Identifier: MIT
# Firmware that lies (tests/evilfw): each case boots, says what it repaired and passes the self-test, or stops with
# the right sentence. Format: docs/testing.md.

# The end of boot services.
name: evilfw-exit-fails-for-ever
proves: the loader gives up after 32 tries, with a sentence
program: evilfw
arguments: --memory 256M
options: evil=exit-fails:1000000
status: 1
expect: ^.*loader: the firmware does not end boot services: 32 tries, map of 0x[0-9a-f]+ bytes \(EFI_INVALID_PARAMETER\)$
refuse: \] info

# The map grows with every call.
name: evilfw-grows-200
proves: a map that grows by 200 entries fits into the first buffer
program: evilfw
arguments: --memory 256M
options: evil=grows:200 run="selftest"
expect: loader: boot services ended at try 1; the map grew from 3[0-9]{2} to 5[0-9]{2} entries
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-grows-past-the-buffer
proves: a map that outgrows its buffer is a stop, not an overrun
program: evilfw
arguments: --memory 256M
options: evil=grows:200,exit-fails:15
status: 1
expect: loader: the firmware does not end boot services: [0-9]+ tries, map of 0x[0-9a-f]+ bytes \(EFI_BUFFER_TOO_SMALL\)$
refuse: \] info

# EFI_BUFFER_TOO_SMALL, and nothing is set.
name: evilfw-too-small-once
proves: EFI_BUFFER_TOO_SMALL at the first call: asked again
program: evilfw
arguments: --memory 256M
options: evil=too-small-first:1 run="selftest"
expect: loader: boot services ended at try 1;
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-too-small-for-ever
proves: no first map: a sentence with its size
program: evilfw
arguments: --memory 256M
options: evil=too-small-from:1
status: 1
expect: loader: the firmware does not tell its memory map of 0x[0-9a-f]+ bytes \(EFI_BUFFER_TOO_SMALL\)$

name: evilfw-too-small-at-the-end
proves: no last map: a sentence with both sizes
program: evilfw
arguments: --memory 256M
options: evil=too-small-from:2
status: 1
expect: loader: the firmware does not tell its last memory map: it wants 0x[0-9a-f]+ bytes, and the first one had 0x[0-9a-f]+ \(EFI_BUFFER_TOO_SMALL\)$

# What is written behind the buffer, the canary must catch.
name: evilfw-overrun-1
proves: one byte behind the buffer is caught by the canary
program: evilfw
arguments: --memory 256M
options: evil=overrun:1
status: 1
expect: loader: the firmware wrote its memory map past the end of the buffer of 0x[0-9a-f]+ bytes \(EFI_COMPROMISED_DATA\)$

name: evilfw-size-odd
proves: a last map of no whole descriptors is refused (other sizes: unit/place)
program: evilfw
arguments: --memory 256M
options: evil=size-excess:8
status: 1
expect: loader: the firmware's last memory map cannot be used: its size is not a multiple of the descriptor size

# How descriptors are told.
name: evilfw-descriptor-size-0
proves: descriptors of no bytes: a sentence, no division (other sizes: unit/place)
program: evilfw
arguments: --memory 256M
options: evil=descriptor-size:0
status: 1
expect: loader: the firmware's memory map cannot be used: its descriptor size is not a multiple of 8 in 40\.\.4096 \(0x[0-9a-f]+ bytes, descriptors of 0x0, version 1\)

name: evilfw-descriptor-size-40
proves: the shortest descriptors; a map in reverse order is no reason to complain
program: evilfw
arguments: --memory 256M
options: evil=descriptor-size:40,reversed run="selftest"
expect: loader: boot services ended at try 1; the map grew from [0-9]+ to [0-9]+ entries of 40 bytes
expect: map: [0-9]+ ranges from 1[0-9]{2} descriptors; usable 2[0-9]{2}
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: warn +map
refuse: PANIC: |FAIL: 

name: evilfw-descriptor-size-4096
proves: the longest descriptors; a map in random order is no reason to complain
program: evilfw
arguments: --memory 256M
options: evil=descriptor-size:4096,shuffled:7 run="selftest"
expect: loader: boot services ended at try 1; the map grew from [0-9]+ to [0-9]+ entries of 4096 bytes
expect: map: [0-9]+ ranges from 1[0-9]{2} descriptors; usable 2[0-9]{2}
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: warn +map
refuse: PANIC: |FAIL: 

# Little memory, or in the wrong places.
name: evilfw-no-usable
proves: a machine without free memory: the kernel says so
program: evilfw
arguments: --memory 256M
options: evil=few-pages:0
status: 1
expect: map: .* usable 0 B,
expect: PANIC: frames: the firmware's map has no memory above 1 MiB that is free and can be cached

name: evilfw-one-page
proves: a machine with one free page starts, and gets the rest by reclaim
program: evilfw
arguments: --memory 256M
options: evil=few-pages:1 run="selftest"
expect: map: .* usable 4 KiB,
expect: frames: 4 KiB in 1 span
expect: reclaim: [0-9]{8} bytes of boot services
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-no-write-back
proves: memory that cannot be cached is not used
program: evilfw
arguments: --memory 256M
options: evil=no-write-back
status: 1
expect: PANIC: frames: the firmware's map has no memory above 1 MiB that is free and can be cached

name: evilfw-above-4g
proves: all memory and all of ours lies above 4 GiB
program: evilfw
arguments: --memory 3G
options: evil=above-4g,allocate-high run="memmap; selftest"
expect: map: .* boot-services 0 B, loader 1\.[0-9] MiB
expect: frames: 10[0-9]{2}(\.[0-9])? MiB in 1 spans?
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-allocate-fails
proves: no memory for the kernel: a sentence
program: evilfw
arguments: --memory 256M
options: evil=allocate-fails
status: 1
expect: loader: cannot allocate [0-9]+ pages \([0-9]+ KiB\) for the kernel: too little memory is free in one piece \(EFI_OUT_OF_RESOURCES\)$

name: evilfw-allocate-odd
proves: an allocation that is not aligned is refused
program: evilfw
arguments: --memory 256M
options: evil=allocate-at:0x2001
status: 1
expect: loader: firmware allocated [0-9]+ pages at 0x2001, which cannot be used \(EFI_UNSUPPORTED\)$

name: evilfw-allocate-beyond
proves: an allocation above the direct map is refused
program: evilfw
arguments: --memory 256M
options: evil=allocate-at:0x400000000000
status: 1
expect: loader: firmware allocated [0-9]+ pages at 0x400000000000, which cannot be used \(EFI_UNSUPPORTED\)$

# Order and overlaps.
name: evilfw-duplicated
proves: a descriptor that is there twice counts once
program: evilfw
arguments: --memory 256M
options: evil=duplicated run="selftest"
expect: map: [0-9]+ ranges from 2[0-9]{2} descriptors; usable 2[0-9]{2}
expect: regions [0-9]+ \(conventional\) and [0-9]+ \(conventional\) both cover 0x100000\.\.0x[0-9a-f]+; kept as usable, [0-9]+ [KM]iB counted once$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-nested
proves: the inner of two nested descriptors wins if it is more restrictive
program: evilfw
arguments: --memory 256M
options: evil=nested run="selftest"
expect: regions [0-9]+ \(boot services data\) and [0-9]+ \(conventional\) disagree about 0x[0-9a-f]+\.\.0x[0-9a-f]+; kept as boot-services, the more restrictive: 64 KiB taken from region
expect: regions [0-9]+ \(reserved\) and [0-9]+ \(boot services data\) disagree about .*; kept as reserved, the more restrictive: 64 KiB taken
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-overlapping
proves: reserved wins over what it overlaps
program: evilfw
arguments: --memory 256M
options: evil=overlapping run="selftest"
expect: regions [0-9]+ \(reserved\) and [0-9]+ \(conventional\) disagree about
expect: regions [0-9]+ \(reserved\) and [0-9]+ \([a-z ]+\) disagree about .*: 64 KiB taken from region
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-overlapping-thrice
proves: three descriptors for one range
program: evilfw
arguments: --memory 256M
options: evil=overlapping-thrice run="selftest"
expect: regions [0-9]+ \(runtime services data\) and [0-9]+ \(boot services data\) disagree about .*kept as runtime-data
expect: regions [0-9]+ \(runtime services data\) and [0-9]+ \(conventional\) disagree about .*: 64 KiB taken
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# Bounds.
name: evilfw-bounds
proves: empty, wrapping, unreachable and misaligned descriptors cost no good one
program: evilfw
arguments: --memory 256M
options: evil=empty,wrapping,beyond,misaligned run="selftest"
expect: region [0-9]+ \(conventional\) at 0x[0-9a-f]+, 0 pages, is empty; ignored$
expect: region [0-9]+ \(reserved\) at 0x[0-9a-f]+, 0 pages, is empty; ignored$
expect: region [0-9]+ \(conventional\) at 0xfffffffffffff000, 4096 pages, wraps past 2\^64; ignored, 16 MiB not used$
expect: region [0-9]+ \(reserved\) at 0x0, 18446744073709551615 pages, wraps past 2\^64; ignored, 16 EiB or more not used$
expect: region [0-9]+ \(conventional\) at 0x8000000000000, 4096 pages, ends above what the processor can address; ignored, 16 MiB not used$
expect: region [0-9]+ \(conventional\) at 0x[0-9a-f]+800, [0-9]+ pages, is not page aligned; rounded inward to 0x[0-9a-f]+\.\.0x[0-9a-f]+, 4 KiB not used$
expect: region [0-9]+ \(reserved\) at 0x[0-9a-f]+008, 1 page, is not page aligned; rounded outward to
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# The map is wrong about what it gave to the loader.
name: evilfw-ours-free
proves: our own memory is kept though the map calls it free; boot services below 1 MiB are not given to the frames
program: evilfw
arguments: --memory 256M
options: evil=ours-free,low-boot run="selftest"
expect: reclaim: [0-9]+ bytes of boot services
expect: map: the firmware calls 0x[0-9a-f]+\.\.0x[0-9a-f]+ usable, but gave it to the loader; kept as ours$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-ours-misaligned
proves: our own memory is kept though the map calls it reserved, from an odd address on
program: evilfw
arguments: --memory 256M
options: evil=ours-misaligned run="selftest"
expect: region [0-9]+ \(loader data\) at 0x[0-9a-f]+800, .* is not page aligned; rounded outward
expect: map: the firmware calls .* reserved, but gave it to the loader; kept as ours$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# How many entries.
name: evilfw-entries-1
proves: a map of one entry
program: evilfw
arguments: --memory 256M
options: evil=count:1 run="selftest"
expect: map: 1 ranges from 1 descriptors
expect: map: [0-9]+ bytes that the firmware gave to the loader are not described; kept as ours$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-entries-10000
proves: a map of 10 000 entries
program: evilfw
arguments: --memory 256M
options: evil=count:10000 run="selftest"
expect: the map grew from 10000 to 10000 entries of 48 bytes
expect: map: [0-9]+ ranges from 10000 descriptors
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# Screens.
name: evilfw-screen-absent
proves: no GOP: the log says that there is no screen
program: evilfw
arguments: --memory 256M
options: evil=gop-absent run="selftest"
expect: info +screen: none: the firmware gave no framebuffer$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-blt-only
proves: a GOP without a framebuffer
program: evilfw
arguments: --memory 256M
options: evil=gop-blt-only run="selftest"
expect: warn +screen: none: what the firmware says of its framebuffer cannot be used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-too-short
proves: a framebuffer that is shorter than its mode
long: yes
program: evilfw
arguments: --memory 256M
options: evil=gop-too-short run="selftest"
expect: warn +screen: none: what the firmware says of its framebuffer cannot be used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-no-mode
proves: a GOP that knows no mode
long: yes
program: evilfw
arguments: --memory 256M
options: evil=gop-no-mode run="selftest"
expect: warn +screen: none: what the firmware says of its framebuffer cannot be used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-colourless
proves: pixels without colour bits
long: yes
program: evilfw
arguments: --memory 256M
options: evil=gop-masks:3 run="selftest"
expect: warn +screen: none: what the firmware says of its framebuffer cannot be used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-beyond
proves: a framebuffer beyond what can be mapped
program: evilfw
arguments: --memory 256M
options: evil=gop-base:0x200000000000 run="selftest"
expect: warn +screen: none: what the firmware says of its framebuffer cannot be used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-in-ram
proves: a framebuffer in RAM of ours
program: evilfw
arguments: --memory 256M
options: evil=gop-base:0x800000 run="selftest"
expect: warn +screen: none: what the firmware says of its framebuffer cannot be used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-30-bits
proves: 30 bits a pixel, and a framebuffer above 4 GiB
program: evilfw
arguments: --memory 256M
options: evil=gop-masks:1,gop-base:0x800000000 run="selftest"
expect: screen: [0-9]+x[0-9]+ at 0x800000000$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-screen-scattered-bits
proves: colours in odd bits
long: yes
program: evilfw
arguments: --memory 256M
options: evil=gop-masks:2 run="selftest"
expect: screen: [0-9]+x[0-9]+ at 0x
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# Randomness, tables.
name: evilfw-rng-fails
proves: firmware whose random numbers fail: the processor gives them
long: yes
program: evilfw
arguments: --memory 256M
options: evil=rng-fails run="selftest"
expect: loader: randomness from RDRAND;
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# Nobody can see or press anything: the inspector is not shown, and the boot goes on. (With COM1: test_inspector_consoles.py.)
name: evilfw-no-console
proves: nobody can see or press anything: the boot goes on without the inspector
program: evilfw
arguments: --memory 256M
options: evil=no-console:2 inspect run="selftest"
expect: warn +loader: the inspector was not shown: no screen, no keyboard, or no memory$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# Absurd options.
name: evilfw-options-long
proves: more than 4096 bytes of options: cut, and said; no random numbers at all: the time, which can be guessed
program: evilfw
arguments: --memory 256M --cpu max,-rdrand
options: evil=options-long,no-rng run="selftest"
expect: warn +options: there are more than 4096 bytes of them: the last words are ignored$
expect: options: `x+\.\.\.` is not an option; ignored
expect: loader: randomness from the time \(guessable\);
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-options-binary
proves: load options that are no text are no options
program: evilfw
arguments: --memory 256M
options: evil=options-binary run="selftest"
type: exit ok
expect: ^freehold> 
refuse: warn +options
refuse: PANIC: |FAIL: 

name: evilfw-options-nothing
proves: load options of no bytes
long: yes
program: evilfw
arguments: --memory 256M
options: evil=options-nothing run="selftest"
type: exit ok
expect: ^freehold> 
refuse: warn +options
refuse: PANIC: |FAIL: 

name: evilfw-options-no-end
proves: load options without a NUL
long: yes
program: evilfw
arguments: --memory 256M
options: evil=options-no-end run="selftest"
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# What memmap says of such maps and tables. Each case names the rules that must fire, with their sentences.
name: evilfw-types
proves: every type that is not plain memory has its rule and its row of the ledger
program: evilfw
arguments: --memory 256M
options: evil=type:8,type:12,type:13,type:14,type:15,type:16,type:0x6fffffff,type:0x70000000,type:0x80000001,type:0xffffffff run="memmap lint; memmap ledger; selftest"
expect: ^warning +FM017: 
expect: ^ +- descriptor\s+[0-9]+\s+\(unknown\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+has\s+the\s+type\s+0x10,\s+which\s+nobody\s+defines$
expect: ^ +- descriptor\s+[0-9]+\s+\(unknown\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+has\s+the\s+type\s+0x6fffffff,\s+which\s+nobody\s+defines$
expect: ^note +FM018: 
expect: ^ +- descriptor\s+[0-9]+\s+\(OEM\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+has\s+the\s+type\s+0x70000000\s+of\s+the\s+manufacturer$
expect: ^note +FM019: 
expect: ^ +- descriptor\s+[0-9]+\s+\(OS\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+has\s+the\s+type\s+0x80000001\s+of\s+an\s+operating\s+system's\s+loader$
expect: ^ +- descriptor\s+[0-9]+\s+\(OS\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+has\s+the\s+type\s+0xffffffff\s+of\s+an\s+operating\s+system's\s+loader$
expect: ^note +FM020: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiMemoryMappedIOPortSpace\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+has\s+a\s+type\s+that\s+only\s+Itanium\s+uses$
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiPalCode\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+has\s+a\s+type\s+that\s+only\s+Itanium\s+uses$
expect: ^note +FM021: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiUnusableMemory\)\s+takes\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+out\s+of\s+use$
expect: ^note +FM034: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiUnacceptedMemoryType\)\s+says\s+that\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+must\s+be\s+accepted\s+first$
expect: ^note +FM035: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiPersistentMemory\)\s+says\s+that\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+keeps\s+its\s+contents$
expect: ^ +in ranges with errors \(not counted as memory\): 64 KiB, 65,536 bytes$
expect: ^  - types of the manufacturer +65,536 +64 KiB$
expect: ^  - types of an operating system's loader +131,072 +128 KiB$
expect: ^  - unaccepted memory +65,536 +64 KiB$
expect: ^  - persistent memory +65,536 +64 KiB$
expect: ^  - PAL code +65,536 +64 KiB$
expect: map: [0-9.]+ [KMG]iB are of types that no specification names; not used$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-attributes
proves: every odd attribute has its rule, its total and its row
program: evilfw
arguments: --memory 256M
options: evil=attributes:0x4000f,attributes:0x1000f,attributes:0x800f,attributes:0x2700f,attributes:0x8000f,attributes:0x10000f,attributes:0x10000000000f,attributes:0x400000000000000f,attributes:0x400010000000000f,attributes:0x10080000f,attributes:0x1f,attributes:0 run="memmap lint; memmap totals; memmap ledger; selftest"
expect: ^warning +FM024: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiConventionalMemory\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+has\s+attributes\s+that\s+nobody\s+defines:\s+bit23\|bit32$
expect: ^warning +FM027: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiConventionalMemory\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+has\s+no\s+cache\s+mode\s+at\s+all$
expect: ^note +FM025: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiConventionalMemory\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+has\s+ISA44\s+without\s+ISA_VALID$
expect: ^note +FM026: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiConventionalMemory\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+has\s+ISA_VALID\s+and\s+none\s+of\s+the\s+bits\s+44\s+to\s+59$
expect: ^note +FM029: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiConventionalMemory\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+can\s+be\s+protected:\s+[A-Z|]+$
expect: ^note +FM030: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiConventionalMemory\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+has\s+the\s+attribute\s+UCE$
expect: ^note +FM032: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiConventionalMemory\)\s+keeps\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+for\s+a\s+specific\s+purpose$
expect: ^note +FM033: 
expect: ^ +- 64\s+KiB\s+of\s+[0-9.]+\s+MiB\s+are\s+more\s+reliable,\s+the\s+first\s+of\s+it\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)$
expect: ^note +FM035: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiConventionalMemory\)\s+says\s+that\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+keeps\s+its\s+contents$
expect: ^note +FM036: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiConventionalMemory\)\s+says\s+that\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+may\s+be\s+pulled\s+out$
expect: ^note +FM037: 
expect: ^ +- 64\s+KiB\s+of\s+[0-9.]+\s+MiB\s+can\s+be\s+encrypted,\s+the\s+first\s+of\s+it\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)$
expect: ^(HOT|HOT_PLUGGABLE) +1 +65,536 +64 KiB$
expect: ^bit23 +1 +65,536 +64 KiB$
expect: ^  - specific-purpose memory +65,536 +64 KiB$
expect: ^  - cannot be cached \(no write-back\), left alone +65,536 +64 KiB$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-runtime
proves: FM022: free memory with RUNTIME; FM023: runtime memory without it
program: evilfw
arguments: --memory 256M
options: evil=attributes:0x800000000000000f,runtime-lost run="memmap lint; selftest"
expect: ^error +FM022: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiConventionalMemory\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\(64\s+KiB\)\s+has\s+the\s+attribute\s+RUNTIME,\s+but\s+its\s+type\s+is\s+given\s+back$
expect: ^error +FM023: 
expect: ^ +- descriptor\s+[0-9]+\s+\(EfiRuntimeServicesCode\)\s+at\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\([0-9.]+\s+[KM]iB\)\s+lacks\s+the\s+attribute\s+RUNTIME$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-framebuffer-free
proves: FM064: the map gives the framebuffer away, and the kernel keeps out of it
program: evilfw
arguments: --memory 256M
options: evil=framebuffer-free run="memmap lint; memmap ledger; owner c0000000; selftest"
expect: warn +screen: none: what the firmware says of its framebuffer cannot be used$
expect: ^error +FM064: 
expect: ^ +- the\s+framebuffer\s+at\s+0xc0000000\s+covers\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\([0-9.]+\s+MiB\),\s+which\s+descriptor\s+[0-9]+\s+\(EfiConventionalMemory\)\s+gives\s+as\s+usable\s+memory$
expect: ^ +- taken out of service +[1-9][0-9,]+ 
expect: ^ +frame: +not given to the frame allocator$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-mat-empty
proves: FM042 on a machine
long: yes
program: evilfw
arguments: --memory 256M
options: evil=mat-empty run="memmap lint; selftest"
expect: ^warning +FM042: 
expect: ^ +- the\s+memory\s+attributes\s+table\s+has\s+no\s+entries$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-mat-huge
proves: FM041: a count of 2^28 entries in a small table
long: yes
program: evilfw
arguments: --memory 256M
options: evil=mat-huge run="memmap lint; selftest"
expect: ^warning +FM041: 
expect: ^ +- the\s+memory\s+attributes\s+table\s+declares\s+268435456\s+entries\s+and\s+has\s+0$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-mat-step
proves: FM066: attributes table refused for its step
program: evilfw
arguments: --memory 256M
options: evil=mat-step run="memmap lint; selftest"
expect: ^warning +FM066: 
expect: ^ +- the\s+memory\s+attributes\s+table\s+at\s+0x[0-9a-f]+\s+is\s+refused:\s+its\s+descriptor\s+size\s+is\s+below\s+40$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-mat-version-2
proves: version 2 of the attributes table is read
program: evilfw
arguments: --memory 256M
options: evil=mat-version-2 run="memmap lint; memmap tables; selftest"
expect: ^Memory attributes table: version 2, [1-9][0-9]* of [1-9][0-9]* entries of 48 bytes
expect: ^Findings: 0 errors, 0 warnings, 
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-mat-version-3
proves: FM066: attributes table refused for its version
long: yes
program: evilfw
arguments: --memory 256M
options: evil=mat-version-3 run="memmap lint; selftest"
expect: ^warning +FM066: 
expect: ^ +- the\s+memory\s+attributes\s+table\s+at\s+0x[0-9a-f]+\s+is\s+refused:\s+its\s+version\s+is\s+neither\s+1\s+nor\s+2$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-mat-open
proves: FM048: writable and executable
program: evilfw
arguments: --memory 256M
options: evil=mat-open run="memmap lint; selftest"
expect: ^warning +FM048: 
expect: ^ +- memory\s+attributes\s+entry\s+0\s+leaves\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\([0-9.]+\s+[KM]iB\)\s+writable\s+and\s+executable$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-mat-constant
proves: FM049 on a machine
long: yes
program: evilfw
arguments: --memory 256M
options: evil=mat-constant run="memmap lint; selftest"
expect: ^note +FM049: 
expect: ^ +- memory\s+attributes\s+entry\s+0\s+makes\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\([0-9.]+\s+[KM]iB\)\s+read-only\s+and\s+not\s+executable$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-mat-stray
proves: FM052 on a machine
long: yes
program: evilfw
arguments: --memory 256M
options: evil=mat-stray run="memmap lint; selftest"
expect: ^warning +FM052: 
expect: ^ +- memory\s+attributes\s+entry\s+0\s+covers\s+0x100000\.\.0x[0-9a-f]+\s+\([0-9.]+\s+[KM]iB\),\s+which\s+is\s+not\s+runtime\s+memory$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-mat-lost
proves: FM053 on a machine
long: yes
program: evilfw
arguments: --memory 256M
options: evil=mat-lost run="memmap lint; selftest"
expect: ^warning +FM053: 
expect: ^ +- no\s+memory\s+attributes\s+entry\s+covers\s+0x[0-9a-f]+\.\.0x[0-9a-f]+\s+\([0-9.]+\s+[KM]iB\)\s+of\s+descriptor\s+[0-9]+\s+\(EfiRuntimeServices(Code|Data)\)$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-acpi-damaged
proves: FM066: ACPI tables with a wrong checksum, and shorter than a header, are refused, and shown
program: evilfw
arguments: --memory 256M
options: evil=acpi-damaged run="memmap lint; memmap tables; selftest"
expect: ^warning +FM066: 
expect: ^ +- the\s+ACPI\s+table\s+HPET\s+at\s+0x[0-9a-f]+\s+is\s+refused:\s+its\s+checksum\s+is\s+wrong$
expect: ^ +- the\s+ACPI\s+table\s+MCFG\s+at\s+0x[0-9a-f]+\s+is\s+refused:\s+its\s+length\s+is\s+below\s+that\s+of\s+a\s+header$
expect: ^ACPI table HPET +[0-9a-f]+$
expect: ^ACPI table MCFG +[0-9a-f]+$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |^HPET |ECAM

name: evilfw-no-tables
proves: no configuration table at all
program: evilfw
arguments: --memory 256M
options: evil=no-tables run="memmap lint; memmap ledger; memmap tables; selftest"
expect: numa: 1 node, 1 processor
expect: ^note +FM038: 
expect: ^ +- there\s+is\s+no\s+memory\s+attributes\s+table\s+for\s+[0-9.]+\s+MiB\s+of\s+runtime\s+memory$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-tables-10000
proves: 10 000 configuration tables, ours among them
program: evilfw
arguments: --memory 256M
options: evil=tables:10000 run="memmap lint; memmap tables; selftest"
expect: ^RSDP +[0-9a-f]+
expect: ^Memory attributes table: version 1, [1-9]
expect: ^ACPI table APIC +[0-9a-f]+
expect: ^Findings: 0 errors, 0 warnings, 
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

name: evilfw-three-maps
proves: 16 tries while the map grows with each; the maps at entry, before exit and the last one are told apart
program: evilfw
arguments: --memory 256M
options: evil=grows:1,exit-fails:15 run="memmap diff before final; memmap raw before; memmap ledger; selftest"
expect: loader: boot services ended at try 16; the map grew from [0-9]+ to [0-9]+ entries of 48 bytes
expect: ^From `before` to `final`$
expect: ^15 differences$
expect: ^  - +-> reserved +61,440 +60 KiB$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else

# Kernels that the loader must refuse (tests/evilfw/hostile_elf).
name: evilfw-payload-truncated
proves: a kernel file that ends early is refused on the machine (other faults: unit/elf_image)
program: hostile/truncated
arguments: --memory 256M
status: 1
expect: loader: kernel segment 0 needs 0x[0-9a-f]+ bytes at 0x[0-9a-f]+ but the file ends at 0x[0-9a-f]+.*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-text
proves: no ELF file
long: yes
program: hostile/text
arguments: --memory 256M
status: 1
expect: loader: kernel file is not an ELF file.*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-writable-code
proves: a kernel with writable code is refused on the machine
program: hostile/writable-code
arguments: --memory 256M
status: 1
expect: loader: kernel segment [0-9]+ is writable and executable.*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-no-stack
proves: a kernel that names no stack is refused by the loader
program: hostile/no-stack
arguments: --memory 256M
status: 1
expect: loader: the kernel names no boot stack \(PT_GNU_STACK with a size\).*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-huge
proves: a segment of 1 TiB
long: yes
program: hostile/huge
arguments: --memory 256M
status: 1
expect: loader: kernel segment [0-9]+ at 0xffffffff[0-9a-f]+ with 0x10000000000 bytes wraps past 2\^64.*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-outside
proves: a segment beyond the file
long: yes
program: hostile/outside
arguments: --memory 256M
status: 1
expect: loader: kernel segment [0-9]+ needs 0x[0-9a-f]+ bytes at 0x4000000000000000 but the file ends.*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-foreign-entry
proves: an entry point in no code
long: yes
program: hostile/foreign-entry
arguments: --memory 256M
status: 1
expect: loader: kernel entry point 0x1000 is not in an executable segment.*\(EFI_LOAD_ERROR\)$

name: evilfw-payload-bitmap-first
proves: packed relocations that begin with a bitmap
long: yes
program: hostile/bitmap-first
arguments: --memory 256M
status: 1
expect: loader: kernel packed relocation entry 0 is a bitmap without an address.*\(EFI_LOAD_ERROR\)$

# Files that cannot be written: one line says so, and the boot goes on. (What is on the stick then: tool/test_report_faults.py.)
name: evilfw-file-no-volume
proves: a stick that does not answer costs the report, not the boot
program: evilfw
arguments: --memory 256M --medium usb
image: evil=file-fails:1 run="selftest"
expect: warn.* +report: not written: the boot volume: the stick does not answer, or was removed \(OpenVolume: EFI_DEVICE_ERROR\)$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

name: evilfw-file-protected
proves: a write-protected stick costs the report, not the boot
program: evilfw
arguments: --memory 256M --medium usb
image: evil=file-protected run="selftest"
expect: warn.* +report: not written: \\freehold\.tmp: the stick is write-protected \(Open: EFI_WRITE_PROTECTED\)$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 
