# SPDX-License-Identifier: MIT
# Freehold. `make help` lists what can be made. One file, not recursive, quiet unless V=1; everything that is
# built lies in build/ (or B=elsewhere). Sources are listed by hand: a stray file is a decision.

build := $(or $(B),build)
llvm := 19
CC := clang-$(llvm)
LD := ld.lld-$(llvm)
LINK_EFI := lld-link-$(llvm)
NM := llvm-nm-$(llvm)
OBJCOPY := llvm-objcopy-$(llvm)
CLANG_FORMAT := clang-format-$(llvm)
CLANG_TIDY := clang-tidy-$(llvm)

quiet := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# ---- sources ---------------------------------------------------------------------------------------------

lib_sources := lib/string.c lib/number.c lib/format.c lib/sort.c lib/status.c lib/crc32.c lib/canvas.c

# Pure files compute and touch neither machine nor firmware: any program may link any of them.
PURE_SOURCES := $(lib_sources) \
	boot/elf_image.c boot/elf_relocate.c boot/options.c \
	inspect/acpi.c inspect/e820.c inspect/view.c inspect/ledger.c inspect/map_diff.c inspect/dump.c inspect/dump_write.c \
	inspect/view_text.c $(patsubst %,inspect/view_text_%.c,scan efi e820 tables notes totals) \
	inspect/lint.c $(patsubst %,inspect/lint_%.c,rules spans map descriptors attributes places totals nodes patterns sentence) \
	inspect/acpi_memory.c inspect/smbios.c inspect/memory_attributes.c inspect/view_tables.c \
	inspect/view_tables_acpi.c inspect/view_tables_smbios.c inspect/acpi_file.c inspect/acpi_text.c \
	inspect/fields.c inspect/table_sink.c inspect/inspector.c $(patsubst %,inspect/inspector_%.c,rows window text detail list draw) inspect/picture.c inspect/picture_draw.c inspect/picture_text.c \
	inspect/efi_names.c inspect/inspection.c inspect/map_inputs.c inspect/render.c $(patsubst %,inspect/render_%.c,e820 html html_diff html_tables json json_write picture text text_findings text_tables) \
	arch/x86/page_format.c arch/x86/page_join.c arch/x86/page_walk.c arch/x86/page_describe.c \
	arch/x86/mtrr.c arch/x86/key_codes.c arch/x86/acpi_power.c \
	$(patsubst %,arch/x86/legacy/%.c,addresses linear_heap two_level) \
	mm/arena.c mm/frames.c mm/frames_spans.c mm/frames_sections.c mm/frames_blocks.c mm/frames_owners.c \
	mm/frames_runs.c mm/frames_search.c mm/frames_report.c mm/frames_check.c \
	mm/heap.c mm/heap_free.c mm/heap_slab.c mm/heap_large.c mm/heap_records.c mm/heap_guard.c \
	mm/heap_check.c mm/object_cache.c mm/pool.c mm/memstat.c \
	mm/memory_map.c mm/memory_class.c mm/ranges.c mm/address_space.c mm/memory_types.c \
	kernel/text.c kernel/symbol_table.c kernel/framebuffer.c kernel/line_editor.c

loader_sources := lib/font_data.c efi/main.c efi/handoff.S efi/firmware.c efi/console.c efi/snapshot.c efi/options.c \
	efi/gather.c efi/framebuffer.c efi/firmware_tables.c efi/random.c efi/place.c efi/tables.c \
	efi/exit.c efi/files.c efi/report.c $(patsubst %,efi/%.c,inspect session last_boot inspector machine memory_picture terminal screen keys serial) $(lib_sources) $(filter-out inspect/view_text%,$(filter inspect/%,$(PURE_SOURCES))) mm/memory_map.c mm/memory_class.c \
	boot/elf_image.c boot/elf_relocate.c boot/options.c arch/x86/page_format.c arch/x86/page_walk.c

