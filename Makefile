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
# Each folder says in its sources.mk what it holds, and what is pure: computes, and touches neither machine nor
# firmware, so that any program may link it. A file that no folder lists stops the build.

product := lib boot inspect/read inspect/judge inspect/render inspect/browse arch/x86 arch/x86/legacy mm mm/map mm/frames \
	mm/heap mm/space mm/fixed mm/account kernel kernel/commands kernel/selftest kernel/bench efi
pure_sources :=
kernel_sources :=
loader_sources :=
include $(product:%=%/sources.mk) $(patsubst %,%/sources.mk,tools/memmap tests/unit tests/fuzz tests/model tests/evilfw)
kernel_sources := $(pure_sources) $(kernel_sources)
stray := $(filter-out $(kernel_sources) $(loader_sources) efi/payload.c, \
	$(shell find $(sort $(foreach folder,$(product),$(firstword $(subst /, ,$(folder))))) -name '*.[cS]'))
$(if $(stray),$(error $(stray): no sources.mk lists it))

# ---- flags -----------------------------------------------------------------------------------------------

warnings := -Wall -Wextra -Werror -Wconversion -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla \
	-Wpointer-arith -Wcast-qual -Wundef -Wimplicit-fallthrough
common_flags := -std=c23 -g $(warnings) -Iinclude -ffile-compilation-dir=. $(if $(DEBUG),-DFREEHOLD_DEBUG)
c_only := -isystem /usr/include/stb --embed-dir=$(build)

# No stack frame is as large as a page: none may jump over a guard. mm/ runs deep down, also on a stack of one page.
kernel_flags := -target x86_64-unknown-none-elf -O2 $(common_flags) -ffreestanding -nostdlibinc \
	-fPIE -fvisibility=hidden -fdirect-access-external-data -mno-red-zone -mgeneral-regs-only \
	-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-optimize-sibling-calls \
	-fstack-protector-strong -fsanitize=kcfi \
	-fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
	-Wframe-larger-than=3072
mm_flags := -Wframe-larger-than=512
efi_headers := -isystem /usr/include/efi -isystem /usr/include/efi/x86_64
loader_flags := -target x86_64-unknown-windows-cygnus -Os $(common_flags) -ffreestanding -nostdlibinc \
	-fshort-wchar -mno-red-zone -mno-stack-arg-probe -mgeneral-regs-only -ffunction-sections $(efi_headers)
host_flags := -O2 $(common_flags) -D_GNU_SOURCE -fno-omit-frame-pointer
test_flags := $(host_flags) -DFREEHOLD_DEBUG -Itests -I. $(efi_headers) -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fsanitize-ignorelist=tests/harness/sanitizer_ignore.txt $(instrument)
fuzz_flags := $(test_flags) -fsanitize=fuzzer-no-link

# ---- help and default ------------------------------------------------------------------------------------

.PHONY: all help
all: $(build)/BOOTX64.EFI $(build)/host/memmap ## build/BOOTX64.EFI, and build/host/memmap, the inspector for files

help: ## this list
	@awk -F ':.*## ' '/^[a-z_-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# ---- what a fresh machine lacks --------------------------------------------------------------------------

setup_stamps := $(patsubst %,$(build)/setup-%,build run test)
host_setup := $(build)/setup-build $(build)/setup-test # what runs on the host alone needs no machine
$(setup_stamps): $(build)/setup-%: tools/setup
	$(quiet)mkdir -p $(@D) && tools/setup $* && touch $@

# ---- flags as files: what was built with other flags is built again --------------------------------------

flag_sets := kernel loader host test fuzz
flag_files := $(flag_sets:%=$(build)/%/flags)
built_with = $(CC) $($*_flags)$(if $(filter kernel,$*), $(mm_flags) $(kernel_link))
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

$(build)/kernel/mm/%.c.o: private kernel_flags += $(mm_flags)
$(build)/kernel/%.c.o: %.c $(build)/kernel/flags | $(build)/setup-build
	$(call say,CC,$<)
	$(quiet)mkdir -p $(@D) && $(CC) $(kernel_flags) $(c_only) -MMD -MP -c $< -o $@
$(build)/kernel/%.S.o: %.S $(build)/kernel/flags | $(build)/setup-build
	$(call say,AS,$<)
	$(quiet)mkdir -p $(@D) && $(CC) $(kernel_flags) -MMD -MP -c $< -o $@

