# SPDX-License-Identifier: MIT
# What starting costs, in instructions counted by the emulator. Format: docs/testing.md.

# The loader, quiet, with 512 MiB: its whole cost, and its own part of it without the firmware's calls.
name: cost-512M
proves: what the loader costs, its own part and with the firmware
arguments: --memory 512M --icount
options: console=none run="bootcost"
measure: boot ^boot: ([0-9]+) instructions
measure: loader ^loader: ([0-9]+) instructions
measure: ours ^loader: .* ours ([0-9]+)
at-most: loader 1000000
at-most: ours 250000
refuse: PANIC: |FAIL: 

name: cost-900G
proves: what a start with 900 GiB costs
arguments: --memory 900G --icount
options: console=none run="bootcost"
measure: boot ^boot: ([0-9]+) instructions
refuse: PANIC: |FAIL: 

# Starting does not cost more where there is more memory.
name: cost-does-not-grow
proves: a start does not cost more with more memory
compare: bench-1G.boot cost-900G.boot 5