kernel_sources := $(PURE_SOURCES) \
	arch/x86/start.S arch/x86/trap_entry.S arch/x86/traps.c arch/x86/probe.c arch/x86/segments.c arch/x86/cpu.c \
	arch/x86/image.c arch/x86/stack_guard.c \
	arch/x86/clock.c arch/x86/serial.c arch/x86/keyboard.c arch/x86/power.c \
	mm/mm.c mm/mm_start.c mm/kernel_space.c mm/space_check.c mm/owner.c \
	kernel/machine.c kernel/memory_use.c kernel/memory_picture.c kernel/input.c kernel/main.c kernel/numa.c kernel/log.c kernel/console.c lib/font_data.c kernel/panic.c kernel/symbols.c \
	kernel/monitor.c kernel/faults.c

commands := bench bootcost exit explain faults footprint frames heap help legacy maps meminfo memmap owner poweroff provoke pt \
	reboot selftest slabinfo stats
kernel_sources += $(commands:%=kernel/commands/%.c) kernel/commands/selftest_memory.c \
	kernel/commands/selftest_permissions.c kernel/commands/memmap_types.c kernel/commands/memmap_picture.c kernel/commands/selftest_names.c kernel/commands/selftest_ledger.c \
	$(patsubst %,kernel/commands/bench_%.c,memory worst full map)

unit_tests := lib lint render report report_volumes terminal visit options elf_image acpi page_format page_damage mtrr key_codes acpi_power arena ranges \
	frames frames_sections frames_random frames_damage \
	heap heap_misuse heap_pressure heap_guard object_cache pool memstat memory_map memory_class firmware_maps e820 legacy reference_names acpi_roots text symbol_table framebuffer canvas picture line_editor kernel_space address_space memory_types mm ledger map_diff dump \
	view_text view_facts smbios memory_attributes acpi_memory acpi_text view_tables inspector inspector_lists inspector_screens
fuzz_tests := lint inspector picture options elf_image acpi page_format frames heap pool_memstat memory_map dump view_text tables memmap

# ---- flags -----------------------------------------------------------------------------------------------

warnings := -Wall -Wextra -Werror -Wconversion -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla \
	-Wpointer-arith -Wcast-qual -Wundef -Wimplicit-fallthrough
common_flags := -std=c23 -g $(warnings) -Iinclude -ffile-prefix-map=$(CURDIR)=.
c_only := -isystem /usr/include/stb --embed-dir=$(build)

# No stack frame is as large as a page: none may jump over a guard.
kernel_flags := -target x86_64-unknown-none-elf $(common_flags) -ffreestanding -nostdlibinc \
	-fPIE -fvisibility=hidden -fdirect-access-external-data -mno-red-zone -mgeneral-regs-only \
	-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-optimize-sibling-calls \
	-fstack-protector-strong -fsanitize=kcfi \
	-fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
	-Wframe-larger-than=3072
# The file must stay small: what is not on a hot path is compiled for size, and for nothing else what makes
# neither the start nor a benchmark dearer (docs/performance.md).
hot_sources := lib/string.c $(patsubst %,arch/x86/page_%.c,format walk describe) mm/space_check.c \
	$(patsubst %,mm/%.c,frames frames_blocks frames_owners frames_sections heap heap_free heap_slab)
cold_sources := $(patsubst %,kernel/commands/%.c,$(filter-out bench,$(commands)) \
	selftest_memory selftest_permissions selftest_names selftest_ledger memmap_types memmap_picture) \
	$(patsubst %,kernel/%.c,line_editor machine memory_use memory_picture input monitor main numa console panic faults symbols symbol_table) \
	$(patsubst %,mm/%.c,frames_check frames_report heap_check memory_class memstat) \
	$(patsubst %,arch/x86/%.c,power acpi_power legacy/addresses legacy/linear_heap legacy/two_level) \
	$(filter-out inspect/lint%,$(filter inspect/%,$(PURE_SOURCES)))
