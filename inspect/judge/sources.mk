# SPDX-License-Identifier: MIT
# Views and maps become findings, ledgers, differences.
judge_sources := $(addprefix inspect/judge/, inspection.c e820.c ledger.c map_diff.c lint.c) \
	$(patsubst %,inspect/judge/lint_%.c, rules shapes found spans map descriptors attributes places totals nodes patterns sentence)
pure_sources += $(judge_sources)
