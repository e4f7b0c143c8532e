#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A machine on which nothing can be typed once the firmware has ended says why, how to switch it off, and shows the picture of
memory and the ledger, on small screens too. On one with a PS/2 keyboard and no serial port, keys are typed."""
import json
import re
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from screen import ALONE_SECONDS, BUILD, PATIENCE, ROOT, Finding, Screen, boot, bytes_of, check_picture, expect, run

NO_INPUT = ["--serial", "none", "--", "-machine", "i8042=off"]


def check_no_input(scratch):
    for size in ("640x480", "1024x768"):
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


class Keys:
    """A machine that is typed on with its own keyboard."""

    def __init__(self, scratch):
        self.scratch, path = scratch, scratch / "keys"
        self.process = subprocess.Popen(
            [ROOT / "tools/run_qemu", "--image", BUILD / "BOOTX64.EFI", "--timeout", str(ALONE_SECONDS), "--serial", "none",
             "--display", "std:1024x768", "--", "-qmp", f"unix:{path},server=on,wait=off"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(ALONE_SECONDS)
        for _ in range(ALONE_SECONDS * 20):
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
            time.sleep(0.06 * PATIENCE)  # a keyboard keeps 16 bytes that nobody has read yet

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
        expect(keys.process.wait(ALONE_SECONDS) == 0, f"it ends with {keys.process.returncode}")
    finally:
        keys.process.terminate()
        keys.process.wait(ALONE_SECONDS)


if __name__ == "__main__":
    run(check_no_input, check_keyboard_alone)