optimization = $(if $(filter $(hot_sources),$<),-O2,$(if $(filter $(cold_sources),$<),-Oz,-Os))
efi_headers := -isystem /usr/include/efi -isystem /usr/include/efi/x86_64
loader_flags := -target x86_64-unknown-windows-cygnus -Os $(common_flags) -ffreestanding -nostdlibinc \
	-fshort-wchar -mno-red-zone -mno-stack-arg-probe -mgeneral-regs-only -ffunction-sections $(efi_headers)
host_flags := -O2 $(common_flags) -D_GNU_SOURCE -fno-omit-frame-pointer
test_flags := $(host_flags) -Itests -I. $(efi_headers) -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fsanitize-ignorelist=tests/harness/sanitizer_ignore.txt $(instrument)
fuzz_flags := $(test_flags) -fsanitize=fuzzer-no-link

# ---- help and default ------------------------------------------------------------------------------------

.PHONY: all help
all: $(build)/BOOTX64.EFI $(build)/host/memmap ## build/BOOTX64.EFI, and build/host/memmap, the inspector for files

help: ## this list
	@awk -F ':.*## ' '/^[a-z_-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# ---- what a fresh machine lacks --------------------------------------------------------------------------

$(build)/setup: tools/setup
	$(quiet)mkdir -p $(@D) && tools/setup && touch $@

# ---- flags as files: what was built with other flags is built again --------------------------------------

flag_sets := kernel loader host test fuzz
flag_files := $(flag_sets:%=$(build)/%/flags)
built_with = $(CC) $($*_flags)$(if $(filter kernel,$*), $(value optimization) $(hot_sources) $(cold_sources) $(kernel_link))
$(flag_files): $(build)/%/flags: FORCE
	$(quiet)mkdir -p $(@D); echo '$(built_with)' | cmp -s - $@ || echo '$(built_with)' > $@
.PHONY: FORCE
FORCE:

# ---- kernel ----------------------------------------------------------------------------------------------
# Linked twice: once to learn where each function is, then with that as a table. Code comes first in the
# image, so the table does not move it; tools/symbol_table proves that.
# --nmagic: the file needs no padding to pages, because the loader copies. -O2 joins the ends of strings.

kernel_objects := $(kernel_sources:%=$(build)/kernel/%.o)
kernel_link := $(LD) -pie --no-dynamic-linker -z text --nmagic -z noexecstack -z norelro \
	-O2 --pack-dyn-relocs=relr --build-id=none --gc-sections -T arch/x86/kernel.ld

$(build)/kernel/%.c.o: %.c $(build)/kernel/flags | $(build)/setup
	$(call say,CC,$<)
	$(quiet)mkdir -p $(@D) && $(CC) $(optimization) $(kernel_flags) $(c_only) -MMD -MP -c $< -o $@
$(build)/kernel/%.S.o: %.S $(build)/kernel/flags | $(build)/setup
	$(call say,AS,$<)
	$(quiet)mkdir -p $(@D) && $(CC) $(kernel_flags) -MMD -MP -c $< -o $@

# The font is named in the recipe only: on a fresh machine the setup brings it.
$(build)/fonts/console.glyphs: tools/trim_font | $(build)/setup
	$(quiet)mkdir -p $(@D) && tools/trim_font /usr/share/consolefonts/Uni2-Terminus16.psf.gz > $@
$(patsubst %,$(build)/%/lib/font_data.c.o,kernel loader test): $(build)/fonts/console.glyphs

$(build)/kernel/symbols_empty.S: tools/symbol_table
	$(quiet)mkdir -p $(@D) && tools/symbol_table --empty > $@
$(build)/kernel/symbols.S: $(build)/kernel/pass1.elf tools/symbol_table
	$(quiet)$(NM) --defined-only $< | tools/symbol_table > $@
$(build)/kernel/symbols%.o: $(build)/kernel/symbols%.S
	$(quiet)$(CC) $(kernel_flags) -c $< -o $@
$(build)/kernel/symbols.o: $(build)/kernel/symbols.S
	$(quiet)$(CC) $(kernel_flags) -c $< -o $@
