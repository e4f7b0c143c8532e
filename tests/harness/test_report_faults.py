#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Files that fail, on a stick that is read afterwards. Firmware that lies about files (tests/evilfw) boots one stick again and
again: one call fails, a Write is cut short or changes a byte, the stick is pulled out. Each time one line says what became of
the report, the file system is sound, what was there is unchanged, and the report is whole or nothing of it is there. (Every call
in turn, on a volume in memory: unit/report.) The first report is of a machine whose HPET has a wrong checksum, and says so."""
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/harness"))
sys.dont_write_bytecode = True  # the sources' folder stays as it is
import test_report as reports  # noqa: E402 # the folder is known only now

WRITTEN = r"\\freehold\\reports\\0001 written: 4 files, \d+ KiB, read back"
NO_ANSWER = r"the stick does not answer, or was removed \({}: EFI_DEVICE_ERROR\)"
GONE = "; what was written of it was removed"
FORM = r"\\freehold\\reports\\0002\\{}: "

# What fails, and what is said of it. The numbers count calls of the file protocol from the first on (file-full, -short and -bad:
# of Write, whose first is the probe); they were found by trying, and the name of the call in what is said tells if they moved.
CASES = (
    ("file-fails:2", "the boot volume: " + NO_ANSWER.format("GetInfo")),
    ("file-fails:19", r"\\freehold\.tmp: " + NO_ANSWER.format("Close")),
    ("file-fails:44", FORM.format("report.txt") + NO_ANSWER.format("Flush") + GONE),
    ("file-full:5", FORM.format("report.html") + r"the stick is full \(Write: EFI_VOLUME_FULL\)" + GONE),
    ("file-short:3", FORM.format("report.txt") + r"Write took fewer bytes than it was given \(EFI_BAD_BUFFER_SIZE\)" + GONE),
    ("file-bad:4", FORM.format("report.json") + r"what is read back is not what was written \(EFI_COMPROMISED_DATA\)" + GONE),
    ("file-fails-from:48", FORM.format("report.json") + NO_ANSWER.format("Open") + "; a part of it may stay there"),
)


def boot(stick, evil):
    options = stick.scratch / "options.txt"
    options.write_text(f'evil={evil} run="exit ok"\n')
    reports.tool("mcopy", "-o", "-i", f"{stick.image}@@1M", options, "::freehold/options.txt")
    before, _ = stick.contents()
    line = stick.boot()
    stick.partition()
    after, folder = stick.contents()
    changed = {path for path in before if before[path] != after.get(path)}
    reports.expect(not changed, f"{evil}: it says: {line}, and these are others: {changed}")
    return line, after.keys() - before.keys(), folder


def check(stick):
    line, _, folder = boot(stick, "acpi-damaged,file-fails:100000")
    reports.expect(re.fullmatch(WRITTEN, line), f"it says: {line}")
    first = folder / "freehold/reports/0001"
    reports.check_report(first, 1, None)
    reports.expect(re.search(r"HPET.*checksum", (first / "report.txt").read_text()), "HPET's checksum is not told")
    for evil, wanted in CASES:
        line, new, _ = boot(stick, evil)
        reports.expect(re.fullmatch("not written: " + wanted, line), f"{evil}: it says: {line}")
        reports.expect("may stay" in line or not new, f"{evil}: it says: {line}, and there is {sorted(new)}")
        reports.expect(not any(path.endswith("report.html") for path in new), f"{evil}: a whole report")


def main():
    with tempfile.TemporaryDirectory() as scratch:
        stick = reports.Stick(pathlib.Path(scratch), reports.BUILD / "evilfw/BOOTX64.EFI", ())
        try:
            check(stick)
        except reports.Finding as finding:
            print(f"test_report_faults: {finding}", file=sys.stderr)
            return 1
    print(f"{stick.boots} boots of one stick, 1 report, {len(CASES)} that failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
