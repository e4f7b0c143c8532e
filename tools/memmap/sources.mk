# SPDX-License-Identifier: MIT
# The inspector for files.
memmap_sources := $(addprefix tools/memmap/, main.c formats.c input.c folder.c inspected.c) \
	$(lib_sources) $(read_sources) $(read_text_sources) $(judge_sources) $(render_sources) $(browse_sources) $(map_sources)
