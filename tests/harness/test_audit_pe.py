#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Does tools/audit_pe find what it should? Damages a sound PE file in one way at a time.

usage: test_audit_pe.py [FILE]     FILE: also damage this program, which must be sound
"""
import importlib.machinery
import importlib.util
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def load_tool(name):
    loader = importlib.machinery.SourceFileLoader(name, str(ROOT / "tools" / name))
    spec = importlib.util.spec_from_loader(name, loader)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


audit_pe = load_tool("audit_pe")


def small_program():
    """A sound PE: headers, .text, .data with one pointer, .reloc for it."""
    sections = [(b".text", 0x1000, 0x60000020), (b".data", 0x2000, 0xC0000040),
                (b".reloc", 0x3000, 0x42000040)]
    reloc = struct.pack("<IIHH", 0x2000, 12, 10 << 12 | 0x10, 0)
    header = b"MZ" + bytes(0x3A) + struct.pack("<I", 0x40) + b"PE\0\0"
    header += struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, 112 + 16 * 8, 0x22)
    header += struct.pack("<HBBIIIII", 0x20B, 14, 0, 512, 1024, 0, 0x1000, 0x1000)
    header += struct.pack("<QIIHHHHHHI", 0x140000000, 4096, 512, 6, 0, 0, 0, 6, 0, 0)
    header += struct.pack("<IIIHHQQQQII", 0x4000, 0x400, 0, 10, 0x160, 1 << 20, 4096, 1 << 20,
                          4096, 0, 16)
    directories = [(0, 0)] * 16
    directories[5] = (0x3000, len(reloc))
    header += b"".join(struct.pack("<II", *d) for d in directories)
    raw = 0x400
    for name, address, flags in sections:
        header += struct.pack("<8sIIIIIIHHI", name, 0x100, address, 512, raw, 0, 0, 0, 0, flags)
        raw += 512
    body = b"\xc3".ljust(512, b"\0") + bytes(512) + reloc.ljust(512, b"\0")
    return header.ljust(0x400, b"\0") + body


class Patient:
    """A copy of the file that can be damaged."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.image = audit_pe.Image(data)

    def put(self, layout, offset, value):
        struct.pack_into(layout, self.data, offset, value)

    def optional(self, layout, offset, value):
        self.put(layout, self.image.optional + offset, value)

    def coff(self, layout, offset, value):
        self.put(layout, self.image.header + 4 + offset, value)

    def section(self, index, layout, offset, value):
        at = self.image.optional + self.image.optional_size + 40 * index + offset
        self.put(layout, at, value)

    def index_of(self, name):
        return [s.name for s in self.image.sections].index(name)

    def relocations(self):
        address = self.image.directory(5)[0]
        home = self.image.section_at(address)
        return home.raw_offset + address - home.address


def clear_flag(flag):
    return lambda p: p.optional("<H", 70, p.image.dll_flags & ~flag)


