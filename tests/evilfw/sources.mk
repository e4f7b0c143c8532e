# SPDX-License-Identifier: MIT
# Firmware that lies: it carries the same program and starts it (evilfw.h).
evilfw_sources := $(addprefix tests/evilfw/, main.c cases.c services.c maps.c output.c tables.c files.c program.c) \
	lib/string.c lib/number.c
