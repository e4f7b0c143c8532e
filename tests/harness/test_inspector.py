#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The inspector, as a person has it: a terminal of 80x25 on the serial port, every key and every page, reports on a stick, and
the picture on the screen."""
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # the sources' folder stays as it is
from terminal import (BACKSPACE, ENTER, ENVIRONMENT, ESCAPE, FIND, HOME, LIST_ROWS, MESSAGE_ROW, START_SECONDS, Machine,
                      check_moving, check_pages, expect, many, run_checks, run_qemu)


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
    before, text = m.settled(), m.colours()
    m.message("p", "The picture is on the screen")
    m.wait("the picture", lambda _: len(many(m.colours())) >= 6)
    expect(m, len(many(text)) < 6, f"the text alone has the colours {many(text)}")
    m.send("x")
    m.wait("the text again", lambda rows: rows == before)
    m.wait("the pixels that were there before the picture", lambda _: m.colours() == text)


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


if __name__ == "__main__":
    sys.exit(run_checks("test_inspector", (check_every_key,)))
