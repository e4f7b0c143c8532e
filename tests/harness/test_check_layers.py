#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Does tools/check_layers find what it should? Plants one fault at a time in a small sound tree."""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPDX = "/* SPDX-License-Identifier: MIT */\n"
PURE = "lib/sort.c mm/frames/frames.c mm/heap/heap.c arch/x86/page_format.c inspect/read/acpi.c inspect/judge/lint.c"
SOUND = {
    "include/base/sort.h": "#include <stddef.h>\nint sort(int n);\n",
    "include/boot/boot_info.h": "#include <stdint.h>\n",
    "include/arch/page_format.h": "#include <base/sort.h>\nint page_walk(int n);\n",
    "include/arch/cpu.h": "#include <base/sort.h>\nint cpu_pause(void);\n",
    "include/mm/frames.h": "#include <base/sort.h>\nint frames_take(int n);\n",
    "include/mm/mm.h": "#include <mm/frames.h>\nint mm_start(void);\n",
    "include/inspect/acpi.h": "#include <base/sort.h>\nint acpi_read(int n);\n",
    "include/inspect/lint.h": "#include <inspect/acpi.h>\nint lint_run(int n);\n",
    "inspect/read/acpi.c": "#include <inspect/acpi.h>\nint acpi_read(int n)\n{\n    return sort(n);\n}\n",
    "inspect/judge/lint.c": "#include <inspect/lint.h>\nint lint_run(int n)\n{\n    return acpi_read(n);\n}\n",
    "include/mm/heap.h": "#include <mm/frames.h>\nint heap_take(int n);\n",
    "mm/heap/heap.c": "#include <mm/heap.h>\nint heap_take(int n)\n{\n    return frames_take(n);\n}\n",
    "include/kernel/log.h": "#include <boot/boot_info.h>\nvoid log_write(void);\n",
    "lib/sort.c": "#include <base/sort.h>\nint sort(int n)\n{\n    return n;\n}\n",
    "mm/frames/private.h": "#include <mm/frames.h>\n",
    "mm/frames/frames.c": '#include "private.h"\nstatic const char *const names[] = {"free"};\n'
                   "int frames_take(int n)\n{\n    return sort(n) + names[n][0];\n}\n",
    "mm/mm.c": "#include <mm/mm.h>\nstatic int state;\nint mm_start(void)\n{\n    return state++;\n}\n",
    "arch/x86/page_format.c": "#include <arch/page_format.h>\nint page_walk(int n)\n{\n    return sort(n);\n}\n",
    "arch/x86/cpu.c": "#include <arch/cpu.h>\nvoid kernel_main(void);\nint cpu_pause(void)\n{\n"
                      '    __asm__ volatile("pause");\n    kernel_main();\n    return 0;\n}\n',
    "kernel/main.c": "#include <kernel/log.h>\n#include <mm/mm.h>\nvoid kernel_main(void);\n"
                     "static int starts;\nvoid kernel_main(void)\n{\n    starts += mm_start();\n}\n"
                     "void log_write(void)\n{\n}\n/* cr3 in a comment */ const char *text = \"cr3\";\n",
    "efi/main.c": "#include <efi.h>\n#include <boot/boot_info.h>\n#include <arch/page_format.h>\n",
}

