# SPDX-License-Identifier: MIT
# What starting costs, in instructions counted by the emulator. Format: docs/testing.md.

# The loader, quiet, with 512 MiB: its whole cost, and its own part of it without the firmware's calls.
name: cost-512M
arguments: --memory 512M --icount
options: console=none run="bootcost"
measure: boot ^boot: ([0-9]+) instructions
measure: loader ^loader: ([0-9]+) instructions
measure: ours ^loader: .* ours ([0-9]+)
at-most: loader 1000000
at-most: ours 250000
refuse: PANIC: |FAIL: 

name: cost-1G
arguments: --memory 1G --icount
options: console=none run="bootcost"
measure: boot ^boot: ([0-9]+) instructions
refuse: PANIC: |FAIL: 

name: cost-900G
arguments: --memory 900G --icount
options: console=none run="bootcost"
measure: boot ^boot: ([0-9]+) instructions
refuse: PANIC: |FAIL: 

# Starting does not cost more where there is more memory.
name: cost-does-not-grow
compare: cost-1G.boot cost-900G.boot 5
