#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The picture of memory, read back from the screen: its numbers are those of `meminfo` and of the ledger, its areas are to
scale, and it follows what the kernel takes. A machine with a serial port alone shows it by itself."""
import re
import sys

sys.dont_write_bytecode = True
from screen import Screen, boot, bytes_of, check_picture, expect, run


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


if __name__ == "__main__":
    run(check_serial_alone, check_totals_and_live)
