# SPDX-License-Identifier: MIT
# The inspector: keys in, cells out.
browse_sources := $(addprefix inspect/browse/, inspector.c rows.c window.c text.c detail.c list.c cells.c draw.c)
pure_sources += $(browse_sources)
