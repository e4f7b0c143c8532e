# SPDX-License-Identifier: MIT
# Every accident ends in its own panic, with names in the backtrace, and in status 1. Format: docs/testing.md.

name: provoke-null
proves: a null pointer is named as one, with the calls that led there, also on the screen
options: run="provoke null"
status: 1
expect: ^PANIC: page fault: null pointer: read of 0x8 \(not present\), instruction read_null\+
expect: ^  run_provoke\+0x[0-9a-f]+ \(0x[0-9a-f]+\)
expect: ^  monitor_run\+
refuse: FAIL: 
picture: 0.5

name: provoke-nx
proves: a jump into data ends at its no-execute page
options: run="provoke nx"
status: 1
expect: ^PANIC: page fault: execution at 0x[0-9a-f]+ \(no-execute page\)
refuse: FAIL: 

name: provoke-write-rodata
proves: a write to constants ends at their read-only page
options: run="provoke write-rodata"
status: 1
expect: ^PANIC: page fault: write to 0x[0-9a-f]+ \(read-only page\), instruction write_rodata\+
refuse: FAIL: 

name: provoke-cfi
proves: a call through a pointer of the wrong type is caught before it is made
options: run="provoke cfi"
status: 1
expect: ^PANIC: control flow: call through a pointer of the wrong type to takes_a_number\+0x0, in wrong_type\+
refuse: FAIL: 

name: provoke-stack-overflow
proves: endless recursion meets the guard below the stack; calls that repeat are counted, not listed
options: run="provoke stack-overflow"
status: 1
expect: ^PANIC: kernel stack overflow: boot stack exceeded by [0-9]+ bytes, instruction descend\+
expect: the same call [0-9]+ times more
refuse: FAIL: 

name: provoke-canary
proves: a smashed stack buffer is caught when its function returns
options: run="provoke canary"
status: 1
expect: ^PANIC: stack buffer overflow in smash\+
refuse: FAIL: 

name: provoke-double-free
proves: a second free of a block is named as one
options: run="provoke double-free"
status: 1
expect: ^PANIC: heap: kfree of 0x[0-9a-f]+ refused: block is not allocated \(double free\?\)
expect: free_twice\+
refuse: FAIL: 

name: provoke-foreign-free
proves: a free of what the heap never gave is refused
options: run="provoke foreign-free"
status: 1
expect: ^PANIC: heap: kfree of 0x[0-9a-f]+ refused: address was never handed out by this allocator
expect: free_foreign\+
refuse: FAIL: 

name: provoke-inside-free
proves: a free of the middle of a block names the block
options: run="provoke inside-free"
status: 1
expect: ^PANIC: heap: kfree of 0x[0-9a-f]+ refused: address is inside a block, not at its start; block 0x[0-9a-f]+, 64 bytes
expect: free_inside\+
refuse: FAIL: 

# heap=warn: refused, told, and the run goes on; the command says that it came back.
name: provoke-double-free-warn
proves: heap=warn: a double free is refused and told, and the run goes on
options: heap=warn run="provoke double-free"
status: 1
expect: error heap: kfree of 0x[0-9a-f]+ refused: block is not allocated \(double free\?\).*nothing was changed
expect: ^FAIL: provoke double-free: .*came back
refuse: PANIC: 

# heap=l1: one byte behind a block, and one in a freed block; all facts, and who did it or met it.
name: provoke-overflow
proves: heap=l1: one byte behind a block is found at its free, with its offset and value
options: heap=l1 run="provoke overflow"
status: 1
expect: ^PANIC: heap: kfree of 0x[0-9a-f]+ refused: bytes behind the block were written; block 0x[0-9a-f]+, 32 bytes, 20 asked for; the first bad byte is at offset 20: 0x41 instead of 0xbb
expect: overflow_block\+
refuse: FAIL: 

name: provoke-use-after-free
proves: heap=l1: a write to a freed block is found at the next allocation, with its offset and value
options: heap=l1 run="provoke use-after-free"
status: 1
expect: ^PANIC: heap: kmalloc found at 0x[0-9a-f]+: a freed block was written; block 0x[0-9a-f]+, [0-9]+ bytes, slab [0-9]+; the first bad byte is at offset 2: 0x41 instead of 0x6b
expect: use_freed_block\+
refuse: FAIL: 

name: provoke-use-after-free-warn
proves: heap=warn,l1: a freed block that was written is told, and handed out no more
options: heap=warn,l1 run="provoke use-after-free"
status: 1
expect: error heap: kmalloc found at 0x[0-9a-f]+: a freed block was written.*the block is not used again
expect: ^FAIL: provoke use-after-free: the block was handed out no more
refuse: PANIC: 

# Without heap=l1 nobody looks.
name: provoke-overflow-l0
proves: without heap=l1 nobody looks at red zones, and the command says so
options: run="provoke overflow"
status: 1
expect: ^FAIL: provoke overflow: without heap=l1
refuse: PANIC: 

name: provoke-oom
proves: the heap refuses when memory is out, and every check holds then
arguments: --memory 128M
options: run="provoke oom"
status: 1
expect: ^PANIC: out of memory: kmalloc\(16\) refused after [0-9]+ blocks .*every check holds
refuse: FAIL: 

# breaks PV1
name: provoke-assert
proves: a broken assertion names its rule, file and line
options: run="provoke assert"
status: 1
expect: ^PANIC: assertion failed: PV1: .*, kernel/commands/provoke\.c:[0-9]+
refuse: FAIL: 

name: provoke-panic
proves: a panic that is asked for names who asked
options: run="provoke panic"
status: 1
expect: ^PANIC: asked for by 'provoke panic'
expect: just_panic\+
refuse: FAIL: 
