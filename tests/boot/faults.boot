# SPDX-License-Identifier: MIT
# Faults that are expected: probes, the ring of recent faults, the permission matrix. Format: docs/testing.md.

name: faults
options: kaslr=off run="faults probe 8; faults probe 1000000000000000; faults probe kmalloc; faults"
expect: ^0000000000000008 cannot be read: it faulted$
expect: ^1000000000000000 cannot be read: it faulted$
expect: ^[0-9a-f]{16} holds [0-9a-f]{16}$
expect: ^ +1 \[ +[0-9]+\.[0-9]{6}\] recovered read of 0000000000000008 \(not present\), cpu_probe_read\+0x
expect: ^ +2 \[ +[0-9]+\.[0-9]{6}\] recovered #GP general protection, error code 0, cpu_probe_read\+0x
expect: ^2 faults since the start, 2 shown$
refuse: PANIC: |FAIL: 

# Every combination of rights in leaves of 4 KiB, 2 MiB and 1 GiB; more faults than are kept.
name: permissions
arguments: --memory 4G
options: run="selftest; faults"
expect: ^ok permissions: every combination of rights, 4 KiB leaves$
expect: ^ok permissions: every combination of rights, 2 MiB leaves$
expect: ^ok permissions: every combination of rights, 1 GiB leaves$
expect: ^ok permissions: split and join of a 2 MiB leaf$
expect: recovered execution at ffffff0100[0-9a-f]{6} \(no-execute page\)
expect: ^[0-9]{4} faults since the start, 32 shown$
refuse: PANIC: |FAIL: 

# A fault that nobody expected still ends the run, after others that were recovered.
name: faults-then-fatal
options: run="faults probe 0; provoke null"
status: 1
expect: ^PANIC: page fault: null pointer: read of 0x8
