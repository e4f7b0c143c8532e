#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Does the command that `run_qemu --gdb` prints attach gdb? At the kernel's first line, and to a kernel that slid."""
import os
import pathlib
import re
import shlex
import socket
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("BUILD", "build")) / "BOOTX64.EFI"
SECONDS = int(60 * float(os.environ.get("TEST_PATIENCE", "1")))


def free_port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def attach(options, *more):
    """What gdb says to the printed command and then to `more`; the machine's status, if it ends by itself."""
    command = [ROOT / "tools/run_qemu", "--image", PROGRAM, "--gdb", str(free_port()), "--timeout", str(SECONDS),
               "--options", options]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace") as machine:
        try:
            printed = next((line for line in machine.stdout if line.startswith("run_qemu: gdb ")), "run_qemu: false")
            gdb = shlex.split(printed.removeprefix("run_qemu: ")) + ["-nx", "-batch"]
            for line in more:
                gdb += ["-ex", line]
            done = subprocess.run(gdb, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS,
                                  check=False)
            if more[-1] == "continue":
                machine.communicate(timeout=SECONDS)
        finally:
            machine.terminate()
    return done.stdout + done.stderr, machine.returncode


def main():
    failures = []

    def expect(said, *patterns):
        for pattern in patterns:
            if not re.search(pattern, said, re.M):
                failures.append(f"gdb does not say {pattern}: {said}")

    said, status = attach('run="exit ok"', "backtrace", "print/x info->magic", "delete", "continue")
    expect(said, r"^Breakpoint 1, kernel_main \(info=0xffff88[0-9a-f]{10}\) at \./kernel/main\.c:\d+$",
           r"^#1 .* _start \(\)", r"^\$1 = 0x[0-9a-f]+$")
    if status != 0:
        failures.append(f"after gdb the run ends with status {status}, not 0")
    said, _ = attach("seed=7", "info registers rip")
    expect(said, r"offset by 0x[1-9a-f][0-9a-f]+$", r"^#\d+ .* kernel_main \(info=",
           r"^rip +0x[0-9a-f]+ +0x[0-9a-f]+ <\w+(\+\d+)?>$")
    for failure in failures:
        print(f"FAIL: {failure}")
    if not failures:
        print("gdb stopped at the kernel's first line, and found its way in a kernel that slid")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
