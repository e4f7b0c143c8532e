#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Do the processors that we leave alone stay where firmware parked them?

After ExitBootServices their code and stacks must lie in memory that never becomes a frame (docs/boot_protocol.md). The
emulator tells where they are, the kernel's map what is there. Two ways to wait: HLT, and MWAIT (model max).
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("BUILD", "build")) / "BOOTX64.EFI"
NEVER_FRAMES = ("reserved", "acpi-nvs", "runtime-code", "runtime-data")


def boot(cpus, model):
    result = subprocess.run(
        [ROOT / "tools/run_qemu", "--image", PROGRAM, "--cpus", str(cpus), "--cpu", model, "--timeout", "300",
         "--options", "kaslr=off seed=1", "--type", "selftest", "--type", "memmap", "--type", "meminfo",
         "--ask", "info registers -a"], stdin=subprocess.DEVNULL, capture_output=True)
    return re.sub(r"\x1b\[[0-9;=?]*[A-Za-z]|\r", "", result.stdout.decode("utf-8", "replace"))


def ranges_of(text):
    rows = re.findall(r"(?m)^ *([0-9a-f]+) +([0-9a-f]+) +[0-9.]+ [KMGT]iB +(\S+)", text)
    return [(int(start, 16), int(end, 16), kind) for start, end, kind in rows]


def registers_of(text):
    """For every processor: where it executes, where its stack is."""
    processors = text.split("\nCPU#")[1:]
    return [tuple(int(re.search(rf"\b[RE]{name}=([0-9a-f]+)", cpu)[1], 16) for name in ("IP", "SP"))
            for cpu in processors]


def check(text, cpus):
    """Findings."""
    if not re.search(r"(?m)^selftest: \d+ passed, 0 failed$", text):
        return ["the self-test did not pass"]
    ranges, processors = ranges_of(text), registers_of(text)
    if len(processors) != cpus or not ranges:
        return [f"{len(processors)} processors and {len(ranges)} ranges were found"]
    findings = []
    for number, addresses in enumerate(processors[1:], 1):
        for what, address in zip(("code", "stack"), addresses):
            kind = next((kind for start, end, kind in ranges if start <= address < end), "nothing")
            if kind not in NEVER_FRAMES:
                findings.append(f"processor {number}: its {what} at {address:#x} lies in {kind}")
    return findings


def total_kib(text):
    return int(re.search(r"(?m)^MemTotal: +(\d+) kB", text)[1])


def main():
    halted, waiting, alone = boot(4, "qemu64"), boot(4, "max,-erms"), boot(1, "qemu64")
    failures = [f"{name}: {finding}" for name, text, cpus in (("HLT", halted, 4), ("MWAIT", waiting, 4), ("one", alone, 1))
                for finding in check(text, cpus)]
    if not failures:
        lost = total_kib(alone) - total_kib(halted)
        if not 0 <= lost <= 128 * 3:  # stacks and code of three, in KiB
            failures.append(f"4 processors cost {lost} KiB")
    # What it must notice: the same machine, if reserved memory were ours to use.
    if not check(halted.replace(" reserved ", " boot-services "), 4):
        failures.append("not noticed: processors parked in memory that comes back")
    for failure in failures:
        print(f"FAIL: {failure}")
    if not failures:
        print(f"3 + 3 parked processors are out of reach; they cost {lost} KiB")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
