#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The inspector, as a person has it: a terminal of 80x25 on the serial port, every key and every page, reports on a stick,
the picture on the screen, and each way out of it. Then a countdown in which Enter is pressed, one in which nothing is, and
a machine without a serial port, with a keyboard and a large screen."""
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
START_SECONDS, STEP_SECONDS = 60, 20  # alone it takes a tenth of that
COLUMNS, ROWS = 80, 25
MESSAGE_ROW = ROWS - 2
LIST_ROWS = slice(3, MESSAGE_ROW)
FIND = "Find hex address: "
PAGES = ["Map", "Descriptors", "Findings", "Ledger", "Last boot", "Tables", "Help"]
UP, DOWN, RIGHT, LEFT, HOME, END = (f"\x1b[{letter}" for letter in "ABCDHF")
PAGE_UP, PAGE_DOWN, ESCAPE, ENTER, BACKSPACE = "\x1b[5~", "\x1b[6~", "\x1b", "\r", "\x7f"


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
        self.send(keys)
        return self.wait(f"the message {pattern}", lambda rows: re.search(pattern, rows[MESSAGE_ROW]))

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


# ---- every key ----

def check_pages(m):
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


def check_finding_an_address(m):
    m.press("1/", FIND + "_")
    m.message("12zq", r"\(digits are 0 to 9 and a to f\)")
    m.press(BACKSPACE * 2, FIND + "_")
    m.send("0x100fff" + ENTER)
    m.wait("the range at 1 MiB", lambda _: re.match(r" +100000 ", m.selected() or ""))
    m.press("fb0000001", FIND + "b0000001_")
    m.send(ESCAPE)
    m.wait("the question is gone", lambda rows: "Find" not in rows[MESSAGE_ROW])
    expect(m, re.match(r" +100000 ", m.selected()), "a question that was left moved the selection")
    m.select("2f900000" + ENTER, "^.* 900000 ")
    m.send("1")


def sizes(m):
    """What the list says that ranges have, in bytes."""
    units = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
    found = [re.match(r" *[0-9a-f]+ +[0-9a-f]+ +([\d.]+) (\w+)", row) for row in m.list()]
    return [float(match[1]) * units[match[2]] for match in found if match]


def check_arranging(m):
    m.message("1" + HOME, r"ranges, by address.* 1/")
    before = m.list()
    m.message("s", "largest first")
    expect(m, sizes(m) == sorted(sizes(m), reverse=True), f"the largest are not first: {sizes(m)}")
    m.message("r", "smallest first")
    expect(m, sizes(m) == sorted(sizes(m)), f"the smallest are not first: {sizes(m)}")
    m.message("r", "largest first")
    m.message("s", "by class")
    m.message("s", "by address")
    expect(m, m.list() == before, "the first order is another one now")
    word = m.message("t", r"^ ([\w-]+): (\d+) of \d+")
    expect(m, all(f" {word[1]} " in row for row in m.list()), f"filtered by {word[1]}")
    expect(m, len(m.list()) == min(int(word[2]), LIST_ROWS.stop - LIST_ROWS.start), f"it counts {word[2]}")
    m.message("T", r"^ \d+ ranges, ")
    expect(m, m.list() == before, "not all of them are there again")


def check_details(m):
    rule = m.press("3", r"^ \w+ +(FM\d{3}) ")[1]
    m.press(ENTER, rf"^ \w+ {rule}: .*\n(.*\n)* What it means")
    m.see("What to do")
    m.send(ESCAPE)
    m.wait("the list", lambda _: m.selected() and rule in m.selected())
    m.press("1" + ENTER, "0x|descriptor")
    m.send("1")


def check_nothing_happens(m):
    m.send("1" + HOME)
    m.message(ESCAPE, "g goes on to the kernel")
    m.message("u", "Press y to reboot")
    m.message("n", "Nothing was done")
    m.message("o", "Press y")
    m.message("x", "Nothing was done")
    m.send("z")
    m.wait("no message", lambda rows: "Nothing" not in rows[MESSAGE_ROW])
    expect(m, m.page() == "1 Map", "an unknown key did something")


def check_picture(m):
    before = m.rows()
    text = m.colours()
    m.message("p", "The picture is on the screen")
    m.wait("the picture", lambda _: len(many(m.colours())) >= 6)
    expect(m, len(many(text)) < 6, f"the text alone has the colours {many(text)}")
    m.send("x")
    m.wait("the text again", lambda rows: rows == before)
    expect(m, m.colours() == text, "the screen is not what it was before the picture")


def many(colours):
    """Those that cover an area, not letters."""
    return {colour: count for colour, count in colours.items() if count > 1000}


def check_reports(m):
    for number in (1, 2):
        m.message("w", rf"report: \\freehold\\reports\\{number:04} written: 4 files, \d+ KiB")


def check_every_key(stick):
    with Machine("every key", "--medium", "usb", "--image", stick, "--options", 'inspect report=off run="exit ok"') as m:
        m.see("EDK II, this machine", START_SECONDS)
        m.see("g go on")
        expect(m, not re.search(rb"report: |Freehold starts in", m.output), "there is a report or a countdown")
        for check in (check_pages, check_moving, check_finding_an_address, check_arranging, check_details,
                      check_nothing_happens, check_picture, check_reports):
            check(m)
        m.send("g")
        expect(m, m.ended(START_SECONDS) in run_qemu.GUEST_STATUS and run_qemu.GUEST_STATUS[m.process.returncode] == 0,
               f"it ended with {m.process.returncode}")
        m.reader.join(5)
        expect(m, b"report: \\freehold\\reports\\0002 written" in m.output.split(b"started by the loader")[1],
               "the kernel's log does not tell of the report")
        expect(m, b"inspector was not shown" not in m.output, "the kernel's log says that there was none")
    listing = subprocess.run(["mdir", "-b", "-/", "-i", f"{stick}@@1M", "::freehold"], capture_output=True, check=True, text=True,
                             env=ENVIRONMENT, timeout=60).stdout
    for number in (1, 2):
        files = re.findall(rf"reports/{number:04}/(\S+)", listing)
        expect(m, sorted(files) == ["map.bin", "report.html", "report.json", "report.txt"], f"report {number} has {files}")


# ---- the countdown, and the other ways out ----

def check_enter(stick):
    """Enter in the countdown; the last boot; then into the firmware's setup."""
    with Machine("Enter", "--medium", "usb", "--image", stick, reboots=True) as m:
        m.see(r"Freehold starts in [345] s\. Enter: the inspector", START_SECONDS)
        m.send(ENTER)
        m.see("g go on")
        expect(m, b"0003 written" in m.output, "no report was written by itself")
        m.press("5", r"(?i)difference|changed|the same")
        expect(m, "No report" not in "\n".join(m.rows()), "the last boot is not known")
        m.message("u", "Press y to reboot")
        m.send("y")
        m.see("Boot Manager", START_SECONDS)
        m.see("Continue")


