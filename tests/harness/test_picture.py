#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a person sees on the screen, read back from its pixels: text by the glyphs of the font, exactly, and the colours of the
picture of memory. A machine without input says why, how to switch it off, and shows ledger and picture, from 640x480 up; one
with a serial port alone goes on there; on one with a PS/2 keyboard alone keys are typed. The numbers are those of `meminfo`
and of the ledger, areas are to scale, and the picture follows what the kernel takes."""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
ALONE_SECONDS = 60
GLYPH_HEIGHT, FIRST, LAST = 16, 0x20, 0x7E
INKS = {b"\xc8\xc8\xc8", b"\x9a\xa3\xad"}
UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
NO_INPUT = ["--serial", "none", "--", "-machine", "i8042=off"]


class Finding(Exception):
    pass


def expect(truth, text):
    if not truth:
        raise Finding(text)


def colours():
    """Word to colour, from the list in the header."""
    header = (ROOT / "include/inspect/picture.h").read_text()
    return {word: bytes.fromhex(colour) for word, colour in re.findall(r'"([a-z, -]+)", 0x([0-9a-f]{6}), ', header)}


class Screen:
    """A screen at the font's first scale."""

    def __init__(self, path):
        data = pathlib.Path(path).read_bytes()
        match = re.match(rb"P6\s(\d+)\s(\d+)\s255\s", data)
        expect(match, f"{path} is no picture")
        self.width, self.height = int(match[1]), int(match[2])
        self.pixels = data[match.end():]
        self.rows = [self.bits(y) for y in range(self.height)]
        glyphs = (BUILD / "fonts/console.glyphs").read_bytes()
        self.glyphs = {glyphs[(code - FIRST) * GLYPH_HEIGHT:][:GLYPH_HEIGHT]: chr(code) for code in range(FIRST, LAST + 1)}
        self.glyphs[bytes(14) + b"\xff\xff"] = " "  # the cursor
        self.lines = self.read_lines()
        self.text = "\n".join(line for _, line in self.lines)

    def line_pixels(self, y):
        return self.pixels[y * self.width * 3:(y + 1) * self.width * 3]

    def pixel(self, x, y):
        return self.pixels[(y * self.width + x) * 3:][:3]

    def bits(self, y):
        line, bits = self.line_pixels(y), 0
        if not any(ink in line for ink in INKS):
            return bytes(self.width // 8)
        for x in range(self.width // 8 * 8):
            bits = bits << 1 | (line[x * 3:x * 3 + 3] in INKS)
        return bits.to_bytes(self.width // 8, "big")

    def read_line(self, y):
        """The text whose top is at y; None unless every pixel of ink there belongs to a glyph."""
        text = ""
        for column in range(self.width // 8):
            cell = bytes(self.rows[y + line][column] for line in range(GLYPH_HEIGHT))
            if cell not in self.glyphs:
                return None
            text += self.glyphs[cell]
        return text.rstrip()

    def read_lines(self):
        lines, y = [], 0
        while y + GLYPH_HEIGHT <= self.height:
            text = self.read_line(y) if any(any(row) for row in self.rows[y:y + GLYPH_HEIGHT]) else None
            if text:
                lines.append((y, text))
            y += GLYPH_HEIGHT if text else 1
        return lines

    def joined(self):
        """Sentences without their line breaks."""
        return re.sub(r"\s+", " ", self.text)


def bytes_of(size):
    number, unit = size.split()
    return float(number) * UNITS[unit]


def check_picture(screen):
    """Labels, scale and legend can be read, and each colour covers what the legend says."""
    scale = re.search(r"One cell is (\d+ \w+), one row (\d+ \w+);", screen.text)
    expect(scale, f"there is no scale: {screen.text}")
    cell, row = map(bytes_of, scale.groups())
    rows = [(y, int(line.split()[0], 16)) for y, line in screen.lines if re.match(r"0x[0-9a-f]+$", line)]
    expect(rows and rows[0][1] == 0 and all(address % row == 0 for _, address in rows), f"the rows: {rows}")
    legend = dict(re.findall(r"([a-z][a-z, -]*[a-z]) +(\d[\d.]* (?:B|KiB|MiB|GiB|TiB)) +[\d.]+%", screen.text))
    for word in ("free", "given back", "heap", "page tables", "frame accounts", "kernel image", "early memory"):
        expect(bytes_of(legend.get(word, "0 B")) > 0, f"there is no {word} in {legend}")
    left, cells = 128, int(row / cell)
    width = (screen.width - left) // cells
    counted = {}
    for y, _ in rows:
        for x in range(left, left + cells * width):
            counted[screen.pixel(x, y + 4)] = counted.get(screen.pixel(x, y + 4), 0) + 1
    by_colour = {colour: word for word, colour in colours().items()}
    for colour in counted:
        expect(colour in by_colour, f"{colour.hex()} is nobody's colour")
    shown = {by_colour[colour]: pixels for colour, pixels in counted.items()}
    pixel_bytes = cell / width
    for word, size in legend.items():
        wanted = bytes_of(size)
        expect((shown.get(word, 0) > 0) == (wanted > 0), f"{word}: {shown.get(word, 0)} pixels for {size}")
        # What is small has a pixel at least in each cell; the large give them.
        if wanted > 64 * cell:
            expect(abs(shown[word] * pixel_bytes - wanted) < wanted / 20, f"{word}: {shown[word]} pixels for {size}")
    return legend


def boot(scratch, *words, status=0):
    done = subprocess.run([ROOT / "tools/run_qemu", "--image", BUILD / "BOOTX64.EFI", "--timeout", str(ALONE_SECONDS), *words],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=ALONE_SECONDS + 20, cwd=scratch)
    output = re.sub(r"\x1b\[[0-9;=?]*[A-Za-z]|\r", "", done.stdout.decode("utf-8", "replace"))
    expect(done.returncode == status, f"{words}: status {done.returncode}: {output[-500:]}{done.stderr.decode()}")
    return output


def check_no_input(scratch):
    for size in ("640x480", "800x600", "1024x768"):
        picture = scratch / f"none-{size}.ppm"
        boot(scratch, "--memory", "1G", "--display", f"std:{size}", "--screenshot", picture, *NO_INPUT, status=3)
        screen = Screen(picture)
        told = screen.joined()
        for sentence in (
                "Nothing can be typed: no serial port answers at 0x3F8, and no PS/2 keyboard at ports 0x60 and 0x64.",
                "To power off, hold the power button for about five seconds. Nothing is lost: nothing is being written.",
                "A USB keyboard works only while the firmware runs: to browse the map with one, start again and press Enter"
                " during the countdown, or give the option 'inspect'."):
            expect(sentence in told, f"{size}: it does not say: {sentence}\n{screen.text}")
        expect("freehold>" not in told, f"{size}: there is a prompt that nobody can answer")
        free = re.search(r"= free +(\d+) bytes", screen.text)
        expect(free and 0.9 * (1 << 30) < int(free[1]) < 1 << 30, f"{size}: the ledger does not end: {screen.text}")
        legend = check_picture(screen)
        ours = bytes_of(legend["free"]) + bytes_of(legend["given back"])
        expect(abs(ours - int(free[1])) < 1 << 18, f"{size}: {legend} are not {free[1]} free")
        if size == "1024x768":
            rows = re.findall(r"([=+-]) [a-zA-Z(].*? (\d[\d.]*) (bytes|B|KiB|MiB|GiB)", screen.text)
            expect(len(rows) >= 15, f"the ledger has {len(rows)} rows: {screen.text}")


def check_serial_alone(scratch):
    picture = scratch / "serial.ppm"
    output = boot(scratch, "--screenshot", picture, "--display", "std:1024x768", "--", "-machine", "i8042=off")
    told = "the monitor listens on the serial port at 0x3F8"
    screen = Screen(picture)
    expect("input: a serial port, no PS/2 keyboard" in output, "the log does not say it")
    expect(told in screen.joined() and "freehold>" in screen.text, f"the screen says: {screen.text}")
    expect("power button" not in screen.joined(), "it asks to be switched off")
    expect(told not in output and "= free" not in output, "the serial port is told what the screen is")
    check_picture(screen)


class Keys:
    """A machine that is typed on with its own keyboard."""

    def __init__(self, scratch):
        self.scratch, path = scratch, scratch / "keys"
        self.process = subprocess.Popen(
            [ROOT / "tools/run_qemu", "--image", BUILD / "BOOTX64.EFI", "--timeout", str(ALONE_SECONDS), "--serial", "none",
             "--display", "std:1024x768", "--", "-qmp", f"unix:{path},server=on,wait=off"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(20)
        for _ in range(200):
            try:
                link.connect(str(path))
                break
            except OSError:
                time.sleep(0.05)
        self.link = link.makefile("rw")
        self.link.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.link.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.link.flush()
        while True:
            answer = json.loads(self.link.readline() or '{"error": "it is gone"}')
            if "return" in answer or "error" in answer:
                return answer

    def type(self, line):
        names = {" ": "spc", "\n": "ret"}
        for character in line:
            self.ask("send-key", keys=[{"type": "qcode", "data": names.get(character, character)}], **{"hold-time": 20})
            time.sleep(0.06)

    def wait_for(self, pattern):
        path = self.scratch / "keys.ppm"
        for _ in range(ALONE_SECONDS):
            self.ask("screendump", filename=str(path))
            screen = Screen(path)
            if re.search(pattern, screen.text):
                return screen
            time.sleep(1)
        raise Finding(f"the screen never shows {pattern}: {screen.text}")


def check_keyboard_alone(scratch):
    keys = Keys(scratch)
    try:
        keys.wait_for(r"freehold>")
        keys.type("memmap picture\n")
        check_picture(keys.wait_for(r"One cell is [\s\S]*drawn in \d+ cycles"))
        keys.type("memmap picture off\n")
        screen = keys.wait_for(r"picture off\nfreehold>")
        expect("One cell is" not in screen.text, f"the picture stays: {screen.text}")
        keys.type("exit ok\n")
        expect(keys.process.wait(20) == 0, f"it ends with {keys.process.returncode}")
    finally:
        keys.process.terminate()
        keys.process.wait(20)


def numbers(text):
    return {word.strip(): int(number.replace(",", ""))
            for word, number in re.findall(r"(?m)^  . ([a-z][a-z, -]+?) +([\d,]+) bytes ", text)}


def check_totals_and_live(scratch):
    picture = scratch / "live.ppm"
    output = boot(scratch, "--memory", "3G", "--screenshot", picture, "--display", "std:1024x768", "--options",
                  'run="memmap picture; memmap picture text; meminfo; memmap ledger; bench worst; memmap picture text; meminfo"')
    texts = re.split(r"One character is .*\n", output)[1:]
    expect(len(texts) == 2, f"there are {len(texts)} pictures as text")
    owners = [numbers(text) for text in texts]
    for text, shown in zip(texts, owners):
        free = int(re.search(r"MemFree: +(\d+) kB", text)[1]) << 10
        expect(shown["free"] + shown["given back"] == free, f"{shown} are not {free} free")
        for lines, word in (("FrameMetadata", "frame accounts"), ("KernelImage", "kernel image"),
                            ("Slab HeapLarge HeapRecords", "heap")):
            wanted = sum(int(re.search(rf"{line}: +(\d+) kB", text)[1]) << 10 for line in lines.split())
            expect(shown[word] == wanted, f"{lines}: {wanted}: {shown}")
    ledger = {words.strip(): int(number.replace(",", ""))
              for words, number in re.findall(r"(?m)^  [-+=] (.*?) +([\d,]+) +[\d.]+ \w+$", texts[0])}
    expect(ledger["kernel: page tables"] == owners[0]["page tables"], f"page tables: {ledger}")
    expect(ledger["kernel: early memory"] == owners[0]["early memory"], f"early memory: {ledger}")
    expect(owners[1]["heap"] > owners[0]["heap"], f"nothing has changed: {owners}")
    screen = Screen(picture)
    legend = check_picture(screen)
    expect(abs(bytes_of(legend["heap"]) - owners[1]["heap"]) < 1 << 10, f"the picture is old: {legend}")
    note = re.search(r"Since the picture was opened: heap (\S+ \w+), page tables (\S+ \w+), free (\S+ \w+)", screen.text)
    expect(note and bytes_of(note[3]) < 0, f"nothing is said of what changed: {screen.text}")


def main():
    with tempfile.TemporaryDirectory(prefix="freehold-") as folder:
        for check in (check_no_input, check_serial_alone, check_keyboard_alone, check_totals_and_live):
            try:
                check(pathlib.Path(folder))
            except (Finding, OSError) as finding:
                sys.exit(f"test_picture: {check.__name__}: {finding}")
            print(f"{check.__name__}: ok", flush=True)


if __name__ == "__main__":
    main()
