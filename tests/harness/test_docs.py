#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""README's examples and the pictures of docs/screens.md show what this build shows (tools/make_docs)."""
import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]


def load_tool(name):
    loader = importlib.machinery.SourceFileLoader(name, str(ROOT / "tools" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


# what a document shows, what is made now, whether that is a difference
CASES = [
    ("exceeded by 200 bytes", "exceeded by 232 bytes", True),
    ("  mapped:   yes", "  mapped:   no", True),
    ("one line", "one line\nand another", True),
    ("one line\nand another", "one line", True),
    ("[    0.003834] info  cpu: NX", "[   12.1] info  cpu: NX", False),
    ("descend+0x1b (0xffffffff8001b034)", "descend+0x1b (0xffffffff8003732b)", False),
    ("descend+0x1b (0xffffffff8001b034)", "descend+0x1c (0xffffffff8001b034)", True),
    ("2781 + 1018 leaves, 33.5 MiB", "3805 + 2042 leaves, 33.8 MiB", False),
    ("42 leaves", "43 leaves", True),
    (f"page {'a1' * 32}", f"page {'b2' * 32}", True),
]


def check_comparison():
    tool = load_tool("make_docs")
    wrong = [case for case in CASES if bool(tool.differences("x", case[0], case[1])) != case[2]]
    for case in wrong:
        print(f"FAIL: differences of {case[0]!r} and {case[1]!r}: wanted {case[2]}")
    picture = tool.png_of(b"P6 2 1 255 " + bytes(range(6)))
    if tool.text_of(tool.with_text(tool.with_text(picture, "before"), "it says this")) != "it says this":
        print("FAIL: a picture does not keep its text")
        return False
    return not wrong


def main():
    sound = check_comparison()
    done = subprocess.run([ROOT / "tools/make_docs", "--check"], cwd=ROOT)
    sys.exit(0 if sound and done.returncode == 0 else 1)


if __name__ == "__main__":
    main()