def check_expiry(stick):
    with Machine("expiry", "--medium", "usb", "--image", stick) as m:
        m.see(r"Freehold starts in 5 s", START_SECONDS)
        start = time.monotonic()
        m.see(r"freehold> $|freehold>", START_SECONDS)
        seconds = [int(n) for n in re.findall(rb"Freehold starts in (\d) s", m.output)]
        expect(m, seconds == [5, 4, 3, 2, 1], f"it counted {seconds}")
        expect(m, time.monotonic() - start > 4.5, "it did not wait 5 s")
        expect(m, b"g go on" not in m.output, "the inspector was shown")


def check_keyboard(_):
    """No serial port: the keys come from the keyboard, and the screen is used as it is. Then the machine is off."""
    words = ("--image", BUILD / "BOOTX64.EFI", "--serial", "none", "--display", "std:1024x768", "--options", "inspect")
    with Machine("keyboard", *words) as m:
        m.wait("the inspector on the screen", lambda _: len(many(m.colours())) >= 3, START_SECONDS)
        for key in "p", "1":
            before = m.colours()
            m.monitor.command(f"sendkey {key}")
            m.wait(f"another screen after {key}", lambda _: m.colours() != before)
        for key in "o", "y":
            time.sleep(0.5)
            m.monitor.command(f"sendkey {key}")
        expect(m, m.ended() == 0, f"it ended with {m.process.returncode}")


def main():
    with tempfile.TemporaryDirectory() as scratch:
        stick = pathlib.Path(scratch) / "stick.img"
        subprocess.run([ROOT / "tools/make_usb_image", BUILD / "BOOTX64.EFI", ROOT / "esp", stick], check=True,
                       capture_output=True, env=ENVIRONMENT, timeout=60)
        checks = (check_every_key, check_enter, check_expiry, check_keyboard)
        for check in checks:
            try:
                check(stick)
            except Finding as finding:
                print(f"test_inspector: {finding}", file=sys.stderr)
                return 1
    print(f"{len(checks)} boots, {len(PAGES)} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
