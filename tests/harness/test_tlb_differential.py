#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Does the emulated processor see what `pt` says? One boot: `maps` gives the addresses, `pt` walks each, and QEMU's
monitor is asked the same: `gva2gpa` (the walk of its processor) and `info tlb` (what each leaf allows).
"""
import importlib.machinery
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import threading

LIMIT = 90  # seconds
ADDRESSES = 44
ESCAPES = re.compile(r"\x1b\[[0-9;=?]*[A-Za-z]|\r")
TYPES = {"write-back": "--", "write-combining": "-T", "uncached-minus": "C-", "uncached": "CT"}
UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def load_run_qemu():
    loader = importlib.machinery.SourceFileLoader("run_qemu", "tools/run_qemu")
    sys.dont_write_bytecode = True
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_qemu", loader))
    loader.exec_module(module)
    return module


class Guest:
    """The monitor of Freehold on the serial port, and the one of QEMU."""

    def __init__(self, run_qemu, image, scratch):
        arguments = run_qemu.parse_arguments(["--image", image, "--options", "kaslr=off loglevel=error"])
        self.prompt = run_qemu.PROMPT
        self.process = subprocess.Popen(run_qemu.command_line(arguments, scratch),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.guard = threading.Timer(LIMIT, self.process.kill)
        self.guard.start()
        self.tail = b""
        self.read_to_prompt()
        self.qemu = run_qemu.Monitor(os.path.join(scratch, "qmp"))
        self.qemu.connect()

    def read_to_prompt(self):
        while self.prompt not in self.tail:
            chunk = self.process.stdout.read1(65536)
            if not chunk:
                raise RuntimeError("the guest ended, or did not come to its prompt in time")
            self.tail += chunk
        text, _, self.tail = self.tail.partition(self.prompt)
        return ESCAPES.sub("", text.decode("utf-8", "replace"))

    def command(self, line):
        self.process.stdin.write(line.encode() + b"\r")
        self.process.stdin.flush()
        return self.read_to_prompt()

    def ask_qemu(self, line):
        return self.qemu.ask("human-monitor-command", **{"command-line": line}).replace("\r", "")

    def end(self):
        self.guard.cancel()
        self.process.kill()
        self.process.wait()


def choose(maps):
    """Starts, ends and middles of what is mapped, and the addresses on both sides of it."""
    runs = [(int(start, 16), int(end, 16)) for start, end in
            re.findall(r"^([0-9a-f]{16}) ([0-9a-f]{16}) +\d", maps, re.M)]
    chosen = [0, 8, 0x7ffffffff000, 0xffffffffc0000000]
    for start, end in runs:
        chosen += [start + 0x123, end - 8, (start + end) // 2, start - 8, end]
    step = max(1, len(chosen) // ADDRESSES)
    picked = [a & (1 << 64) - 1 for a in chosen[::step]]
    return len(runs), sorted(set(a for a in picked if a < 1 << 47 or a >= (1 << 64) - (1 << 47)))


def parse_tlb(text):
    """Virtual page: flags, for leaves of every size."""
    leaves = {}
    for virtual, flags in re.findall(r"^([0-9a-f]{16}): [0-9a-f]{16} ([-XGPDACTUW]{9})$", text, re.M):
        leaves[int(virtual, 16)] = flags
    return leaves


def compare(address, pt, gva2gpa, tlb):
    """None, or how the two differ."""
    found = re.search(r"^=> physical ([0-9a-f]+), (\S+), ([\w-]+), page of (\d+) (\w+)", pt, re.M)
    seen = re.search(r"gpa: (?:0x)?([0-9a-f]+)", gva2gpa)
    if not found:
        if "=> not mapped" not in pt:
            return f"pt says neither: {pt!r}"
        return f"pt: not mapped; QEMU: {gva2gpa.strip()}" if seen else None
    physical, rights, kind, size = int(found[1], 16), found[2], found[3], int(found[4]) * UNITS[found[5]]
    if not seen or int(seen[1], 16) != physical:
        return f"pt: physical {physical:x}; QEMU: {gva2gpa.strip()}"
    flags = tlb.get(address & -size)
    if flags is None:
        return f"pt: a leaf of {size:#x}; QEMU: none at {address & -size:x}"
    wanted = (f"{'-' if 'x' in rights else 'X'}{'G' if 'g' in rights else '-'}"
              f"{'U' if 'u' in rights else '-'}{'W' if 'w' in rights else '-'}{TYPES[kind]}")
    got = flags[0] + flags[1] + flags[7] + flags[8] + flags[5] + flags[6]
    return None if wanted == got else f"pt: {rights} {kind} ({wanted}); QEMU: {flags} ({got})"


def main():
    image = os.path.join(os.environ.get("BUILD", "build"), "BOOTX64.EFI")
    run_qemu, failures, mapped = load_run_qemu(), 0, 0
    with tempfile.TemporaryDirectory(prefix="freehold-") as scratch:
        guest = Guest(run_qemu, image, scratch)
        try:
            runs, addresses = choose(guest.command("maps"))
            tlb = parse_tlb(guest.ask_qemu("info tlb"))
            for address in addresses:
                pt = guest.command(f"pt {address:x}")
                mapped += "=> physical" in pt
                problem = compare(address, pt, guest.ask_qemu(f"gva2gpa {address:#x}"), tlb)
                if problem:
                    print(f"FAIL: {address:016x}: {problem}")
                    failures += 1
        finally:
            guest.end()
    if mapped < 15 or len(addresses) - mapped < 5 or len(tlb) < runs:
        print(f"FAIL: too few were compared: {mapped} of {len(addresses)} mapped, {len(tlb)} leaves")
        failures += 1
    print(f"{len(addresses)} addresses, {mapped} of them mapped, {failures} differences")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
