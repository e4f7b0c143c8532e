# SPDX-License-Identifier: MIT
# Starting: the order of the phases, options, the ways to be started, screens, ends. Format: docs/testing.md.

# The order in which things become possible (kernel/main.c).
name: phases-in-order
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
options: frobnicate colour=blue heap=maybe run="exit ok"
expect: frobnicate.*ignored
expect: colour=blue.*ignored
expect: heap=maybe.*ignored
refuse: PANIC: 

# console=none silences the log; what a command prints still comes.
name: options-quiet
options: console=none run="meminfo"
expect: ^MemTotal: +[0-9]+ kB$
refuse: \] info
refuse: PANIC: 

name: options-loglevel
options: loglevel=error run="meminfo"
expect: ^MemTotal: +[0-9]+ kB$
refuse: \] info

# The stick with options in its own file (matrix.tsv has sticks whose options come by fw_cfg).
name: usb-options-file
arguments: --medium usb
image: console=serial run="meminfo; exit ok"
expect: ^MemTotal: +[0-9]+ kB$
refuse: PANIC: |FAIL: 

# With a screen, there is something on it.
name: screen
arguments: --memory 512M
picture: 0.5
refuse: PANIC: 

name: screen-of-a-panic
options: run="provoke null"
picture: 0.5
status: 1
expect: PANIC: page fault: null pointer: read of 0x8

# At the prompt: a wrong word, a right one, the end.
name: monitor
type: frobnicate
type: meminfo
type: exit ok
expect: ^freehold> 
expect: There is no command 'frobnicate'
expect: ^MemTotal: +[0-9]+ kB$
refuse: PANIC: 

# How a run ends is seen from outside: run_qemu's statuses.
name: end-fail
options: run="exit fail"
status: 1
refuse: PANIC: 

name: end-by-a-failed-command
options: run="frobnicate; exit ok"
status: 1
expect: There is no command 'frobnicate'

name: end-timeout
options: console=serial
timeout: 15
status: 124
expect: ^freehold> 

name: end-reboot
options: run="reboot"
status: 3

name: end-poweroff
options: run="poweroff"
status: 3
refuse: FAIL: 