$(build)/kernel/pass1.elf: $(kernel_objects) $(build)/kernel/symbols_empty.o arch/x86/kernel.ld
	$(quiet)$(kernel_link) $(kernel_objects) $(build)/kernel/symbols_empty.o -o $@
$(build)/kernel.elf: $(build)/kernel/pass1.elf $(build)/kernel/symbols.o
	$(call say,LD,$@)
	$(quiet)$(kernel_link) $(kernel_objects) $(build)/kernel/symbols.o -o $@
	$(quiet)$(NM) --defined-only $@ | tools/symbol_table | cmp - $(build)/kernel/symbols.S

# The kernel that is embedded; KERNEL_ELF=FILE embeds another one.
$(build)/payload.elf: $(or $(KERNEL_ELF),$(build)/kernel.elf)
	$(quiet)$(if $(KERNEL_ELF),cp $< $@,$(OBJCOPY) --strip-sections $< $@)

# ---- loader ----------------------------------------------------------------------------------------------

loader_objects := $(loader_sources:%=$(build)/loader/%.o) $(build)/loader/efi/payload.c.o

define compile_rule
$(build)/$(1)/%.c.o: %.c $(build)/$(1)/flags | $(build)/setup
	$$(call say,CC,$$< ($(1)))
	$$(quiet)mkdir -p $$(@D) && $(CC) $$($(1)_flags) $(c_only) -MMD -MP -c $$< -o $$@
endef
$(foreach set,loader host test fuzz,$(eval $(call compile_rule,$(set))))
$(build)/loader/%.S.o: %.S $(build)/loader/flags | $(build)/setup
	$(call say,AS,$<)
	$(quiet)mkdir -p $(@D) && $(CC) $(loader_flags) -MMD -MP -c $< -o $@
$(build)/loader/efi/payload.c.o: $(build)/payload.elf
$(build)/BOOTX64.EFI: $(loader_objects) tools/audit_pe
	$(call say,LINK,$@)
	$(quiet)$(LINK_EFI) -subsystem:efi_application -entry:efi_main -nodefaultlib -Brepro -debug:none -opt:ref \
		$(loader_objects) -out:$@
	$(quiet)tools/audit_pe $@

# The same loader with a kernel that tests the boot protocol (docs/boot_protocol.md).
protocol := $(build)/protocol
protocol_objects := $(addprefix $(build)/kernel/, $(addsuffix .o, tests/boot/protocol_kernel.c $(lib_sources) \
	arch/x86/page_format.c arch/x86/page_walk.c arch/x86/page_describe.c))
$(protocol)/payload.elf: $(protocol_objects) arch/x86/kernel.ld
	$(quiet)mkdir -p $(@D) && $(kernel_link) $(protocol_objects) -o $@

# The same with kernels that it must refuse.
hostile := truncated text writable-code no-stack huge outside foreign-entry bitmap-first
hostile_programs := $(hostile:%=$(build)/hostile/%/BOOTX64.EFI)
$(hostile_programs:BOOTX64.EFI=payload.elf): $(build)/hostile/%/payload.elf: $(build)/payload.elf \
		tests/evilfw/hostile_elf
	$(quiet)mkdir -p $(@D) && tests/evilfw/hostile_elf $* $< $@

other_programs := $(protocol)/BOOTX64.EFI $(hostile_programs)
$(other_programs:BOOTX64.EFI=payload.o): %/payload.o: efi/payload.c %/payload.elf $(build)/loader/flags
	$(quiet)$(CC) --embed-dir=$(@D) $(loader_flags) $(c_only) -c $< -o $@
$(other_programs): %/BOOTX64.EFI: $(loader_sources:%=$(build)/loader/%.o) %/payload.o
	$(call say,LINK,$@)
	$(quiet)$(LINK_EFI) -subsystem:efi_application -entry:efi_main -nodefaultlib -Brepro -debug:none -opt:ref \
		$^ -out:$@

# Firmware that lies: it carries the same program and starts it (tests/evilfw/evilfw.h).
evilfw_sources := $(addprefix tests/evilfw/, main.c cases.c services.c maps.c output.c tables.c files.c program.c) \
	lib/string.c lib/number.c
