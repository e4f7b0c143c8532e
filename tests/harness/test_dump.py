#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Is docs/dump_format.md enough? Reads, by that page alone, the dump that build/unit/test_dump writes, and compares it with
what tests/unit/test_dump.c put in. Each of the planted faults at the end must be noticed."""
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
SNAPSHOTS = {1: "entry", 2: "before exit", 3: "final", 8: "last boot", 9: "report"}
TEXTS = {6: "vendor", 7: "machine"}
TABLE, FACTS = 4, 5
FACT_NAMES = ("size", "phys_bits", "descriptor_size", "descriptor_version", "uefi_revision", "firmware_revision",
              "system_table", "runtime_services", "framebuffer_start", "framebuffer_size", "not_known", "zero")


class Damaged(Exception):
    pass


def demand(condition, what):
    if not condition:
        raise Damaged(what)


def records_of(dump):
    demand(dump[:8] == b"FHMAPDMP", "the magic is wrong")
    demand(len(dump) >= 32, "the header is cut")
    version, header_size, size, crc, _ = struct.unpack_from("<IIQII", dump, 8)
    demand(version == 1, "the version is not known")
    demand(32 <= header_size <= size and header_size % 8 == 0, "the size of the header makes no sense")
    demand(size <= len(dump), "the dump is cut")
    demand(zlib.crc32(dump[header_size:size]) == crc, "the checksum is wrong")
    at = header_size
    while at < size:
        demand(size - at >= 24, "the header of a record is cut")
        kind, signature, original, length = struct.unpack_from("<IIQQ", dump, at)
        at += 24
        padding = -length % 8
        demand(length + padding <= size - at, "a record is cut")
        demand(not any(dump[at + length:at + length + padding]), "padding is not zero")
        yield kind, signature, original, dump[at:at + length]
        at += length + padding


def put_once(found, key, value):
    demand(key not in found, f"{key}: twice")
    found[key] = value


def read(dump):
    found = {"tables": []}
    for kind, signature, original, payload in records_of(dump):
        if kind in SNAPSHOTS:
            demand(len(payload) % 32 == 0, "a descriptor is cut")
            put_once(found, SNAPSHOTS[kind], list(struct.iter_unpack("<QQIIQ", payload)))
            demand(kind == 8 or original == 0, "a snapshot has an address")
            if kind == 8:
                put_once(found, "last report", original)
        elif kind in TEXTS:
            put_once(found, TEXTS[kind], payload)
        elif kind == TABLE:
            demand(len(payload) >= 8, "a table is cut")
            name, zero = struct.unpack_from("<II", payload)
            demand(zero == 0, "a table's zero is not zero")
            found["tables"].append((signature, name, original, payload[8:]))
        elif kind == FACTS:
            demand(len(payload) >= 64, "the facts are cut")
            put_once(found, "facts", dict(zip(FACT_NAMES, struct.unpack_from("<6I4Q2I", payload))))
    return found


def four(characters):
    return int.from_bytes(characters, "little")


def srat():
    header = b"SRAT" + struct.pack("<IBB", 88, 3, 0) + b"FREEHOLD TEST"
    entry = struct.pack("<BBIHQQIIQ", 1, 40, 3, 0, 0x100000, 0x200000, 0, 1, 0)
    table = bytearray(header.ljust(48, b"\0") + entry)
    table[9] = -sum(table) & 0xFF
    return bytes(table)


ALL = 2**64 - 1
WANTED = {
    "entry": [(0, 160, 7, 0, 0xF), (0x100000, ALL, 0x80000001, 0, 1)],
    "before exit": [(0x100000, 7, 4, 9, 8), (7, 0, 99, 0, ALL), (ALL, 1, 11, 0, 0)],
    "final": [(0x200000, 3, 0, 0, 0)],
    "last boot": [(0x300000, 5, 10, 0, 15)],
    "last report": 42,
    "report": [(0x400000, 6, 3, 0, 15)],
    "tables": [(1, four(b"SRAT"), 0x7FE0000, srat()), (1, four(b"FACS"), 0x7FF0000, b""),
               (5, 0, 0x6000000, b"BM, eleven\0")],
    "facts": dict(zip(FACT_NAMES, (64, 40, 48, 1, 2 << 16 | 70, 0x10000, 0x7E00018, 0x7E00B98, 0x80000000, 0x300000, 0, 0))),
    "vendor": b"EDK II",
    "machine": b"A machine \xC3\xA4\n",
}


def judge(dump):
    try:
        found = read(dump)
    except Damaged as damage:
        return str(damage)
    wrong = [key for key in {**found, **WANTED} if found.get(key) != WANTED.get(key)]
    return f"{', '.join(sorted(wrong))}: not what was written" if wrong else ""


def sealed(dump):
    dump = bytearray(dump)
    struct.pack_into("<QI", dump, 16, len(dump), zlib.crc32(dump[32:]))
    return bytes(dump)


def changed(dump, at):
    return dump[:at] + bytes([dump[at] ^ 1]) + dump[at + 1:]


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "map.bin"
        subprocess.run([(BUILD / "unit/test_dump").resolve(), "--write", path], check=True, timeout=60)
        dump = path.read_bytes()
    faults = [f"the dump itself: {fault}" for fault in [judge(dump)] if fault]
    planted = {"a cut": dump[:-1], "a flipped bit": changed(dump, 200), "an address": sealed(changed(dump, 32 + 24)),
               "a text": sealed(changed(dump, len(dump) - 10)), "a record less": sealed(dump[:-40]),
               "a record that is too long": sealed(changed(dump, 32 + 22)), "a version": changed(dump, 8)}
    faults += [f"{name} goes unnoticed" for name, damaged in planted.items() if not judge(damaged)]
    for fault in faults:
        print(f"test_dump: {fault}", file=sys.stderr)
    print(f"{len(dump)} bytes, {len(planted)} planted faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