# The font is named in the recipe only: on a fresh machine the setup brings it.
$(build)/fonts/console.glyphs: tools/trim_font | $(build)/setup-build
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

# The kernel that is embedded; KERNEL_ELF=FILE embeds another one, and leaves it when it is not asked for any more.
$(build)/payload.from: FORCE
	$(quiet)mkdir -p $(@D); echo '$(KERNEL_ELF)' | cmp -s - $@ || echo '$(KERNEL_ELF)' > $@
ifdef KERNEL_ELF
$(build)/payload.elf: $(build)/payload.from FORCE
	$(quiet)cmp -s '$(KERNEL_ELF)' $@ || cp '$(KERNEL_ELF)' $@
else
$(build)/payload.elf: $(build)/kernel.elf $(build)/payload.from
	$(quiet)$(OBJCOPY) --strip-sections $< $@
endif

# ---- loader ----------------------------------------------------------------------------------------------

loader_objects := $(loader_sources:%=$(build)/loader/%.o) $(build)/loader/efi/payload.c.o

define compile_rule
$(build)/$(1)/%.c.o: %.c $(build)/$(1)/flags | $(2)
	$$(call say,CC,$$< ($(1)))
	$$(quiet)mkdir -p $$(@D) && $(CC) $$($(1)_flags) $(c_only) -MMD -MP -c $$< -o $$@
endef
$(foreach set,loader host,$(eval $(call compile_rule,$(set),$(build)/setup-build)))
$(foreach set,test fuzz,$(eval $(call compile_rule,$(set),$(host_setup))))
$(build)/loader/%.S.o: %.S $(build)/loader/flags | $(build)/setup-build
	$(call say,AS,$<)
	$(quiet)mkdir -p $(@D) && $(CC) $(loader_flags) -MMD -MP -c $< -o $@
$(build)/loader/efi/payload.c.o: $(build)/payload.elf
$(build)/BOOTX64.EFI: $(loader_objects) $(build)/payload.elf tools/audit_pe
	$(call say,LINK,$@)
	$(quiet)$(LINK_EFI) -subsystem:efi_application -entry:efi_main -nodefaultlib -Brepro -debug:none -opt:ref \
		$(loader_objects) -out:$@
	$(quiet)tools/audit_pe --kernel $(build)/payload.elf $@

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

evilfw_objects := $(evilfw_sources:%=$(build)/loader/%.o)
$(build)/loader/tests/evilfw/program.c.o: $(build)/BOOTX64.EFI
$(build)/evilfw/BOOTX64.EFI: $(evilfw_objects)
	$(call say,LINK,$@)
	$(quiet)mkdir -p $(@D) && $(LINK_EFI) -subsystem:efi_application -entry:efi_main -nodefaultlib -Brepro \
		-debug:none -opt:ref $^ -out:$@

# ---- host programs and tests -----------------------------------------------------------------------------

pure_test_objects := $(pure_sources:%=$(build)/test/%.o)
pure_fuzz_objects := $(pure_sources:%=$(build)/fuzz/%.o)
harness_sources := tests/harness/harness.c
harness_objects := $(harness_sources:%=$(build)/test/%.o) $(build)/test/tests/harness/broken_rule.c.o
model_test_objects := $(model_sources:%=$(build)/test/%.o)
model_fuzz_objects := $(model_sources:%=$(build)/fuzz/%.o) $(harness_sources:%=$(build)/fuzz/%.o)

# Where an input is a list of operations, no byte of it is compared with anything: tracing that only costs.
operated := $(patsubst %,$(build)/fuzz/%.o,$(frames_sources) $(heap_sources) $(fixed_sources) mm/account/memstat.c $(page_sources))
$(operated) $(model_fuzz_objects): private fuzz_flags += -fno-sanitize-coverage=trace-cmp
memmap_objects := $(memmap_sources:%=$(build)/host/%.o)
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
$(build)/test/own_string.o: lib/string.c tests/model/own_string.h $(build)/test/flags | $(host_setup)
	$(quiet)mkdir -p $(@D) && $(CC) $(test_flags) -ffreestanding -include tests/model/own_string.h -c $< -o $@
$(build)/unit/test_lib: $(build)/test/own_string.o
$(build)/test/symbols.o: tests/unit/symbols.nm tools/symbol_table $(build)/test/flags
	$(quiet)tools/symbol_table < $< > $(@:.o=.S) && $(CC) $(test_flags) -c $(@:.o=.S) -o $@