evilfw_objects := $(evilfw_sources:%=$(build)/loader/%.o)
$(build)/loader/tests/evilfw/program.c.o: $(build)/BOOTX64.EFI
$(build)/evilfw/BOOTX64.EFI: $(evilfw_objects)
	$(call say,LINK,$@)
	$(quiet)mkdir -p $(@D) && $(LINK_EFI) -subsystem:efi_application -entry:efi_main -nodefaultlib -Brepro \
		-debug:none -opt:ref $^ -out:$@

# ---- host programs and tests -----------------------------------------------------------------------------

pure_test_objects := $(PURE_SOURCES:%=$(build)/test/%.o)
pure_fuzz_objects := $(PURE_SOURCES:%=$(build)/fuzz/%.o)
harness_sources := tests/harness/harness.c
harness_objects := $(harness_sources:%=$(build)/test/%.o)
model_sources := tests/model/frame_model.c tests/model/heap_model.c tests/model/page_walker.c \
	tests/model/page_model.c tests/model/page_op.c \
	tests/model/map_oracle.c tests/model/map_fixture.c tests/model/map_corpus.c tests/model/ledger_oracle.c tests/model/acpi_machine.c
model_test_objects := $(model_sources:%=$(build)/test/%.o)
model_fuzz_objects := $(model_sources:%=$(build)/fuzz/%.o) $(harness_sources:%=$(build)/fuzz/%.o)

# Where an input is a list of operations, no byte of it is compared with anything: tracing that only costs.
operated := $(filter $(build)/fuzz/mm/frames% $(build)/fuzz/mm/heap% $(build)/fuzz/mm/pool% $(build)/fuzz/mm/memstat% $(build)/fuzz/arch/x86/page_%,$(pure_fuzz_objects))
$(operated) $(model_fuzz_objects): private fuzz_flags += -fno-sanitize-coverage=trace-cmp
memmap_objects := $(patsubst %,$(build)/host/%.o,$(patsubst %,tools/memmap/%.c,main formats input folder inspected) \
	$(filter lib/% inspect/%,$(PURE_SOURCES)) mm/memory_map.c mm/memory_class.c)
$(build)/host/memmap: $(memmap_objects)
$(build)/host/bench_map: $(build)/host/tests/bench/bench_map.c.o $(filter-out $(build)/host/tools/%,$(memmap_objects))
$(build)/host/memmap $(build)/host/bench_map:
	$(call say,LINK,$@)
	$(quiet)$(CC) $(host_flags) $^ -o $@
prefix := $(DESTDIR)$(or $(PREFIX),/usr/local)
install: $(build)/host/memmap ## install memmap and its manual page (PREFIX=/usr/local, DESTDIR=)
	$(quiet)install -D -m 755 $< $(prefix)/bin/memmap && install -D -m 644 docs/memmap.1 $(prefix)/share/man/man1/memmap.1
uninstall: ## remove them again
	$(quiet)rm -f $(prefix)/bin/memmap $(prefix)/share/man/man1/memmap.1

unit_programs := $(unit_tests:%=$(build)/unit/test_%)
fuzz_programs := $(fuzz_tests:%=$(build)/fuzz/fuzz_%)
$(build)/libtest.a: $(pure_test_objects) $(harness_objects) $(model_test_objects)
	$(quiet)rm -f $@ && llvm-ar-$(llvm) rcs $@ $^
$(build)/libfuzz.a: $(pure_fuzz_objects) $(model_fuzz_objects)
	$(quiet)rm -f $@ && llvm-ar-$(llvm) rcs $@ $^
# The string functions of the programs without a C library, under other names beside the host's.
$(build)/test/own_string.o: lib/string.c tests/model/own_string.h $(build)/test/flags | $(build)/setup
	$(quiet)mkdir -p $(@D) && $(CC) $(test_flags) -ffreestanding -include tests/model/own_string.h -c $< -o $@
