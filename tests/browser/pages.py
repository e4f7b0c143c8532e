# SPDX-License-Identifier: MIT
"""Inputs for memmap whose pages are looked at in a browser: maps of machines, and one made by somebody who means ill."""
import json
import pathlib
import struct
import subprocess
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = ROOT / "tests/firmware_tables"
SMALL = ROOT / "tests/firmware_maps/e820/no-dmi-98e659.txt"  # 5 entries
LARGE = ROOT / "tests/firmware_maps/efi/hackintosh-pc-276.txt"  # 278 entries
WITH_VERSION = ROOT / "tests/firmware_maps/efi/lenovo-thinkpad-e460.txt"
HUGE_ENTRIES = 10_000

# Each asks for something or says something, should it ever become markup or script.
HOSTILE_MACHINE = """</script><img src=x onerror=console.log(1)></title><svg onload=console.log(2)> "'><!-- &lt; ${1} ]]>"""
HOSTILE_VENDOR = """'"><iframe src=x></iframe></style><script>console.log(3)</script>"""
HOSTILE_NAME = """'"><img src=x onerror=console.log(4)>&amp;.txt"""
HOSTILE_LOCATOR = b"""<b>"'&"""  # as long as the "DIMM 0" it replaces, quotes and all

DUMP_TABLE, DUMP_MACHINE, DUMP_ACPI, DUMP_SMBIOS, DUMP_ATTRIBUTES = 4, 7, 1, 2, 3  # docs/dump_format.md
DUMP_MAPS, DUMP_LAST_BOOT, LAST_BOOT_REPORT = (1, 2, 3), 8, 41


def huge():
    """10 000 entries of every type, with gaps, out of order, under hostile names."""
    lines = ["[    0.000000] Linux version 6.1.0", f"[    0.000000] efi: EFI v2.70 by {HOSTILE_VENDOR}",
             f"[    0.000000] DMI: {HOSTILE_MACHINE}"]
    names = ("Conventional Memory", "Boot Data", "Loader Code", "Runtime Data", "Reserved", "ACPI Reclaim Memory",
             "Boot Code", "Memory Mapped I/O")
    for number in range(HUGE_ENTRIES):
        place = (number * 7919) % HUGE_ENTRIES  # 7919 is prime: each place once
        start = place * 0x10_0000 + (place % 3) * 0x1000
        runtime = "RUN|" if number % len(names) == 3 else "   |"
        lines.append(f"[    0.000000] efi: mem{number:02}: [{names[number % len(names)]:<19}|{runtime}"
                     "  |  |  |  |  |  |  |   |WB|WT|WC|UC]"
                     f" range=[0x{start:016x}-0x{start + 0xfc000 - 1:016x}] (0MB)")
    return "\n".join(lines) + "\n"


def changed_map(dump):
    """The map of a raw dump as an earlier boot might have had it: one of another type, one shorter, and the last not there."""
    kind, _, _, size = struct.unpack_from("<IIQQ", dump, 32)
    assert kind in DUMP_MAPS and size > 32 * 8
    made = bytearray(dump[56:56 + size - 32])
    struct.pack_into("<I", made, 2 * 32 + 16, 0)  # reserved
    pages, = struct.unpack_from("<Q", made, 5 * 32 + 8)
    struct.pack_into("<Q", made, 5 * 32 + 8, pages // 2)
    return bytes(made)


def with_tables(dump):
    """A raw dump, and behind its records the tables of a machine whose modules have hostile names, and what its last boot was
    told."""
    def record(kind, signature, original, payload):
        return struct.pack("<IIQQ", kind, signature, original, len(payload)) + payload + bytes(-len(payload) % 8)

    made = bytearray(dump)
    for place, name in enumerate(("rsdp", "xsdt", "facp", "apic", "hpet", "srat", "slit", "mcfg")):
        table = (TABLES / f"qemu-q35-ovmf.{name}.dat").read_bytes()
        signature = b"RSD " if name == "rsdp" else table[:4]
        made += record(DUMP_TABLE, DUMP_ACPI, 0x1F77_0000 + place * 0x1000, signature + bytes(4) + table)
    for part, name in enumerate(("smbios-entry", "smbios")):
        table = (TABLES / f"qemu-q35-ovmf.{name}.dat").read_bytes().replace(b"DIMM 0", HOSTILE_LOCATOR)
        made += record(DUMP_TABLE, DUMP_SMBIOS, 0x1F50_0000 + part * 0x1000, struct.pack("<II", part, 0) + table)
    table = (TABLES / "qemu-q35-ovmf.mat.dat").read_bytes()
    made += record(DUMP_TABLE, DUMP_ATTRIBUTES, 0x1E80_0000, bytes(8) + table)
    made += record(DUMP_LAST_BOOT, 0, LAST_BOOT_REPORT, changed_map(dump))
    made += record(DUMP_MACHINE, 0, 0, HOSTILE_MACHINE.encode())
    struct.pack_into("<QI", made, 16, len(made), zlib.crc32(made[32:]))
    return bytes(made)


class Pages:
    def __init__(self, memmap, scratch):
        self.memmap, self.scratch = memmap, scratch

    def run(self, form, source, made):
        done = subprocess.run([self.memmap, "--format", form, "-o", made, source], capture_output=True, timeout=60)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"memmap --format {form} {source}: {done.stderr.decode('utf-8', 'replace')}")

    def make(self, name, source):
        """Returns the page, and the same report as JSON."""
        page, report = self.scratch / f"{name}.html", self.scratch / f"{name}.json"
        self.run("html", source, page)
        self.run("json", source, report)
        return page, json.loads(report.read_text())

    def huge(self):
        source = self.scratch / HOSTILE_NAME
        source.write_text(huge())
        return self.make("huge", source)

    def tables(self):
        source = self.scratch / "map.bin"
        self.run("raw", WITH_VERSION, source)
        source.write_bytes(with_tables(source.read_bytes()))
        return self.make("tables", source)