$(build)/unit/test_symbol_table: $(build)/test/symbols.o
$(build)/unit/test_kernel_space: $(space_sources:%=$(build)/test/%.o)
$(build)/unit/test_mm $(build)/unit/test_reference_names: $(instance_sources:%=$(build)/test/%.o)
$(patsubst %,$(build)/unit/test_%,report report_volumes terminal visit): $(report_sources:%=$(build)/test/%.o)
$(build)/unit/test_place: $(place_sources:%=$(build)/test/%.o)
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
$(build)/browser/axe: $(wildcard tests/browser/package*.json) | $(host_setup) # axe-core, which Debian has not
	$(quiet)mkdir -p $(@D) && cp $^ $(@D) && cd $(@D) && npm ci --loglevel=error --ignore-scripts --no-audit --no-fund >/dev/null && touch $(@F)

# ---- running and testing ---------------------------------------------------------------------------------

.PHONY: run test test-long fuzz bench-map usb sign coverage mutants
run: $(build)/BOOTX64.EFI | $(build)/setup-run ## boot it in QEMU, the monitor on this terminal (ARGS="--memory 4G ...")
	$(quiet)tools/run_qemu --image $< $(ARGS) || [ $$? -eq 3 ] # 3: switched off, which is no error here

run_tests := tools/run_tests --build $(build) --unit '$(unit_tests)' --fuzz '$(fuzz_runs)'
test: | $(setup_stamps) ## every test that a commit must pass (T=REGEX: those whose kind/name matches)
	$(quiet)$(run_tests) --only '$(value T)'
test-long: | $(setup_stamps) ## by hand, before something is called done: long random runs, planted faults (T=REGEX, SEED=N)
	$(quiet)$(run_tests) --only '$(value T)' --long $(if $(SEED),--seed $(SEED))

fuzz: $(fuzz_programs) ## fuzz long: SECONDS=300 for each target (F=name: only that one)
	$(quiet)for target in $(or $(F),$(fuzz_tests)); do \
		mkdir -p $(build)/fuzz-corpus/$$target && \
		$(build)/fuzz/fuzz_$$target $(build)/fuzz-corpus/$$target tests/fuzz/corpus/$$target \
			-max_total_time=$(or $(SECONDS),300) -print_final_stats=1 || exit 1; \
	done

# The same tests, built to count the lines that they run; in a folder of their own.
coverage_flags := -fprofile-instr-generate -fcoverage-mapping
coverage: | $(host_setup) ## lines of mm/, boot/, lib/ and the page-table format that host tests run
	$(quiet)$(MAKE) --no-print-directory B=$(build)/coverage instrument='$(coverage_flags)' unit fuzzers
	$(quiet)tools/report_coverage --build $(build)/coverage --unit '$(unit_tests)' --fuzz '$(fuzz_tests)' \
		$(filter mm/% boot/% lib/%,$(kernel_sources)) $(addprefix arch/x86/page_, format.c change.c join.c)

bench-map: $(build)/host/bench_map ## what a map of 1 000 to 100 000 entries costs on this host (ENTRIES=N: to N)
	$(quiet)$< $(ENTRIES)
mutants: | $(host_setup) ## plant each fault of tests/mutants in a copy: do the tests notice? (ARGS="--only REGEX")
	$(quiet)tools/run_mutants $(ARGS)

usb: $(build)/freehold.img ## build/freehold.img, the image of a boot stick
	@echo
	@echo 'To write it to a stick (all that is on the stick is lost; DEVICE is the whole stick, not a partition):'
	@echo '  Linux    sudo dd if=$< of=/dev/DEVICE bs=4M conv=fsync status=progress    (lsblk lists devices)'
	@echo '  macOS    diskutil unmountDisk DEVICE; sudo dd if=$< of=/dev/rDEVICE bs=4m (diskutil list)'
	@echo '  Windows  Rufus or balenaEtcher, "DD image" mode'
