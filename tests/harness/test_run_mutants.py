#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Does tools/run_mutants tell a fault that is caught from one that survives? In a toy tree of one test."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAKEFILE = "build/unit/test_sum: sum.sh\n\tgrep -q echo sum.sh && mkdir -p build/unit && cp sum.sh $@\n"
SUM = "#!/bin/sh\n# adds\n[ $((1 + 1)) -eq 2 ] && echo right\n"

# name, line 2 and line 3 after the fault, what the header names, what the verdict must be
CASES = [
    ("caught", "# adds", "[ $((1 - 1)) -eq 2 ] && echo right", "unit/sum", "caught"),
    ("survives", "# adds numbers", "[ $((1 + 1)) -eq 2 ] && echo right", "unit/sum", "SURVIVES"),
    ("broken", "# adds", "[ $((1 + 1)) -eq 2 ]", "unit/sum", "does not compile"),
    ("stale", "# adds", "[ $((2 + 2)) -eq 2 ] && echo right", "unit/sum", "does not apply"),
    ("nameless", "# adds", "[ $((1 - 1)) -eq 2 ] && echo right", "boot/sum", "is no unit/NAME"),
]


def patch_of(name, comment, code, test):
    before = SUM.splitlines()
    old = ["# subtracts" if name == "stale" else before[1], before[2]]
    body = [" " + before[0], *("-" + line for line in old), "+" + comment, "+" + code]
    return f"fault: {name}\ntest: {test}\n\n--- a/sum.sh\n+++ b/sum.sh\n@@ -1,3 +1,3 @@\n" + "\n".join(body) + "\n"


def run_case(tree, name, comment, code, test):
    (tree / "tools").mkdir()
    (tree / "tests/mutants").mkdir(parents=True)
    shutil.copy(ROOT / "tools/run_mutants", tree / "tools")
    (tree / "Makefile").write_text(MAKEFILE)
    (tree / "sum.sh").write_text(SUM)
    (tree / "sum.sh").chmod(0o755)
    (tree / f"tests/mutants/{name}.patch").write_text(patch_of(name, comment, code, test))
    subprocess.run(["git", "init", "-q", tree], check=True)
    return subprocess.run([tree / "tools/run_mutants"], capture_output=True, text=True)


def main():
    wrong = 0
    for name, comment, code, test, wanted in CASES:
        with tempfile.TemporaryDirectory() as folder:
            done = run_case(pathlib.Path(folder), name, comment, code, test)
        output = done.stdout + done.stderr
        if wanted not in output or (done.returncode == 0) != (wanted == "caught"):
            wrong += 1
            print(f"{name}: wanted '{wanted}', got status {done.returncode}:\n{output}")
    print(f"{len(CASES) - wrong} of {len(CASES)} cases as wanted")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
