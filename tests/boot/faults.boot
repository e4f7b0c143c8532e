# SPDX-License-Identifier: MIT
# Faults that are expected: probes, the ring of recent faults, the permission matrix. Format: docs/testing.md.

name: faults
proves: probes of addresses that fault are recovered and listed
options: kaslr=off run="faults probe 8; faults probe 1000000000000000; faults probe kmalloc; faults"
expect: ^0000000000000008 cannot be read: it faulted$
expect: ^1000000000000000 cannot be read: it faulted$
expect: ^[0-9a-f]{16} holds [0-9a-f]{16}$
expect: ^ +1 \[ +[0-9]+\.[0-9]{6}\] recovered read of 0000000000000008 \(not present\), cpu_probe_read\+0x
expect: ^ +2 \[ +[0-9]+\.[0-9]{6}\] recovered #GP general protection, error code 0, cpu_probe_read\+0x
expect: ^2 faults since the start, 2 shown$
refuse: PANIC: |FAIL: 

# A fault that nobody expected still ends the run, after others that were recovered.
name: faults-then-fatal
proves: a fault that nobody expected is fatal after others that were recovered
options: run="faults probe 0; provoke null"
status: 1
expect: ^PANIC: page fault: null pointer: read of 0x8
