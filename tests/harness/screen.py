# SPDX-License-Identifier: MIT
"""What a person sees on the screen, read back from its pixels: text by the glyphs of the font, exactly, and the picture of
memory by its colours. For the tests beside it."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
PATIENCE = float(os.environ.get("TEST_PATIENCE", "1"))  # how much slower than idle this machine is: tools/run_tests
ALONE_SECONDS = int(90 * PATIENCE)
GLYPH_HEIGHT, FIRST, LAST = 16, 0x20, 0x7E
INKS = (0xC8C8C8, 0x9AA3AD)  # of text, and of what is less important
IS_INK = [bytes(ord("1") if level in [ink >> shift & 0xFF for ink in INKS] else ord("0") for level in range(256))
          for shift in (16, 8, 0)]
UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


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
        """A bit for each pixel of a line, 1 for ink: '1' and '1' is '1', '0' and '1' is '0'."""
        line, width = self.line_pixels(y), self.width // 8 * 8
        digits = -1
        for channel in range(3):
            digits &= int.from_bytes(line[channel::3][:width].translate(IS_INK[channel]), "big")
        return int(digits.to_bytes(width, "big"), 2).to_bytes(width // 8, "big")

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
    """What it wrote to the serial port."""
    done = subprocess.run([ROOT / "tools/run_qemu", "--image", BUILD / "BOOTX64.EFI", "--timeout", str(ALONE_SECONDS), *words],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=ALONE_SECONDS + 20, cwd=scratch)
    output = re.sub(r"\x1b\[[0-9;=?]*[A-Za-z]|\r", "", done.stdout.decode("utf-8", "replace"))
    expect(done.returncode == status, f"{words}: status {done.returncode}: {output[-500:]}{done.stderr.decode()}")
    return output


def run(*checks):
    """Each check gets a folder; the first finding ends the test."""
    with tempfile.TemporaryDirectory(prefix="freehold-") as folder:
        for check in checks:
            try:
                check(pathlib.Path(folder))
            except (Finding, OSError) as finding:
                sys.exit(f"{check.__name__}: {finding}")
            print(f"{check.__name__}: ok", flush=True)
