#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Does tools/report_coverage find what it should? Plants one fault at a time in a small sound report."""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINES = 40
SOUND = ("mm/a.c", "lib/b.c")
LISTED = "# a comment\n\nmm/a.c | line 7 | only a broken processor gets there\n"

# name, lines of mm/a.c that are not run, whether mm/a.c is in a test, exceptions, what must be said (None: sound)
CASES = [
    ("sound", [7], True, LISTED, None),
    ("a block is listed by one of its lines", [6, 7], True, LISTED, None),
    ("a line that is not listed", [7, 20], True, LISTED, "mm/a.c:20: no test runs it: line 20"),
    ("a stale exception", [], True, LISTED, "'line 7' is run, or gone"),
    ("an exception for another file", [7], True, LISTED.replace("mm/a.c", "lib/b.c"), "mm/a.c:7: no test runs it"),
    ("too little is run", [5, 6, 7], True, LISTED, "mm/: 92.50 % of its lines are run"),
    ("a source without a test", [7], False, "", "mm/a.c: is in no host test"),
    ("an exception without a reason", [7], True, "mm/a.c | line 7\n", "not FILE | TEXT | REASON"),
]


def lcov_of(missed, in_test):
    records = []
    for source in ["mm/a.c"] * in_test + ["lib/b.c"]:
        records.append(f"SF:/somewhere/{source}")
        records += [f"DA:{n},{int(source != 'mm/a.c' or n not in missed)}" for n in range(1, LINES + 1)]
        records.append("end_of_record")
    return "\n".join(records) + "\n"


def run_case(folder, missed, in_test, exceptions):
    for source in SOUND:
        (folder / source).parent.mkdir(exist_ok=True)
        (folder / source).write_text("".join(f"line {n}\n" for n in range(1, LINES + 1)))
    (folder / "report.lcov").write_text(lcov_of(missed, in_test))
    (folder / "exceptions.txt").write_text(exceptions)
    return subprocess.run([ROOT / "tools/report_coverage", "--lcov", "report.lcov", "--exceptions", "exceptions.txt",
                           *SOUND], cwd=folder, capture_output=True, text=True)


def main():
    wrong = 0
    for name, missed, in_test, exceptions, wanted in CASES:
        with tempfile.TemporaryDirectory() as folder:
            done = run_case(pathlib.Path(folder), missed, in_test, exceptions)
        output = done.stdout + done.stderr
        good = done.returncode == 0 if wanted is None else done.returncode == 1 and wanted in output
        if not good:
            wrong += 1
            print(f"{name}: wanted {wanted or 'no finding'}, got status {done.returncode}:\n{output}")
    print(f"{len(CASES) - wrong} of {len(CASES)} cases as wanted")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
