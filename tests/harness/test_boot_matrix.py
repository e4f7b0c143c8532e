#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Does tests/boot/matrix.tsv hold every pair and every value twice, and does tools/boot_matrix notice when it does not?"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MATRIX = ROOT / "tests/boot/matrix.tsv"


def tool(*words):
    result = subprocess.run([ROOT / "tools/boot_matrix", *words], capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


def without(text, row):
    return re.sub(rf"(?m)^{row}\t.*\n", "", text)


def faults(text):
    """name: (the damaged matrix, what must be said)."""
    rows = re.findall(r"(?m)^(\d+)\t", text)
    # Every row that boots is needed for some pair; each one is taken out.
    booting = [row for row in rows if not re.search(rf"(?m)^{row}\t.*\tunsigned$", text)]
    refused = [row for row in rows if row not in booting]
    found = {f"row {row} is gone": (without(text, row), "never together") for row in booting}
    for row in refused:
        found[f"only one refusal: {row}"] = (without(text, row), "program unsigned: in 1 rows")
    found |= {
        "a refusal counts as a boot": (re.sub(r"\tsigned$", "\tunsigned", text, flags=re.M), "program signed: in 0 rows"),
        "a value is gone": (re.sub(r"(?m)^.*\tpxe\t(?!unsigned).*\n", "", text), "medium pxe: in 0 rows"),
        "a usual size": (text.replace(":1368x769", ":1280x800"), "no odd resolution"),
        "a width that QEMU cannot show": (text.replace(":1368x769", ":1366x768"), "no multiple of 8"),
        "the same name twice": (text.replace("\n02\t", "\n01\t"), "the same name"),
        "a refusal nobody sees": (re.sub(r"(?m)\tstdio(\t\w+\tunsigned)$", r"\tnone\1", text), "is read at the serial"),
        "an unknown value": (text.replace("\t900G\t", "\t901G\t", 1), "memory is 901G"),
        "a screen without a size": (text.replace("\tstd:1368x769\t", "\tstd\t", 1), "a display has a size"),
        "a column is missing": (text.replace("\tnodes\t", "\t", 1), "the first line is not"),
        "a cell is missing": (text.replace("\tq35\t", "\t", 1), "9 columns, not 10"),
    }
    return found


def main():
    failures = []
    status, said = tool("--check", MATRIX)
    if status:
        failures.append(f"the matrix is not what it must be:\n{said}")
    summary = said.strip().splitlines()[-1]
    planted = faults(MATRIX.read_text())
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        for name, (damaged, wanted) in planted.items():
            if damaged == MATRIX.read_text():
                failures.append(f"not planted: {name}")
            file.seek(0)
            file.truncate()
            file.write(damaged)
            file.flush()
            status, said = tool("--check", file.name)
            if status == 0 or wanted not in said:
                failures.append(f"not noticed: {name}")
    for failure in failures:
        print(f"FAIL: {failure}")
    print(f"{summary}; {len(planted)} faults, {len(failures)} missed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
