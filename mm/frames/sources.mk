# SPDX-License-Identifier: MIT
# Physical frames.
frames_sources := $(addprefix mm/frames/, frames.c huge.c spans.c directory.c sections.c blocks.c owners.c \
	runs.c reserve.c search.c scan.c report.c check.c check_search.c)
pure_sources += $(frames_sources)