DAMAGES = [
    ("W+X section", "is writable and executable",
     lambda p: p.section(p.index_of(".text"), "<I", 36, 0xE0000020)),
    ("NX_COMPAT cleared", "lack NX_COMPAT", clear_flag(0x100)),
    ("DYNAMIC_BASE cleared", "lack DYNAMIC_BASE", clear_flag(0x40)),
    ("HIGH_ENTROPY_VA cleared", "lack HIGH_ENTROPY_VA", clear_flag(0x20)),
    ("machine i386", "machine is 0x14c", lambda p: p.coff("<H", 0, 0x14C)),
    ("subsystem console", "subsystem is 3", lambda p: p.optional("<H", 68, 3)),
    ("relocations stripped", "relocations were stripped", lambda p: p.coff("<H", 18, 0x23)),
    ("section alignment 512", "section alignment is 512", lambda p: p.optional("<I", 32, 512)),
    ("section off its page", "not at a multiple of 4096",
     lambda p: p.section(p.index_of(".data"), "<I", 12,
                         p.image.sections[p.index_of(".data")].address + 16)),
    ("section over its neighbour", "overlaps section .text",
     lambda p: p.section(p.index_of(".text"), "<I", 8, 0x100000)),
    ("data behind the file", "the file at",
     lambda p: p.section(p.index_of(".data"), "<I", 16, 0x1000000)),
    ("data in the headers", "lies in the headers",
     lambda p: p.section(p.index_of(".data"), "<I", 20, 0)),
    ("SizeOfImage a page short", "SizeOfImage is",
     lambda p: p.optional("<I", 56, p.image.image_size - 4096)),
    ("entry point in data", "is in no executable section",
     lambda p: p.optional("<I", 16, p.image.sections[p.index_of(".data")].address)),
    ("entry point nowhere", "is in no executable section",
     lambda p: p.optional("<I", 16, 0x7FFFFFF0)),
    ("no .reloc", "there are no base relocations", lambda p: p.optional("<Q", 112 + 8 * 5, 0)),
    (".reloc outside", "is in no section", lambda p: p.optional("<I", 112 + 8 * 5, 0x7FFF0000)),
    ("relocation block of size 0", "impossible size 0",
     lambda p: p.put("<I", p.relocations() + 4, 0)),
    ("relocation block too long", "impossible size",
     lambda p: p.put("<I", p.relocations() + 4, 0x10000)),
    ("relocation of no page", "not a page",
     lambda p: p.put("<I", p.relocations(), p.image.sections[0].address + 1)),
    ("relocation outside", "that are in no section",
     lambda p: p.put("<I", p.relocations(), 0x7FFF0000)),
    ("relocation of code", "would write into code",
     lambda p: p.put("<I", p.relocations(), p.image.sections[p.index_of(".text")].address)),
    ("relocation HIGHLOW", "has type 3", lambda p: p.put("<H", p.relocations() + 8, 3 << 12 | 0x10)),
    ("wall-clock time stamp", "is not marked as reproducible",
     lambda p: (p.coff("<I", 4, 0x66000000), p.optional("<Q", 112 + 8 * 6, 0))),
    ("certificate left over", "certificate table", lambda p: p.optional("<Q", 112 + 8 * 4, 1 << 32)),
    ("file over its limit", "the file has", lambda p: p.data.extend(bytes(audit_pe.LIMITS["file"]))),
    ("cut in the headers", "behind the end of the file", lambda p: p.data.__delitem__(slice(0x60, None))),
    ("no MZ", "no MZ signature", lambda p: p.put("<H", 0, 0)),
    ("no PE", "no PE signature", lambda p: p.put("<I", p.image.header, 0)),
    ("PE32", "magic 0x10b", lambda p: p.optional("<H", 0, 0x10B)),
]


def examine(title, data):
    findings, summary = audit_pe.audit(bytes(data))
    if findings:
        print(f"FAIL: {title} is sound, but the audit says: {findings}")
        return 1
    failures = 0
    for name, wanted, damage in DAMAGES:
        patient = Patient(bytes(data))
        damage(patient)
        findings, _ = audit_pe.audit(bytes(patient.data))
        if not any(wanted in finding for finding in findings):
            print(f"FAIL: {title}, {name}: wanted '{wanted}', got {findings}")
            failures += 1
    print(f"{title} ({summary}): {len(DAMAGES) - failures} of {len(DAMAGES)} damages found")
    return failures


def judge_parts(data):
    """A kernel or a loader that is one byte too large is told; at the limit it is sound."""
    failures = 0
    for part in ("kernel", "loader"):
        limit = audit_pe.LIMITS[part]
        sizes = {"kernel": limit, "loader": len(data) - limit}
        for over, wanted in ((0, 0), (1, 1)):
            kernel_size = sizes[part] + over * (1 if part == "kernel" else -1)
            findings, _ = audit_pe.audit(bytes(data), kernel_size)
            told = sum(f"the {part} has" in finding for finding in findings)
            if told != wanted:
                print(f"FAIL: {part} {over} bytes over its limit: {findings}")
                failures += 1
    return failures


def survive_cuts(data):
    """However short the file is cut, the audit answers; it never fails itself."""
    for size in list(range(0, 0x500)) + list(range(0x500, len(data), 101)):
        audit_pe.audit(bytes(data[:size]))
    for offset in range(0, min(len(data), 0x400)):
        for value in (0x00, 0x7F, 0xFF):
            damaged = bytearray(data)
            damaged[offset] = value
            audit_pe.audit(bytes(damaged))


def main():
    subjects = [("small program", small_program())]
    if len(sys.argv) > 1:
        subjects.append((sys.argv[1], pathlib.Path(sys.argv[1]).read_bytes()))
    failures = sum(examine(title, data) for title, data in subjects)
    failures += judge_parts(subjects[0][1])
    survive_cuts(subjects[0][1])
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
