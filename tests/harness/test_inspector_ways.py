#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The ways into the inspector and out of it: a countdown in which nothing is pressed; one with Enter, and from
there into the firmware's setup; a machine without a serial port, with a keyboard and a large screen, switched off; and
one whose firmware has no console, where COM1 is driven without it."""
import re
import sys
import time

sys.dont_write_bytecode = True  # the sources' folder stays as it is
from terminal import (BUILD, ENTER, ESCAPE, START_SECONDS, Machine, check_moving, check_pages, expect, many, run_checks, run_qemu)


def check_expiry(stick):
    with Machine("expiry", "--medium", "usb", "--image", stick) as m:
        m.see(r"Freehold starts in 5 s", START_SECONDS)
        start = time.monotonic()
        m.see(r"freehold> $|freehold>", START_SECONDS)
        seconds = [int(n) for n in re.findall(rb"Freehold starts in (\d) s", m.output)]
        expect(m, seconds == [5, 4, 3, 2, 1], f"it counted {seconds}")
        expect(m, time.monotonic() - start > 4.5, "it did not wait 5 s")
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


def check_own_serial(_):
    """The firmware has no console, and COM1 is driven without it: the same keys, the same screen."""
    words = ("--image", BUILD / "evilfw/BOOTX64.EFI", "--memory", "256M", "--options", 'evil=no-console inspect run="exit ok"')
    with Machine("own serial", *words) as m:
        m.see("g go on", START_SECONDS)
        check_pages(m)
        check_moving(m)
        m.message("w", "no file can be written")
        m.message(ESCAPE, "g goes on to the kernel")
        m.send("g")
        expect(m, run_qemu.GUEST_STATUS.get(m.ended(START_SECONDS)) == 0, f"it ended with {m.process.returncode}")


if __name__ == "__main__":
    sys.exit(run_checks("test_inspector_ways", (check_expiry, check_enter, check_keyboard, check_own_serial)))
