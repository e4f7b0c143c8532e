# SPDX-License-Identifier: MIT
# The firmware's map in all its forms. What the parts say of maps that are not sound: evilfw.boot, and the golden
# files of the same code on a host. Format: docs/testing.md.

name: memmap-512M
proves: every part of memmap on a sound machine, in its numbers
arguments: --memory 512M
options: run="memmap; memmap raw; memmap raw entry; memmap totals; memmap tables; memmap lint; memmap ledger; memmap diff; memmap types"
expect: ^ +[0-9a-f]+ +a0000 +6[0-9]+ KiB  (usable|boot-services) 
expect: ^reserved +[0-9,]+ +[0-9.]+ MiB  not RAM$
expect: ^0 changes on the way from [0-9]+ descriptors to [0-9]+ ranges$
expect: ^ +0 +0 +1 +4 KiB  Efi(BootServicesCode|ConventionalMemory) +UC\|WC\|WT\|WB$
expect: ^[0-9]+ descriptors of 48 bytes, version 1, in the firmware's order$
expect: ^EfiConventionalMemory +[0-9]+ +[0-9,]+ +[0-9.]+ MiB$
expect: ^RUNTIME +[0-9]+ +[0-9,]+ +[0-9.]+ MiB$
expect: ^framebuffer +[0-9a-f]+ +[0-9.]+ MiB$
expect: ^EFI system table +[0-9a-f]+ +120 B$
expect: ^ACPI table APIC +[0-9a-f]+ +[0-9]+ B$
expect: ^FACS +[0-9a-f]+ +64 B$
expect: ^PCI Express configuration space \(ECAM\) 0:00 +b0000000 +256 MiB$
expect: ^local APIC +fee00000 +4 KiB$
expect: ^HPET +fed00000 +1 KiB$
expect: ^ +512 MiB  mapped at 0\.\.20000000$
expect: ^Memory attributes table: version [12], [0-9]+ of [0-9]+ entries of 48 bytes, flags 0x[0-9a-f]+$
expect: ^Findings: 0 errors, 0 warnings, 1 note; 4 of [0-9]+ rules need what this source cannot know$
expect: ^note +FM012: page 0 is free memory$
expect: ^ +- descriptor 0 \(Efi[A-Za-z]+\) (gives|makes) page 0 .*free
order: installed \(SMBIOS\) +536,870,912 
order: = described as memory 
order: = usable at once 
order: = usable after boot services have ended 
order: = free 
expect: ^  - first MiB, left alone +655,360 +640 KiB$
expect: ^From `entry` to `final`$
expect: ^  usable +-> loader +[0-9,]+ +[0-9.]+ MiB$
expect: ^from GiB
refuse: PANIC: |FAIL: |does not add up|kernel: everything else|memmap: the map

name: memmap-4G
proves: ledger, lint and diff with memory above 4 GiB; every combination of page rights on the processor
arguments: --memory 4G
options: run="selftest; faults; memmap ledger; memmap lint; memmap diff before final"
expect: installed \(SMBIOS\) +4,294,967,296 +4 GiB$
expect: ^  = free +[0-9,]+ +[0-9.]+ GiB$
expect: ^Findings: 0 errors, 0 warnings, 2 notes;
expect: ^From `before` to `final`$
expect: ^The maps are the same: [0-9]+ ranges\.$
expect: ^ok permissions: no user page in the kernel's half$
expect: ^ok permissions: every combination of rights, 4 KiB leaves$
expect: ^ok permissions: every combination of rights, 2 MiB leaves$
expect: ^ok permissions: every combination of rights, 1 GiB leaves$
expect: ^ok permissions: split and join of a 2 MiB leaf$
expect: recovered execution at 0000000100[0-9a-f]{6} \(no-execute page\)
expect: ^[0-9]{4} faults since the start, 32 shown$
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else|memmap: the map

name: memmap-900G
proves: self-test, ledger and lint with 900 GiB
arguments: --memory 900G
options: run="selftest; memmap ledger; memmap lint before"
expect: installed \(SMBIOS\) +966,367,641,600 +900 GiB$
expect: ^  = free +[0-9,]+ +[0-9.]+ GiB$
expect: ^Findings: 0 errors, 0 warnings, 2 notes;
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else|memmap: the map

name: memmap-2-nodes
proves: two nodes, three processors, the heap with red zones
arguments: --memory 4G --nodes 2 --cpus 3
options: heap=l1 run="selftest; frames; memmap tables; memmap ledger; memmap lint"
expect: ^ +0 +0 +640 KiB$
expect: ^ +1 +[0-9a-f]+ +[0-9.]+ GiB
expect: ^Findings: 0 errors, 0 warnings, 2 notes$
expect: numa: 2 nodes, 3 processors
expect: node 1
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: |does not add up|kernel: everything else|memmap: the map

# The picture, its numbers are the ledger's. More of it, read back from the screen: tests/harness/test_picture.py.
name: memmap-picture-1G
proves: the picture and its numbers are those of the ledger
arguments: --memory 1G
options: run="memmap picture; memmap ledger; memmap picture text"
picture: 25
expect: (?s)- kernel: page tables +([0-9,]+) .*T page tables +\1 bytes
expect: (?s)- kernel: image +([0-9,]+) .*K kernel image +\1 bytes
expect: (?s)- kernel: early memory +([0-9,]+) .*E early memory +\1 bytes
expect: ^One character is 512 KiB, one line 32 MiB
refuse: PANIC: |FAIL: |There is no screen

# What drawing it costs, first whole and then what changed: docs/performance.md, and 1.7 times as much.
name: memmap-picture-900G
proves: what drawing 900 GiB costs, first and again, and what a start with them costs
arguments: --memory 900G --icount
options: console=none run="bootcost; memmap picture; memmap picture; memmap picture off; memmap picture off; memmap picture text"
measure: boot ^boot: ([0-9]+) instructions
measure: first drawn in ([0-9]+) instructions
measure: again (?s)drawn in .*drawn in ([0-9]+) instructions
at-most: first 16000000
at-most: again 1800000
expect: ^There was no picture on the screen\.$
expect: ^  [0-9.]+ GiB without RAM left out$|^One character is 512 MiB, one line 32 GiB
expect: ^  \. free +[0-9,]+ bytes +899\.[0-9] GiB 100\.0%$
refuse: PANIC: |FAIL: 

name: memmap-picture-no-screen
proves: without a screen the picture is text
arguments: --memory 512M --display none
options: run="memmap picture"
expect: ^There is no screen that a picture fits on; as text:$
expect: ^  H heap +[0-9,]+ bytes 
refuse: PANIC: |FAIL: |upper part
