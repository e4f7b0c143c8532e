#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Is docs/porting.md true? Compiles what it lists, and only that, freestanding and for three processors, then builds and
runs tests/port/example.c. Each of the planted faults at the end must be noticed."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER = ["clang-19", "-std=c23", "-O1", "-Wall", "-Wextra", "-Werror", "-Iinclude"]
FREESTANDING = ["-ffreestanding", "-nostdlibinc", "-mgeneral-regs-only"]
BARE = "-unknown-none-elf"
OTHERS = ["aarch64", "riscv64"]  # to show that nothing of x86 is in the files
STB = ["-isystem", "/usr/include/stb"]
PORT = {"assert_failed", "memcpy", "memmove", "memset", "memcmp", "strlen"}
EXAMPLE_LINES = 60


class Finding(Exception):
    pass


def lines_of_page(page):
    block = re.search(r"^```files\n(.*?)^```", page, re.M | re.S)
    if not block:
        raise Finding("docs/porting.md has no list of files")
    return [(words[0], words[1:]) for words in map(str.split, block[1].splitlines())]


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise Finding(f"{' '.join(map(str, command))[:200]}\n{done.stdout[-500:]}{done.stderr[-1500:]}")
    return done.stdout


def copy_files(patterns, folder):
    sources = []
    for pattern in patterns:
        found = sorted(ROOT.glob(pattern))
        if not found:
            raise Finding(f"docs/porting.md lists {pattern}, which does not exist")
        for file in found:
            path = file.relative_to(ROOT)
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / path)
            sources += [path] if path.suffix == ".c" else []
    return sources


def symbols(objects, folder):
    defined, needed = set(), set()
    for line in run(["llvm-nm-19", "-f", "posix", *objects], folder).splitlines():
        words = line.split()
        if len(words) >= 2:
            (needed if words[1] == "U" else defined).add(words[0])
    return defined, needed


def check_list(page, folder):
    """Compile line by line for this processor, for the others once; returns the objects."""
    objects, sources = [], []
    for name, patterns in lines_of_page(page):
        new = copy_files(patterns, folder)
        for source in new:
            run([*COMPILER, *FREESTANDING, *STB, f"--target=x86_64{BARE}", "-c", source,
                 "-o", source.with_suffix(".o")], folder)
        objects += [source.with_suffix(".o") for source in new]
        sources += new
        defined, needed = symbols(objects, folder)
        missing = needed - defined - PORT
        if missing:
            raise Finding(f"'{name}' needs {', '.join(sorted(missing))}, which no line so far defines")
    for other in OTHERS:
        run([*COMPILER, *FREESTANDING[:2], *STB, f"--target={other}{BARE}", "-fsyntax-only", *sources], folder)
    return objects


def check_example(example, objects, folder):
    count = len(example.splitlines())
    if count >= EXAMPLE_LINES:
        raise Finding(f"the example has {count} lines, the page says under {EXAMPLE_LINES}")
    (folder / "example.c").write_text(example)
    run([*COMPILER, "-no-pie", "example.c", *objects, "-o", "example"], folder)
    said = run(["./example"], folder)
    if not re.search(r"^a second free: (?!success)", said, re.M):
        raise Finding(f"the example said: {said}")


def noticed(check, *arguments):
    try:
        check(*arguments)
    except Finding:
        return True
    return False


def run_checks(scratch):
    page = (ROOT / "docs/porting.md").read_text()
    example = (ROOT / "tests/port/example.c").read_text()
    good = scratch / "good"
    good.mkdir()
    objects = check_list(page, good)
    check_example(example, objects, good)

    pages = [("a header is not listed", " mm/frames/private.h", ""),
             ("a symbol that no line defines", "lib/status.c ", ""),
             ("no such file", "mm/fixed/arena.c", "mm/arenas.c")]
    for number, (fault, old, new) in enumerate(pages):
        folder = scratch / str(number)
        folder.mkdir()
        if old not in page or not noticed(check_list, page.replace(old, new), folder):
            raise Finding(f"not noticed: {fault}")
    examples = [("the example crashes", example.replace("frames_put_range(frames,", "frames_put_range(nullptr,")),
                ("the example is too long", example + "\n" * EXAMPLE_LINES)]
    for fault, text in examples:
        if text == example or not noticed(check_example, text, objects, good):
            raise Finding(f"not noticed: {fault}")
    return len(pages) + len(examples)


def main():
    with tempfile.TemporaryDirectory() as scratch:
        try:
            faults = run_checks(pathlib.Path(scratch))
        except Finding as finding:
            print(f"FAIL: {finding}")
            sys.exit(1)
    print(f"{1 + len(OTHERS)} processors, the example runs, {faults} of {faults} faults noticed")


if __name__ == "__main__":
    main()
