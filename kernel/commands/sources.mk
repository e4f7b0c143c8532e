# SPDX-License-Identifier: MIT
# A file a command; a larger one has parts beside it that begin with its name.
kernel_sources += $(patsubst %,kernel/commands/%.c, bench bootcost exit explain faults footprint frames heap help legacy \
	legacy_walk maps meminfo memmap memmap_picture memmap_types owner poweroff provoke pt reboot selftest slabinfo stats \
	try x)