$(build)/unit/test_lib: $(build)/test/own_string.o
$(build)/test/symbols.o: tests/unit/symbols.nm tools/symbol_table $(build)/test/flags
	$(quiet)tools/symbol_table < $< > $(@:.o=.S) && $(CC) $(test_flags) -c $(@:.o=.S) -o $@
$(build)/unit/test_symbol_table: $(build)/test/symbols.o
# The kernel's own space is not pure, nor is the loader's report; their tests simulate the processor, the firmware.
space_objects := $(patsubst %,$(build)/test/mm/%.c.o,kernel_space space_check owner)
$(build)/unit/test_kernel_space: $(space_objects)
$(build)/unit/test_mm $(build)/unit/test_reference_names: $(space_objects) $(build)/test/mm/mm.c.o $(build)/test/mm/mm_start.c.o
$(build)/unit/test_report $(build)/unit/test_report_volumes $(build)/unit/test_terminal $(build)/unit/test_visit: $(patsubst %,$(build)/test/%.c.o,$(patsubst %,efi/%,inspect session last_boot report files firmware snapshot inspector machine memory_picture terminal screen keys) lib/font_data tests/model/fake_volume tests/model/fake_console tests/model/fake_serial)
$(unit_programs): $(build)/unit/test_%: $(build)/test/tests/unit/test_%.c.o $(build)/libtest.a
	$(call say,LINK,$@)
	$(quiet)mkdir -p $(@D) && $(CC) $(test_flags) $(filter %.o,$^) $(build)/libtest.a -lcmocka -o $@
$(build)/fuzz/fuzz_memmap: $(patsubst %,$(build)/fuzz/tools/memmap/%.c.o,formats input folder inspected)
$(fuzz_programs): $(build)/fuzz/fuzz_%: $(build)/fuzz/tests/fuzz/fuzz_%.c.o $(build)/libfuzz.a
	$(call say,LINK,$@)
	$(quiet)mkdir -p $(@D) && $(CC) $(fuzz_flags) -fsanitize=fuzzer $(filter %.o,$^) $(build)/libfuzz.a -o $@

.PHONY: unit fuzzers test-programs install uninstall
unit: $(unit_programs) ## build the host tests
fuzzers: $(fuzz_programs) ## build the fuzz targets
test-programs: $(build)/BOOTX64.EFI $(build)/test-signed/BOOTX64.EFI $(other_programs) $(build)/evilfw/BOOTX64.EFI \
	unit fuzzers $(build)/host/memmap $(build)/browser/axe
$(build)/browser/axe: $(wildcard tests/browser/package*.json) | $(build)/setup # axe-core, which Debian has not
	$(quiet)mkdir -p $(@D) && cp $^ $(@D) && cd $(@D) && npm ci --loglevel=error --ignore-scripts --no-audit --no-fund >/dev/null && touch $(@F)

# ---- running and testing ---------------------------------------------------------------------------------

.PHONY: run test fuzz bench-map usb sign coverage mutants
run: $(build)/BOOTX64.EFI ## boot it in QEMU, the monitor on this terminal (ARGS="--memory 4G ...")
	$(quiet)tools/run_qemu --image $< $(ARGS) || [ $$? -eq 3 ] # 3: switched off, which is no error here

test: | $(build)/setup ## every test that a commit must pass (T=REGEX: those whose kind/name matches)
	$(quiet)tools/run_tests --build $(build) --unit '$(unit_tests)' --fuzz '$(fuzz_tests)' --only '$(T)'

fuzz: $(fuzz_programs) ## fuzz long: SECONDS=300 for each target (F=name: only that one)
	$(quiet)for target in $(or $(F),$(fuzz_tests)); do \
		mkdir -p $(build)/fuzz-corpus/$$target && \
		$(build)/fuzz/fuzz_$$target $(build)/fuzz-corpus/$$target tests/fuzz/corpus/$$target \
			-max_total_time=$(or $(SECONDS),300) -print_final_stats=1 || exit 1; \
	done

