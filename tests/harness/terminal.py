#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A machine whose serial port is a terminal of 80x25 that a test uses as a person would; for tests, no test itself."""
import collections
import importlib.machinery
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

import pyte

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
ENVIRONMENT = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", MTOOLS_SKIP_CHECK="1")
PATIENCE = float(os.environ.get("TEST_PATIENCE", "1"))  # how much slower than idle this machine is: tools/run_tests
START_SECONDS, STEP_SECONDS = 90 * PATIENCE, 30 * PATIENCE  # alone it takes a tenth of that
QUIET_SECONDS = 1.5 * PATIENCE
COLUMNS, ROWS = 80, 25
MESSAGE_ROW = ROWS - 2
LIST_ROWS = slice(3, MESSAGE_ROW)
UP, DOWN, RIGHT, LEFT, HOME, END = (f"\x1b[{letter}" for letter in "ABCDHF")
PAGE_UP, PAGE_DOWN, ESCAPE, ENTER, BACKSPACE = "\x1b[5~", "\x1b[6~", "\x1b", "\r", "\x7f"
FIND = "Find hex address: "
PAGES = ["Map", "Descriptors", "Findings", "Ledger", "Last boot", "Tables", "Help"]


class Finding(Exception):
    pass


def load_run_qemu():
    loader = importlib.machinery.SourceFileLoader("run_qemu", str(ROOT / "tools/run_qemu"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_qemu", loader))
    loader.exec_module(module)
    return module


run_qemu = load_run_qemu()


class Machine:
    """QEMU with a terminal on its serial port, and its monitor."""

    def __init__(self, name, *words, reboots=False):
        self.name = name
        self.scratch = tempfile.TemporaryDirectory(prefix="freehold-")
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream, self.lock, self.output = pyte.ByteStream(self.screen), threading.Lock(), b""
        line = run_qemu.command_line(run_qemu.parse_arguments(list(map(str, words))), self.scratch.name)
        if reboots:
            line.remove("-no-reboot")
        self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.monitor = run_qemu.Monitor(os.path.join(self.scratch.name, "qmp"))
        self.monitor.connect()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(5)
        self.scratch.cleanup()

    def read(self):
        while chunk := self.process.stdout.read1(65536):
            with self.lock:
                self.output += chunk
                self.stream.feed(chunk)

    def rows(self):
        with self.lock:
            return [row.rstrip() for row in self.screen.display]

    def fail(self, text):
        shown = "\n".join(f"    |{row}" for row in self.rows())
        raise Finding(f"{self.name}: {text}; the screen:\n{shown}")

    def wait(self, what, truth, seconds=STEP_SECONDS):
        """Until truth(rows) is true; its value."""
        end = time.monotonic() + seconds
        while not (found := truth(self.rows())):
            if time.monotonic() > end:
                self.fail(f"not within {seconds} s: {what}")
            time.sleep(0.02)
        return found

    def settled(self):
        """The rows, once nothing has been drawn for a while: what stands last on the screen is drawn last."""
        before, since = self.rows(), time.monotonic()
        while time.monotonic() < since + QUIET_SECONDS:
            time.sleep(0.02)
            if (now := self.rows()) != before:
                before, since = now, time.monotonic()
        return before

    def see(self, pattern, seconds=STEP_SECONDS):
        return self.wait(pattern, lambda rows: re.search(pattern, "\n".join(rows), re.M), seconds)

    def send(self, keys):
        self.process.stdin.write(keys.encode())
        self.process.stdin.flush()

    def press(self, keys, pattern):
        """Keys, and what the screen must then show."""
        self.send(keys)
        return self.see(pattern)

    def message(self, keys, pattern):
        """Keys, and what the row above the keys' names must then say; a long message takes more than a row."""
        self.send(keys)
        return self.wait(f"the message {pattern}",
                         lambda rows: re.search(pattern, rows[MESSAGE_ROW]) or re.search(pattern, "".join(rows[MESSAGE_ROW - 2:ROWS - 1])))

    def list(self):
        return [row for row in self.rows()[LIST_ROWS] if row]

    def selected(self):
        """The row with the background of a selection."""
        with self.lock:
            found = [y for y in range(*LIST_ROWS.indices(ROWS)) if self.screen.buffer[y][0].bg == "cyan"]
            rows = [self.screen.display[y] for y in found]
        return rows[0].rstrip() if len(rows) == 1 else None

    def select(self, keys, pattern):
        self.send(keys)
        return self.wait(f"the selected row {pattern}", lambda _: re.search(pattern, self.selected() or ""))

    def page(self):
        """The title of the page that is shown: those cells of the second row."""
        with self.lock:
            return "".join(self.screen.buffer[1][x].data for x in range(COLUMNS) if self.screen.buffer[1][x].bg == "blue").strip()

    def colours(self):
        """Each colour of the screen, and how many pixels have it."""
        path = os.path.join(self.scratch.name, "screen.ppm")
        self.monitor.ask("screendump", filename=path, format="ppm")
        data = pathlib.Path(path).read_bytes()
        header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
        pixels = data[header.end():]
        return collections.Counter(zip(pixels[0::3], pixels[1::3], pixels[2::3]))

    def ended(self, seconds=STEP_SECONDS):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.fail("it does not end")


def expect(machine, truth, text):
    if not truth:
        machine.fail(text)


def many(colours):
    """Those that cover an area, not letters."""
    return {colour: count for colour, count in colours.items() if count > 1000}


# ---- parts of more than one test ----

def check_pages(m):
    tabs = "".join(f" {number} {title} " for number, title in enumerate(PAGES, 1)).rstrip()
    m.wait(f"the row {tabs}", lambda rows: rows[1] == tabs)
    for number, title in enumerate(PAGES, 1):
        m.send(str(number))
        m.wait(f"page {number}", lambda _: m.page() == f"{number} {title}")
    contents = {1: r"usable +UC\|WC\|WT\|WB", 2: r"EfiConventionalMemory|Conventional", 3: r"FM\d{3}", 4: r"usable at once",
                5: r"No report of an earlier boot", 6: r"EFI system table", 7: r"Page Up, Page Down"}
    for number, pattern in contents.items():
        m.press(str(number), pattern)
    m.wait("page 7", lambda _: m.page() == "7 Help")
    for keys, title in [("\t", "1 Map"), (RIGHT, "2 Descriptors"), (LEFT, "1 Map"), (LEFT, "7 Help"), (RIGHT, "1 Map")]:
        m.send(keys)
        m.wait(f"{title} after {keys!r}", lambda _: m.page() == title)


def check_moving(m):
    total = int(m.message("1", r" 1/(\d+)$")[1])
    expect(m, total > LIST_ROWS.stop - LIST_ROWS.start, "the map is so short that nothing can move")
    first = m.selected()
    for keys, place in [(DOWN, 2), (DOWN, 3), (UP, 2), (END, total), (DOWN, total), (UP, total - 1), (HOME, 1), (UP, 1),
                        (PAGE_DOWN, 1 + len(m.list())), (PAGE_UP, 1)]:
        m.message(keys, rf" {place}/{total}$")
    expect(m, m.selected() == first, f"back at the start, {m.selected()} is selected")
    lines = int(m.message("6", r"lines 1 to \d+ of (\d+)")[1])
    top = m.list()
    m.message(END, rf"lines \d+ to {lines} of {lines}")
    expect(m, m.list() != top, "the end of a text is its start")
    m.message(HOME, "lines 1 to")
    expect(m, m.list() == top, "its start is another one")


def make_stick(folder):
    stick = pathlib.Path(folder) / "stick.img"
    subprocess.run([ROOT / "tools/make_usb_image", BUILD / "BOOTX64.EFI", ROOT / "esp", stick], check=True,
                   capture_output=True, env=ENVIRONMENT, timeout=60)
    return stick


def run_checks(name, checks):
    """Each with the same new stick. The exit status."""
    with tempfile.TemporaryDirectory() as scratch:
        stick = make_stick(scratch)
        for check in checks:
            try:
                check(stick)
            except Finding as finding:
                print(f"{name}: {finding}", file=sys.stderr)
                return 1
    print(f"{len(checks)} boot{'s' if len(checks) > 1 else ''}, no finding")
    return 0
