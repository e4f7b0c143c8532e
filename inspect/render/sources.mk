# SPDX-License-Identifier: MIT
# What was judged, in text, JSON, HTML, e820 lines and pictures.
render_sources := $(addprefix inspect/render/, words.c text.c text_findings.c text_tables.c e820_lines.c \
	json.c json_write.c html.c html_parts.c html_diff.c html_tables.c html_picture.c picture.c picture_draw.c picture_text.c)
pure_sources += $(render_sources)