# The same tests, built to count the lines that they run; in a folder of their own.
coverage_flags := -fprofile-instr-generate -fcoverage-mapping
coverage: | $(build)/setup ## lines of mm/, boot/, lib/ and the page-table format that host tests run
	$(quiet)$(MAKE) --no-print-directory B=$(build)/coverage instrument='$(coverage_flags)' unit fuzzers
	$(quiet)tools/report_coverage --build $(build)/coverage --unit '$(unit_tests)' --fuzz '$(fuzz_tests)' \
		$(wildcard mm/*.c boot/*.c lib/*.c) $(wildcard $(patsubst %,arch/x86/page_%.c,format join))

bench-map: $(build)/host/bench_map ## what a map of 1 000 to 100 000 entries costs on this host (ENTRIES=N: to N)
	$(quiet)$< $(ENTRIES)
mutants: | $(build)/setup ## plant each fault of tests/mutants in a copy: do the tests notice? (ARGS="--only REGEX")
	$(quiet)tools/run_mutants $(ARGS)

usb: $(build)/freehold.img ## build/freehold.img, the image of a boot stick
	@echo
	@echo 'To write it to a stick (all that is on the stick is lost; DEVICE is the whole stick, not a partition):'
	@echo '  Linux    sudo dd if=$< of=/dev/DEVICE bs=4M conv=fsync status=progress    (lsblk lists devices)'
	@echo '  macOS    diskutil unmountDisk DEVICE; sudo dd if=$< of=/dev/rDEVICE bs=4m (diskutil list)'
	@echo '  Windows  Rufus or balenaEtcher, "DD image" mode'
$(build)/freehold.img: $(build)/BOOTX64.EFI tools/make_usb_image LICENSE $(wildcard esp/*)
	$(call say,IMAGE,$@)
	$(quiet)tools/make_usb_image $< esp $@

signed := $(or $(SIGNED),$(build)/signed)
sign: $(build)/BOOTX64.EFI ## sign it, and an image of a stick, for your Secure Boot key: KEY=FILE CERT=FILE (PEM)
	$(quiet)mkdir -p $(signed) && tools/sign --key '$(KEY)' --cert '$(CERT)' $< $(signed)/BOOTX64.EFI
	$(quiet)tools/make_usb_image $(signed)/BOOTX64.EFI esp $(signed)/freehold.img
	@echo 'signed: $(signed)/BOOTX64.EFI and, with it, $(signed)/freehold.img'
# Signed with the key that the firmware of the tests knows.
$(build)/test-signed/BOOTX64.EFI: $(build)/BOOTX64.EFI tools/sign
	$(quiet)mkdir -p $(@D) && tools/sign --test-key $< $@

# ---- what the sources must keep to -----------------------------------------------------------------------

folders := efi include lib boot inspect arch mm kernel tests tools
c_files := $(sort $(shell find $(folders) -name '*.[ch]'))
headers := $(patsubst include/%,%,$(filter include/%.h,$(c_files)))
bash_scripts := tools/setup tools/make_usb_image tools/sign .ci/run $(wildcard tests/harness/*.sh)
python_scripts := $(shell grep -lIx -d skip '#!/usr/bin/python3' tools/* tests/harness/* tests/evilfw/*) $(wildcard tests/browser/*.py)

# Each source is analysed with the flags that it is compiled with; a stamp a file. Three only embed other files.
host_analysed := $(filter-out tests/boot/% tests/evilfw/%,$(filter tests/%.c tools/%.c,$(c_files)))
loader_analysed := $(filter-out efi/payload.c tests/evilfw/program.c,$(filter efi/%.c tests/evilfw/%.c,$(c_files)))
kernel_analysed := $(filter tests/boot/%.c,$(c_files)) $(filter-out tests/%.c tools/%.c efi/%.c lib/font_data.c,$(filter %.c,$(c_files)))
tidy_stamps := $(kernel_analysed:%=$(build)/tidy/kernel/%) $(loader_analysed:%=$(build)/tidy/loader/%) \
	$(host_analysed:%=$(build)/tidy/test/%)
define tidy_rule
$(build)/tidy/$(1)/%.c: %.c .clang-tidy $(build)/$(1)/flags $(filter %.h,$(c_files)) | $(build)/setup
	$$(call say,TIDY,$$<)
	$$(quiet)mkdir -p $$(@D) && $(CLANG_TIDY) --quiet $$< -- $$($(1)_flags) $(c_only) 2>$$@.log || \
		{ cat $$@.log; exit 1; }
	$$(quiet)touch $$@
endef
$(foreach set,kernel loader test,$(eval $(call tidy_rule,$(set))))

.PHONY: lint tidy headers layers format address-map lint-rules
lint: layers headers $(build)/address_map.md $(build)/lint.md ## layers, headers, layout, static analysis, scripts, generated pages
	$(quiet)$(CLANG_FORMAT) --dry-run -Werror $(c_files)
	$(quiet)shellcheck $(bash_scripts) && for script in $(bash_scripts); do bash -n $$script || exit 1; done
	$(quiet)/usr/bin/python3 -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]' \
		$(python_scripts)
	$(quiet)cmp -s $(build)/address_map.md docs/address_map.md || \
		{ echo 'docs/address_map.md is stale: make address-map writes it'; exit 1; }
	$(quiet)cmp -s $(build)/lint.md docs/lint.md || \
		{ echo 'docs/lint.md is stale: make lint-rules writes it'; exit 1; }
	$(quiet)[ $$(wc -l <Makefile) -lt 400 ] || { echo 'Makefile: 400 lines or more'; exit 1; }
	$(quiet)$(MAKE) --no-print-directory -k -j2 tidy
	@echo 'lint: no finding'
tidy: $(tidy_stamps)
layers: $(kernel_objects)
	$(quiet)tools/check_layers --pure '$(PURE_SOURCES)' --objects $(build)/kernel
headers: | $(build)/setup ## each header compiles alone, and twice
	$(quiet)for header in $(headers); do printf '#include <%s>\n#include <%s>\n' $$header $$header | \
		$(CC) $(kernel_flags) -fsyntax-only -x c - || { echo "include/$$header does not compile alone"; exit 1; }; \
	done
format: ## lay out all C sources
	$(quiet)$(CLANG_FORMAT) -i $(c_files)

$(build)/host/print_address_map: tools/print_address_map.c include/boot/address_map.h include/base/address.h \
		$(build)/host/flags | $(build)/setup
	$(quiet)$(CC) $(host_flags) $< -o $@
$(build)/address_map.md: $(build)/host/print_address_map
	$(quiet)$< >$@
address-map: $(build)/address_map.md ## write docs/address_map.md
	$(quiet)cp $< docs/address_map.md
$(build)/host/print_lint_rules: tools/print_lint_rules.c inspect/lint_rules.c inspect/view.c inspect/lint_private.h \
		include/inspect/lint.h include/inspect/view.h $(build)/host/flags | $(build)/setup
	$(quiet)$(CC) $(host_flags) $(filter %.c,$^) -o $@
$(build)/lint.md: $(build)/host/print_lint_rules
	$(quiet)$< >$@
lint-rules: $(build)/lint.md ## write docs/lint.md
	$(quiet)cp $< docs/lint.md

# ---- dependencies ----------------------------------------------------------------------------------------

.PHONY: clean
clean: ## remove build/
	$(quiet)rm -rf $(build)

all_objects := $(memmap_objects) $(wildcard $(build)/test/*/*.c.o) $(build)/host/tests/bench/bench_map.c.o $(kernel_objects) $(loader_objects) $(protocol_objects) $(evilfw_objects) $(pure_test_objects) $(pure_fuzz_objects) \
	$(harness_objects) $(model_test_objects) $(model_fuzz_objects) \
	$(unit_tests:%=$(build)/test/tests/unit/test_%.c.o) $(fuzz_tests:%=$(build)/fuzz/tests/fuzz/fuzz_%.c.o)
-include $(all_objects:.o=.d) $(wildcard $(build)/test/efi/*.d $(build)/test/mm/*.d $(build)/test/tests/model/*.d)
