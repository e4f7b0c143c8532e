# SPDX-License-Identifier: MIT
# Starting: the order of the phases, options, the ways to be started, screens, ends. Format: docs/testing.md.

# The order in which things become possible (kernel/main.c).
name: phases-in-order
proves: the order in which things become possible
options: run="exit ok"
order: \] info +boot: Freehold [0-9.]+, started by the loader
order: boot: log: [0-9]+ cycles, [0-9]+ bytes
order: boot: traps: 
order: boot: processor: 
order: boot: memory map: 
order: boot: nodes: 
order: boot: frames: 
order: boot: paging: 
order: boot: screen: 
order: boot: heap: 
order: reclaim: [0-9]+ bytes of boot services and [0-9]+ of the loader came back
order: boot: reclaim: 
order: paging: proved: no page is writable and executable
order: boot: self-check: 
order: boot: ready after [0-9]+ cycles
refuse: PANIC: |FAIL: 

# Words that nobody knows are named and ignored.
name: options-unknown
proves: options that nobody knows are named and ignored
options: frobnicate colour=blue heap=maybe run="exit ok"
expect: frobnicate.*ignored
expect: colour=blue.*ignored
expect: heap=maybe.*ignored
refuse: PANIC: 

# console=none silences the log; what a command prints still comes.
name: options-quiet
proves: console=none silences the log, not the commands
options: console=none run="meminfo"
expect: ^MemTotal: +[0-9]+ kB$
refuse: \] info
refuse: PANIC: 

name: options-loglevel
proves: loglevel=error silences what is no error
options: loglevel=error run="meminfo"
expect: ^MemTotal: +[0-9]+ kB$
refuse: \] info

# The stick with options in its own file (matrix.tsv has sticks whose options come by fw_cfg).
name: usb-options-file
proves: options from the file on a stick
arguments: --medium usb
image: console=serial run="meminfo; exit ok"
expect: ^MemTotal: +[0-9]+ kB$
refuse: PANIC: |FAIL: 

# At the prompt: wrong words, and what would have been right; what stands behind one is not run. In the fourth line are
# two Tabs. Any address can be looked at: bytes, or why not (without KASLR areas begin where docs/address_map.md says).
name: monitor
proves: at the prompt: what wrong words are answered, what Tab completes, what is not run
options: kaslr=off
type: frobnicate
type: memmpa; meminfo
type: meminfo all; exit fail
type: memmap raw f	; help own	; meminfo
type: memmap everything
type: memmap raw last
type: memmap diff entry before final
type: faults probe
type: provoke; provoke nothing
type:  ;  frobnicate ; 
type: x ffff880000200003 0x15; x 200003 21; x kmalloc 8
type: x 0
type: x ffffc90000200000
type: x f000000000000000
type: x ffffffff7ffffff8 9
type: x ffffffffffffffff 2
type: x 200000 5000
type: x 10000000000000 1
type: exit ok
expect: ^freehold> 
expect: (?s)^ffff880000200003  (([0-9a-f]{2} +){16} \|.{16}\|)$.ffff880000200013  (([0-9a-f]{2} +){5} +\|.{5}\|)$.*^0000000000200003  \1$.0000000000200013  \3$
expect: ^ffffffff800[0-9a-f]{5}  55 48 89 e5 ([0-9a-f]{2} ){4} +\|UH\.\.
expect: ^physical 0000000000000000 cannot be read: it is not in the direct map, 'owner' says what is there$
expect: ^virtual ffffc90000200000 cannot be read: a device may be there, and would notice$
expect: ^virtual f000000000000000 cannot be read: it is not mapped, or is no address$
expect: ^virtual ffffffff7ffffff8 cannot be read: it is not mapped
expect: ^2 bytes from ffffffffffffffff go past the last address, ffffffffffffffff$
expect: ^'5000' is no number of bytes from 1 to 4096\.$
expect: ^virtual 0010000000000000 cannot be read: it is not mapped, or is no address$
expect: ^There is no command 'frobnicate'\. 'help' lists all\.$
expect: ^There is no command 'memmpa'\. Did you mean 'memmap'\?
expect: ^Because that failed, this was not run: meminfo$
expect: ^Not like that: 'all' cannot stand behind 'meminfo'\. Allowed there: nothing\. 'help meminfo' says more\.$
expect: ^Because that failed, this was not run: exit fail$
expect: ^[0-9]+ descriptors of 48 bytes, version 1, in the firmware's order$
expect: ^owner: whose an address is\.$
expect: ^  owner ADDRESS$
expect: ^MemTotal: +[0-9]+ kB$
expect: ^Not like that: 'everything' cannot stand behind 'memmap'\. Allowed there: raw, totals, lint, ledger, diff, tables, types, picture or nothing\.
expect: ^Not like that: 'last' cannot stand behind 'memmap raw'\. Allowed there: entry, before, final or nothing\.
expect: ^Not like that: 'final' cannot stand behind 'memmap diff entry before'\. Allowed there: nothing\.
expect: ^Not like that: a word is missing behind 'faults probe'\. Allowed there: ADDRESS\.
expect: ^Not like that: a word is missing behind 'provoke'\. Allowed there: null, nx, 
expect: ^Because that failed, this was not run: provoke nothing$
refuse: PANIC: |FAIL: |MemTotal(?s:.*)MemTotal|not run: *$

# How a run ends is seen from outside: run_qemu's statuses.
name: end-fail
proves: exit fail ends the run with status 1
options: run="exit fail"
status: 1
refuse: PANIC: 

name: end-by-a-failed-command
proves: a command that fails ends the run, and those behind it do not run
options: run="frobnicate; exit ok"
status: 1
expect: There is no command 'frobnicate'
expect: ^Because that failed, this was not run: exit ok$

name: end-timeout
proves: a run that does not end is ended, with status 124
options: console=serial
timeout: 5
status: 124

name: end-reboot
proves: reboot reaches the machine
options: run="reboot"
status: 3

name: end-poweroff
proves: poweroff reaches the machine
options: run="poweroff"
status: 3
refuse: FAIL: 
