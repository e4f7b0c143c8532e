# SPDX-License-Identifier: MIT
# The self-test, and what the other commands say. Format: docs/testing.md. Machines of all sizes and kinds: matrix.tsv.

# Every block with a red zone, every freed one poisoned.
name: selftest-heap-l1
proves: the self-test with a red zone behind every block
options: heap=l1 run="selftest; stats; heap"
expect: ^selftest: [0-9]+ passed, 0 failed$
expect: not asked for, of live blocks
expect: ^level +l1: .*no damage
refuse: PANIC: |FAIL: 

# Nothing slides, everything is as random as 7.
name: selftest-no-kaslr
proves: nothing slides with kaslr=off, and the seed decides the rest
options: kaslr=off seed=7 run="selftest"
expect: image slid by 0x0\b
expect: ^selftest: [0-9]+ passed, 0 failed$
refuse: PANIC: |FAIL: 

# Every command that only looks, one after the other; the last one ends the run.
name: commands
proves: every command that only looks says what it should
arguments: --memory 1G
options: run="help; memmap; memmap raw; meminfo; frames; heap; stats; slabinfo; footprint; maps; pt 0; explain 0; owner 0; legacy; legacy walk; try space; help provoke; exit ok"
expect: ^MemTotal: +[0-9]+ kB$
expect: ^MemFree: +[0-9]+ kB$
expect: EfiConventionalMemory
expect: not mapped
expect: ^heap_start
expect: ^total allocations +[1-9][0-9]*$
expect: ^live bytes +[0-9]+   peak [1-9]
expect: info  stats: [0-9]+ allocations, [0-9]+ frees
expect: ^slabinfo - version: 2\.1$
expect: ^kmalloc-64 +[0-9]+ +[0-9]+ +64 +64 +1 : tunables +0 +0 +0 : slabdata +[0-9]+ +[0-9]+ +0$
expect: ^text .* r-x$
expect: ^boot stack guard .* guard$
expect: ^V1  EBDA +9fc00-9ffff +1 KiB
expect: ^V2  the heap's test, next \+ size >= HEAP_END \(300000\), refuses the last byte:$
expect: ^    100000 bytes at 200000: it refuses them, a right test takes them$
expect: ^     fffff bytes at 200000: it takes them, a right test takes them$
order: ^virtual 00000000 = directory 0, table 0, offset 0$
order: ^  => not mapped$
order: ^  directory \[ 768\]  entry 00104007  table 00104000, P W U$
order: ^  table +\[ 256\]  entry 00100003  frame 00100000, P W$
order: ^  => physical 00100234, may be written, kernel alone;
order: ^  => physical 00400234, may be written,
order: ^unmapped: 4 tables became 1$
order: ^before +[0-9]+ frames free$
order: ^create +root table [0-9a-f]+: 1 frame taken; 
order: ^reserve 
order: ^map .*: 3 frames taken for tables$
order: ^level 1 
order: ^switch +root table [0-9a-f]+ instead of [0-9a-f]+$
order: ^  a user reads +[0-9a-f]{16}: 1122334455667788$
order: ^  the kernel runs 
order: ^back 
order: ^  to destroy it while it was in use was refused: memory is in use$
order: ^  [0-9a-f]{16} cannot be read any more$
order: ^unmap .*: 0 frames taken for tables$
order: ^destroy +[0-9]+ frames free, 0 missing$
expect: ^ +0*00100000-[0-9a-f]+ .* 1 usable$
refuse: PANIC: |FAIL: |There is no
