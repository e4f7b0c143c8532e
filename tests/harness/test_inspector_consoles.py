#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The inspector on other consoles: a machine without a serial port, with a keyboard and a large screen, which is then switched
off; and one whose firmware has no console, where COM1 is driven without it."""
import sys
import time

sys.dont_write_bytecode = True  # the sources' folder stays as it is
from terminal import (BUILD, ESCAPE, START_SECONDS, Machine, check_moving, check_pages, expect, many, run_checks, run_qemu)


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
    sys.exit(run_checks("test_inspector_consoles", (check_keyboard, check_own_serial)))