$(build)/freehold.img: $(build)/BOOTX64.EFI tools/make_usb_image LICENSE $(wildcard esp/*) | $(build)/setup-run
	$(call say,IMAGE,$@)
	$(quiet)tools/make_usb_image $< esp $@

signed := $(or $(SIGNED),$(build)/signed)
sign: $(build)/BOOTX64.EFI | $(build)/setup-run ## sign it, and an image of a stick, for your Secure Boot key: KEY=FILE CERT=FILE (PEM)
	$(quiet)mkdir -p $(signed) && tools/sign --key '$(KEY)' --cert '$(CERT)' $< $(signed)/BOOTX64.EFI
	$(quiet)tools/make_usb_image $(signed)/BOOTX64.EFI esp $(signed)/freehold.img
	@echo 'signed: $(signed)/BOOTX64.EFI and, with it, $(signed)/freehold.img'
# Signed with the key that the firmware of the tests knows.
$(build)/test-signed/BOOTX64.EFI: $(build)/BOOTX64.EFI tools/sign | $(build)/setup-run
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
$(build)/tidy/$(1)/%.c: %.c .clang-tidy $(build)/$(1)/flags $(filter %.h,$(c_files)) | $(host_setup)
	$$(call say,TIDY,$$<)
	$$(quiet)mkdir -p $$(@D) && $(CLANG_TIDY) --quiet $$< -- $$($(1)_flags) $(c_only) 2>$$@.log || \
		{ cat $$@.log; exit 1; }
	$$(quiet)touch $$@
endef
$(foreach set,kernel loader test,$(eval $(call tidy_rule,$(set))))

.PHONY: lint tidy headers layers format docs
generated_pages := address_map lint rules
lint: layers headers $(generated_pages:%=$(build)/%.md) | $(host_setup) ## layers, headers, layout, static analysis, scripts, generated pages
	$(quiet)$(CLANG_FORMAT) --dry-run -Werror $(c_files)
	$(quiet)shellcheck $(bash_scripts) && for script in $(bash_scripts); do bash -n $$script || exit 1; done
	$(quiet)/usr/bin/python3 -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]' \
		$(python_scripts)
	$(quiet)for page in $(generated_pages); do cmp -s $(build)/$$page.md docs/$$page.md || \
		{ echo "docs/$$page.md is stale: make docs writes it"; exit 1; }; done
	$(quiet)! find tests/fuzz/corpus -regextype egrep -regex '.*/[0-9a-f]{40}' | grep . || \
		{ echo 'the fuzzer left these; what is worth keeping gets a name'; exit 1; }
	$(quiet)[ $$(wc -l <Makefile) -lt 400 ] || { echo 'Makefile: 400 lines or more'; exit 1; }
	$(quiet)$(MAKE) --no-print-directory -k -j2 tidy
	@echo 'lint: no finding'
tidy: $(tidy_stamps)
layers: $(kernel_objects)
	$(quiet)tools/check_layers --pure '$(pure_sources)' --objects $(build)/kernel
headers: | $(build)/setup-build ## each header compiles alone, and twice
	$(quiet)for header in $(headers); do printf '#include <%s>\n#include <%s>\n' $$header $$header | \
		$(CC) $(kernel_flags) -fsyntax-only -x c - || { echo "include/$$header does not compile alone"; exit 1; }; \
	done
format: ## lay out all C sources
	$(quiet)$(CLANG_FORMAT) -i $(c_files)

$(build)/host/print_address_map: tools/print_address_map.c include/boot/address_map.h include/base/address.h \
		$(build)/host/flags | $(build)/setup-build
	$(quiet)$(CC) $(host_flags) $< -o $@
$(build)/address_map.md: $(build)/host/print_address_map
	$(quiet)$< >$@
$(build)/host/print_lint_rules: tools/print_lint_rules.c inspect/judge/lint_rules.c inspect/read/view.c inspect/judge/lint_private.h \
		include/inspect/lint.h include/inspect/lint_rules.h include/inspect/view.h $(build)/host/flags | $(build)/setup-build
	$(quiet)$(CC) $(host_flags) $(filter %.c,$^) -o $@
$(build)/lint.md: $(build)/host/print_lint_rules
	$(quiet)$< >$@
$(build)/rules.md: FORCE
	$(quiet)mkdir -p $(@D) && tools/rules >$@
docs: $(build)/BOOTX64.EFI $(build)/host/memmap $(generated_pages:%=$(build)/%.md) | $(setup_stamps) ## the generated pages, README's examples, the pictures
	$(quiet)$(foreach page,$(generated_pages),cp $(build)/$(page).md docs/$(page).md;)
	$(quiet)BUILD=$(build) tools/make_docs

# ---- dependencies ----------------------------------------------------------------------------------------

.PHONY: clean
clean: ## remove build/
	$(quiet)rm -rf $(build)

# The objects' own lists of what they include; those of programs that were never built are not there.
-include $(shell find $(build) -name '*.d' 2>/dev/null)
