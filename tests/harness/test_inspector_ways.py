#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The ways into the inspector and out of it, on a stick without options: a countdown in which nothing is pressed; one with
Enter, and from there into the firmware's setup."""
import re
import sys
import time

sys.dont_write_bytecode = True  # the sources' folder stays as it is
from terminal import ENTER, START_SECONDS, Machine, expect, run_checks


def check_expiry(stick):
    with Machine("expiry", "--medium", "usb", "--image", stick) as m:
        m.see(r"Freehold starts in 5 s", START_SECONDS)
        start = time.monotonic()
        m.see(r"freehold> $|freehold>", START_SECONDS)
        seconds = [int(n) for n in re.findall(rb"Freehold starts in (\d) s", m.output)]
        expect(m, seconds == [5, 4, 3, 2, 1], f"it counted {seconds}")
        expect(m, time.monotonic() - start > 3, "it did not wait 5 s")  # a busy reader sees the beginning late
        expect(m, b"g go on" not in m.output, "the inspector was shown")


def check_enter(stick):
    """Enter in the countdown; the last boot; then into the firmware's setup."""
    with Machine("Enter", "--medium", "usb", "--image", stick, reboots=True) as m:
        m.see(r"Freehold starts in [345] s\. Enter: the inspector", START_SECONDS)
        m.send(ENTER)
        m.see("g go on")
        expect(m, b"0002 written" in m.output, "no report was written by itself")
        m.press("5", r"(?i)difference|changed|the same")
        expect(m, "No report" not in "\n".join(m.rows()), "the last boot is not known")
        m.message("u", "Press y to reboot")
        m.send("y")
        m.see("Boot Manager", START_SECONDS)
        m.see("Continue")


if __name__ == "__main__":
    sys.exit(run_checks("test_inspector_ways", (check_expiry, check_enter)))