# name, file, text that is added to it (a new file: its text), what the finding must say
FAULTS = [
    ("upward include, mm to kernel", "mm/mm.c", "#include <kernel/log.h>\n", "that is upward (kernel)"),
    ("upward include, arch to mm", "arch/x86/cpu.c", "#include <mm/frames.h>\n", "that is upward (mm)"),
    ("upward include, mm to inspect", "mm/mm.c", "#include <inspect/acpi.h>\n", "that is upward (inspect)"),
    ("upward include in a header", "include/base/sort.h", "#include <boot/boot_info.h>\n", "that is upward"),
    ("pure file, impure header", "mm/frames/frames.c", "#include <arch/cpu.h>\n", "which is not pure"),
    ("pure header, impure header", "include/mm/frames.h", "#include <arch/cpu.h>\n", "which is not pure"),
    ("impure by way of a private header", "mm/frames/private.h", "#include <arch/cpu.h>\n",
     "private.h, which is not pure"),
    ("loader, impure header", "efi/main.c", "#include <kernel/log.h>\n", "the loader includes"),
    ("firmware header in the kernel", "kernel/main.c", "#include <efi.h>\n", "includes <efi.h>"),
    ("C library", "lib/sort.c", "#include <stdio.h>\n", "includes <stdio.h>"),
    ("private header of a neighbour", "kernel/main.c", '#include "mm/frames/private.h"\n', "is private to mm/frames"),
    ("private header of another room", "mm/heap/heap.c", '#include "mm/frames/private.h"\n', "is private to mm/frames"),
    ("a room that stands above", "inspect/read/acpi.c", "#include <inspect/lint.h>\n", "that room is above it"),
    ("a call into a room above", "inspect/read/acpi.c", "int lint_run(int n);\nint acpi_judge(void);\n"
     "int acpi_judge(void)\n{\n    return lint_run(1);\n}\n", "needs lint_run of inspect/judge: that room is above"),
    ("a circle of rooms by an include", "mm/frames/frames.c", "#include <mm/heap.h>\n", "that closes a circle of rooms"),
    ("a circle of rooms by a call", "mm/frames/frames.c", "int heap_take(int n);\nint frames_more(void);\n"
     "int frames_more(void)\n{\n    return heap_take(1);\n}\n", "needs heap_take of mm/heap: that closes a circle"),
    ("include cycle", "include/base/sort.h", '#include "sort2.h"\n', "include cycle"),
    ("assembly in mm", "mm/mm.c", 'void stop(void)\n{\n    __asm__("");\n}\n', "'__asm__' belongs into"),
    ("register name in the kernel", "kernel/main.c", "int cr3;\n", "'cr3' belongs into"),
    ("port access in the kernel", "kernel/main.c", "void outb(void);\n", "'outb' belongs into"),
    ("no licence", "tools/new_tool", "#!/bin/sh\n", "tools/new_tool:1: no 'SPDX"),
    ("global in a pure file", "mm/frames/frames.c", "static int calls;\nint frames_calls(void);\n"
     "int frames_calls(void)\n{\n    return calls++;\n}\n", "has the global 'calls' (.bss"),
    ("static in a function", "mm/frames/frames.c", "int frames_count(void);\nint frames_count(void)\n{\n"
     "    static int count = 1;\n    return count++;\n}\n", "has the global 'frames_count.count' (.data"),
    ("global in mm outside mm.c", "mm/account/owner.c", SPDX + "int owners = 1;\n", "has the global 'owners'"),
    ("upward call without an include", "arch/x86/cpu.c", "void log_write(void);\nvoid cpu_tell(void);\n"
     "void cpu_tell(void)\n{\n    log_write();\n}\n", "needs log_write of kernel/main.c: that call is upward"),
    ("pure code calls impure code", "mm/frames/frames.c", "int mm_start(void);\nint frames_up(void);\n"
     "int frames_up(void)\n{\n    return mm_start();\n}\n", "pure code calls pure code only"),
]


def check(root, pure=PURE, *more):
    objects = root / "build"
    for source in sorted(root.rglob("*.c")):
        name = str(source.relative_to(root))
        if name.startswith(("efi", "build")):
            continue
        target = objects / f"{name}.o"
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["clang-19", "-std=c23", "-O2", "-fPIE", "-ffreestanding", "-Wno-everything",
                        f"-I{root}/include", f"-I{root}", f"-I{root}/include/base",
                        "-isystem", "/usr/include/efi", "-isystem", "/usr/include/efi/x86_64",
                        "-fdata-sections", "-c", str(source), "-o", str(target)],
                       check=True, stderr=subprocess.DEVNULL)
    return subprocess.run([ROOT / "tools/check_layers", "--root", root, "--objects", objects,
                           "--pure", pure, *more], capture_output=True, text=True)


def plant(root, name="", addition=""):
    for path, text in SOUND.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        guard = path.replace("/", "_").replace(".", "_").upper()
        if path.endswith(".h"):
            text = f"#ifndef {guard}\n#define {guard}\n{text}#endif\n"
        file.write_text(SPDX + text)
    if name:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text() if file.exists() else ""
        if text.endswith("#endif\n"):
            text = text.removesuffix("#endif\n") + addition + "#endif\n"
        else:
            text += addition
        file.write_text(text)
    if "sort2.h" in addition:
        (root / "include/base/sort2.h").write_text(SPDX + "#include <base/sort.h>\n")


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch) / "sound"
        plant(root)
        result = check(root)
        if result.returncode != 0:
            print(f"FAIL: the sound tree is refused:\n{result.stdout}{result.stderr}")
            failures += 1
        drawn = check(root, PURE, "--draw").stdout
        if not re.search(r"^mm/heap +> mm/frames$", drawn, re.M):
            print(f"FAIL: --draw does not show what mm/heap needs:\n{drawn}")
            failures += 1
        for number, (title, name, addition, wanted) in enumerate(FAULTS):
            root = pathlib.Path(scratch) / str(number)
            plant(root, name, addition)
            try:
                result = check(root)
            except subprocess.CalledProcessError as error:
                print(f"FAIL: {title}: does not compile: {error}")
                failures += 1
                continue
            if result.returncode != 1 or wanted not in result.stdout:
                print(f"FAIL: {title}: wanted '{wanted}', got\n{result.stdout}{result.stderr}")
                failures += 1
        root = pathlib.Path(scratch) / "missing"
        plant(root)
        if "does not exist" not in check(root, PURE + " mm/nowhere.c").stdout:
            print("FAIL: a pure source that does not exist is not reported")
            failures += 1
    print(f"{len(FAULTS) + 1} planted faults, {failures} not found")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
