#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What build/host/memmap says of the maps of real machines is what people read and agreed with.

usage: test_goldens.py [--write]

tests/goldens/KIND/MAP.map, .lint and .ledger hold three parts of the text; MAP.json and MAP.html, where they are there, the
whole in that form. summary.tsv has one line for every map: its totals and the rules that fire. tests/oddities.tsv says for each
oddity that tests/firmware_maps/INDEX.tsv notes which rule reports it, or why it is no defect. --write makes the files
anew from what the tool says today; the difference is to be read before it is committed.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
GOLDENS = ROOT / "tests/goldens"
MAPS = "tests/firmware_maps"  # relative: the name of the file is part of what is rendered
TABLES = "tests/firmware_tables"
SUMMARY = GOLDENS / "summary.tsv"
ODDITIES = ROOT / "tests/oddities.tsv"
SCHEMA = ROOT / "docs/report.schema.json"
PARTS = {"map": ["--map", "--types"], "lint": ["--lint"], "ledger": ["--ledger"]}
FORMS = {"json": ["--format", "json"], "html": ["--format", "html"]}
WANTED = {"efi": 30, "e820": 40}
WANTED_FORMS = 5
CHAIN = ("described", "usable", "reclaimed")


class Finding(Exception):
    pass


def memmap(file, words):
    done = subprocess.run([BUILD / "host/memmap", *words, file], cwd=ROOT, capture_output=True, timeout=60)
    if done.returncode not in (0, 1) or done.stderr:
        raise Finding(f"{file}: memmap {' '.join(words)} ended with {done.returncode}: {done.stderr.decode()[:300]}")
    return done.stdout.decode()


def run(name, words):
    return without_sources(memmap(f"{MAPS}/{name}.txt", words))


def without_sources(text):
    """A page carries inspect/render/report.css and report.js, which are read where they are written."""
    return re.sub(r"<(style|script)>\n.*?</\1>", r"<\1></\1>", text, flags=re.DOTALL)


def compare(path, text, write):
    if write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    elif not path.exists():
        raise Finding(f"{path.relative_to(ROOT)} is not there")
    elif path.read_text() != text:
        wanted, found = path.read_text().splitlines(), text.splitlines()
        line = next((i for i, pair in enumerate(zip(wanted, found)) if pair[0] != pair[1]), min(len(wanted), len(found)))
        raise Finding(f"{path.relative_to(ROOT)}:{line + 1}: wanted {wanted[line:line + 1]}, found {found[line:line + 1]}")


def index():
    with open(ROOT / MAPS / "INDEX.tsv", encoding="utf-8") as lines:
        head = next(lines).rstrip("\n").split("\t")
        return [dict(zip(head, line.rstrip("\n").split("\t"))) for line in lines]


def all_maps():
    return sorted(str(p.relative_to(ROOT / MAPS).with_suffix("")) for kind in WANTED for p in (ROOT / MAPS / kind).glob("*.txt"))


def chosen(kind):
    return sorted(f"{kind}/{p.stem}" for p in (GOLDENS / kind).glob("*.map"))


def ledger_bytes(ledger):
    return {row["row"]: row["bytes"] for row in ledger["rows"]}


def summary_line(name, report):
    """One line that a person can agree with: how much there is, what comes back, what is wrong."""
    rows = ledger_bytes(report["ledger"])
    fired = {}
    for finding in report["findings"]:
        fired[finding["rule"]] = fired.get(finding["rule"], 0) + 1
    rules = " ".join(rule if count == 1 else f"{rule}x{count}" for rule, count in sorted(fired.items()))
    return "\t".join([name, str(len(report["regions"])), *(str(rows[row]) for row in CHAIN), rules or "-"])


def check_summary(write):
    lines = [summary_line(name, json.loads(run(name, FORMS["json"]))) for name in all_maps()]
    head = "\t".join(["map", "descriptors", *CHAIN, "rules"])
    compare(SUMMARY, "\n".join([head, *lines]) + "\n", write)
    return len(lines)


def fired_rules():
    """Of each map as its summary says, and of each table."""
    rules = {f"tables/{p.name}": set(re.findall(r"(?m)^\w+ +(FM\d+):", memmap(f"{TABLES}/{p.name}", ["--lint"])))
             for p in (ROOT / TABLES).iterdir() if re.search(r"\.(apic|slit|srat)\.dat$|\.numa\.txt$|\.dsl\.txt$", p.name)}
    for line in SUMMARY.read_text().splitlines()[1:]:
        fields = line.split("\t")
        rules[fields[0]] = {word.split("x")[0] for word in fields[-1].split()}
    return rules


def notes_of_index():
    """Every separate note of the index, with the maps that have it."""
    notes = {}
    for row in index():
        # Separate at , and ; but not inside of parentheses; [T] is no oddity of the map but tells how it was written down.
        for note in filter(None, map(str.strip, re.split(r"[;,](?![^()]*\))", row["notes"].replace("[T]", "")))):
            notes.setdefault(note, set()).add(f"{row['kind']}/{pathlib.Path(row['file']).stem}")
    return notes


def check_oddities():
    """Columns: map, table or *, oddity, rule or "not a defect", reason. `*` is every map whose note says so and that has no
    line of its own."""
    fired, notes, told = fired_rules(), notes_of_index(), set()
    lines = [line.split("\t") for line in ODDITIES.read_text().splitlines()[1:]]
    for number, fields in enumerate(lines, 2):
        where = f"{ODDITIES.relative_to(ROOT)}:{number}"
        if len(fields) != 4 or not all(fields):
            raise Finding(f"{where}: not four fields")
        name, oddity, rule, reason = fields
        alone = {other[0] for other in lines if other[1] == oddity}
        maps = notes.get(oddity, set()) - alone if name == "*" else {name}
        if not maps:
            raise Finding(f"{where}: no map has the note {oddity!r}")
        told |= {(one, oddity) for one in maps}
        for one in sorted(maps):
            if one not in fired:
                raise Finding(f"{where}: there is no map {one}")
            if rule != "not a defect" and rule not in fired[one]:
                raise Finding(f"{where}: {rule} does not fire on {one} ({reason})")
    missing = sorted({(one, note) for note, maps in notes.items() for one in maps} - told)
    if missing:
        raise Finding(f"{ODDITIES.relative_to(ROOT)}: nothing is said of {missing}")


def main():
    write = sys.argv[1:] == ["--write"]
    if sys.argv[1:] and not write:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        files = 0
        for kind, wanted in WANTED.items():
            names = chosen(kind)
            if len(names) < wanted:
                raise Finding(f"tests/goldens/{kind}: {len(names)} maps, {wanted} are wanted")
            for name in names:
                for suffix, words in PARTS.items():
                    compare(GOLDENS / f"{name}.{suffix}", run(name, words), write)
                    files += 1
        for suffix, words in FORMS.items():
            paths = sorted(GOLDENS.glob(f"*/*.{suffix}"))
            if len(paths) < WANTED_FORMS:
                raise Finding(f"tests/goldens: {len(paths)} files of {suffix}, {WANTED_FORMS} are wanted")
            for path in paths:
                text = run(str(path.relative_to(GOLDENS).with_suffix("")), words)
                if suffix == "json":
                    jsonschema.validate(json.loads(text), json.loads(SCHEMA.read_text()))
                compare(path, text, write)
                files += 1
        maps = check_summary(write)
        check_oddities()
    except (Finding, OSError, jsonschema.ValidationError) as finding:
        print(f"test_goldens: {finding}")
        return 1
    print(f"test_goldens: {files} files and {maps} lines {'written' if write else 'as they were agreed with'}")
    return 0


sys.exit(main())
