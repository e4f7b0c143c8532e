#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The report on the stick. One stick is booted twice, then read here: both reports are whole, the file system is sound, the
JSON is what docs/report.schema.json says and what memmap makes of map.bin, apart from the time. Then it is full to the last
cluster, too full by one or two, full and mistaken about it, and then it cannot be written to; a file is where the folder should be: one line
says so, the boot goes on, and what was there stays as it was."""
import hashlib
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
ENVIRONMENT = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", MTOOLS_SKIP_CHECK="1")
FILES = ["map.bin", "report.html", "report.json", "report.txt"]
ALONE_SECONDS = int(90 * float(os.environ.get("TEST_PATIENCE", "1")))
CLUSTER = 512
FREE_COUNT_AT = (1 << 20) + 512 + 488  # FAT32: in sector 1, the free clusters, and the next of them
WRONG_RECORD = struct.pack("<II", 100000, 0xFFFFFFFF)  # as it is after a stick was pulled out


class Finding(Exception):
    pass


def expect(truth, text):
    if not truth:
        raise Finding(text)


def tool(*words):
    return subprocess.run(list(map(str, words)), capture_output=True, check=True, env=ENVIRONMENT, timeout=60).stdout


class Stick:
    def __init__(self, scratch, program=BUILD / "BOOTX64.EFI", words=("--options", 'run="exit ok"')):
        self.scratch, self.image, self.boots = scratch, scratch / "stick.img", 0
        self.is_filled, self.words = False, words
        tool(ROOT / "tools/make_usb_image", program, ROOT / "esp", self.image)

    def boot(self, *words):
        """Returns the line that is said of the report: the same on the firmware's console and in the kernel's log."""
        self.boots += 1
        done = subprocess.run(
            [ROOT / "tools/run_qemu", "--medium", "usb", "--image", self.image, "--timeout", str(ALONE_SECONDS), *words,
             *self.words], stdin=subprocess.DEVNULL, capture_output=True, timeout=ALONE_SECONDS + 20)
        output = re.sub(r"\x1b\[[0-9;=?]*[A-Za-z]|\r", "", done.stdout.decode("utf-8", "replace"))
        expect(done.returncode == 0, f"boot {self.boots}: status {done.returncode}: {output[-500:]}")
        said = re.findall(r"(?m)^(?:.*\] \w+ +)?report: (.*)$", output)
        expect(len(said) == 2 and said[0] == said[1], f"boot {self.boots}: it is not said once each: {said}")
        expect(("warn" in re.search(r"\] (\w+) +report: ", output)[1]) == said[0].startswith("not written"), "the wrong level")
        return said[0]

    def partition(self):
        """A copy of the partition, found sound."""
        path = self.scratch / "partition"
        with open(self.image, "rb") as image, open(path, "wb") as copy:
            image.seek(1 << 20)
            copy.write(image.read()[:-(1 << 20)])
        checked = subprocess.run(["fsck.vfat", "-n", path], capture_output=True, env=ENVIRONMENT, timeout=60)
        expect(checked.returncode == 0, f"fsck.vfat: {checked.stdout.decode()}")

    def contents(self):
        """Path and digest of every file."""
        folder = self.scratch / f"contents-{self.boots}"
        folder.mkdir(exist_ok=True)
        tool("mcopy", "-s", "-n", "-Q", "-i", f"{self.image}@@1M", "::*", folder)
        return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
                for path in folder.rglob("*")}, folder

    def believe(self, record):
        """What the file system keeps of how many clusters are free, and which is the next; returns what it was."""
        with open(self.image, "r+b") as image:
            image.seek(FREE_COUNT_AT)
            before = image.read(8)
            image.seek(FREE_COUNT_AT)
            image.write(record)
        return before

    def fill(self, room):
        """Leave so many bytes free, whole clusters."""
        if self.is_filled:
            tool("mdel", "-i", f"{self.image}@@1M", "::filler")
        self.is_filled = True
        free = int(re.search(r"([\d ]+) bytes free", tool("mdir", "-i", f"{self.image}@@1M", "::").decode())[1].replace(" ", ""))
        filler = self.scratch / "filler"
        with open(filler, "wb") as file:
            file.truncate(free - room)
        tool("mcopy", "-i", f"{self.image}@@1M", filler, "::filler")
        return int(re.search(r"([\d ]+) bytes free", tool("mdir", "-i", f"{self.image}@@1M", "::").decode())[1].replace(" ", ""))


def check_report(folder, number, before):
    expect(sorted(p.name for p in folder.iterdir()) == FILES, f"{folder}: {sorted(p.name for p in folder.iterdir())}")
    text = (folder / "report.json").read_text()
    report = json.loads(text)
    schema = json.loads((ROOT / "docs/report.schema.json").read_text())
    fault = next(jsonschema.Draft202012Validator(schema).iter_errors(report), None)
    expect(fault is None, f"report {number}: {fault and (list(fault.absolute_path), fault.message[:300])}")
    expect(report["time"], f"report {number}: it has no time")
    expect(report["ledger"]["closes"] and report["ledger"]["projected"], f"report {number}: the ledger")
    expect(report["view"]["machine"] and report["places"], f"report {number}: no machine or no places")
    expect(report.get("diff", {}).get("report") == before, f"report {number}: compared with {report.get('diff')}")
    expect(before is None or report["diff"]["differences"], f"report {number}: nothing has changed with the memory")
    for form in ("json", "html", "text"):
        done = subprocess.run([BUILD / "host/memmap", "--format", form, "map.bin"], cwd=folder, capture_output=True, timeout=60)
        ours = (folder / f"report.{'txt' if form == 'text' else form}").read_bytes().decode()
        time = report["time"]
        ours = ours.replace(f"time       {time}\n", "").replace(f" at <time>{time}</time>", "").replace(f'"{time}"', '""')
        expect(done.stdout.decode() == ours, f"report {number}: memmap makes another {form} of map.bin")
    page = (folder / "report.html").read_text()
    expect(page.rstrip().endswith("</html>"), f"report {number}: the page does not end")
    expect(('id="last-boot"' in page) == (before is not None), f"report {number}: the page's comparison")


def check_two_boots(stick):
    said = [stick.boot(), stick.boot("--memory", "640M")]
    for number, line in enumerate(said, 1):
        expect(re.fullmatch(rf"\\freehold\\reports\\{number:04} written: 4 files, \d+ KiB, read back"
                            r"(; [1-9]\d* differences? to 0001)?", line), f"it says: {line}")
    expect("difference" in said[1], f"it says: {said[1]}")
    stick.partition()
    _, folder = stick.contents()
    for number in (1, 2):
        check_report(folder / f"freehold/reports/{number:04}", number, number - 1 or None)
    expect((folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes(), "there is no licence on the stick")


def check_unchanged(stick, what, pattern, record=None):
    before, _ = stick.contents()
    true_record = record and stick.believe(record)
    line = stick.boot()
    if true_record:
        stick.believe(true_record)
    said = re.fullmatch("not written: " + pattern, line)
    expect(said, f"{what}: it says: {line}")
    stick.partition()
    after, _ = stick.contents()
    expect(before == after, f"{what}: {set(before.items()) ^ set(after.items())}")
    return said


def check_full(stick):
    """The firmware was seen to damage a volume in which a folder is made and no cluster is free."""
    pattern = r"the stick is full: (\d+) KiB are free, (\d+) KiB are needed"
    needed = None
    for room in (0, None):
        free = stick.fill(needed - 2 * CLUSTER if room is None else room)
        said = check_unchanged(stick, f"{free} bytes free", pattern)
        expect(int(said[1]) == free >> 10, f"{free} bytes are free, it says: {said[0]}")
        needed = int(said[2]) << 10
    stick.fill(CLUSTER)
    check_unchanged(stick, "a wrong record", r"\\freehold\.tmp: the stick is full \(\w+: EFI_VOLUME_FULL\)", record=WRONG_RECORD)
    stick.fill(needed)
    line = stick.boot()
    expect(" written: 4 files, " in line, f"room for all: it says: {line}")
    stick.partition()
    _, folder = stick.contents()
    check_report(folder / "freehold/reports/0003", 3, 2)


def check_read_only(stick):
    before = hashlib.sha256(stick.image.read_bytes()).digest()
    line = stick.boot("--read-only")
    expect(line == "not written: the stick is write-protected", f"read-only: it says: {line}")
    expect(before == hashlib.sha256(stick.image.read_bytes()).digest(), "read-only: it was written to")


def check_file_in_the_way(stick):
    volume = f"{stick.image}@@1M"
    tool("mdeltree", "-i", volume, "::freehold/reports")
    tool("mcopy", "-i", volume, ROOT / "LICENSE", "::freehold/reports")
    check_unchanged(stick, "a file in the way", r"\\freehold\\reports is a file, not a folder")


def main():
    with tempfile.TemporaryDirectory() as scratch:
        stick = Stick(pathlib.Path(scratch))
        try:
            for check in (check_two_boots, check_full, check_read_only, check_file_in_the_way):
                check(stick)
        except Finding as finding:
            print(f"test_report: {finding}", file=sys.stderr)
            return 1
    print(f"{stick.boots} boots of one stick, 3 reports")
    return 0


if __name__ == "__main__":
    sys.exit(main())
