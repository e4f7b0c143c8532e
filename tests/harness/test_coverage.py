#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Is docs/coverage.md true? Every row is there once; what its columns name exists."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROWS = [f"{letter}{number}" for letter, count in (("P", 12), ("K", 6), ("A", 8), ("V", 10), ("M", 17))
        for number in range(1, count + 1)]


def words_in(column):
    return re.findall(r"`([^`]+)`", column)


def known_things():
    headers = "\n".join(p.read_text() for folder in ("include", "efi") for p in (ROOT / folder).rglob("*.h"))
    functions = set(re.findall(r"\b(\w+)\(", headers))
    listed = (ROOT / "tests/unit/sources.mk").read_text().replace("\\\n", " ")
    tests = {f"unit/{name}" for name in re.search(r"^unit_tests := (.*)$", listed, re.M)[1].split()}
    for file in (ROOT / "tests/boot").glob("*.boot"):
        tests |= {f"boot/{name}" for name in re.findall(r"^name: (\S+)", file.read_text(), re.M)}
    tests |= {f"tool/{p.name}" for p in (ROOT / "tests/harness").glob("test_*")}
    sources = {p.stem: p.read_text() for p in (ROOT / "kernel/commands").glob("*.c")}
    # With each word that its usage may name: `legacy` and `legacy walk`.
    commands = {name + word for name, text in sources.items()
                for word in ["", *(" " + word for word in re.findall(r'(?<=["|\[])([a-z-]+)(?=["| \]])', text))]}
    commands |= {f"{option}=" for option in re.findall(r'(?m)^ +\{"(\w+)", ', (ROOT / "boot/options.c").read_text())}
    return functions, tests, commands


def check(text, functions, tests, commands):
    findings, seen = [], []
    for line in text.splitlines():
        match = re.match(r"\| ([PKAVM]\d+) \|", line)
        if not match:
            continue
        row = match[1]
        seen.append(row)
        cells = [cell.strip() for cell in line.strip()[1:-1].split("|")]
        if len(cells) != 6:
            findings.append(f"{row}: {len(cells)} columns, not 6")
            continue
        status = cells[2]
        if not re.search(r"\bdone\b|\([a-g]\)", status):
            findings.append(f"{row}: the status is neither done nor a step (a) to (g): {status}")
        if "done" in status and not all(cells[3:]):
            findings.append(f"{row}: done, but a function, a test or a command is missing")
        named_tests = [name.strip() for name in cells[4].split(",") if name.strip()]
        for kind, names, existing in (("function", words_in(cells[3]), functions),
                                      ("test", named_tests, tests),
                                      ("command", words_in(cells[5]), commands)):
            # Of an option, `report=on`, the word before the sign is looked for.
            findings += [f"{row}: there is no {kind} {name}" for name in names if re.sub("(?<==).*", "", name) not in existing]
    if seen != ROWS:
        findings.append(f"rows missing, twice or out of order: {sorted(set(ROWS) ^ set(seen)) or seen}")
    return findings


def main():
    text = (ROOT / "docs/coverage.md").read_text()
    known = known_things()
    findings = check(text, *known)
    print("\n".join(findings))
    # What it must notice: one fault at a time.
    faults = {
        "a row is gone": (re.sub(r"(?m)^\| K3 .*\n", "", text), "K3"),
        "a function is invented": (text.replace("`arena_used`", "`arena_spent`"), "arena_spent"),
        "a test is invented": (text.replace("unit/arena", "unit/arrears", 1), "unit/arrears"),
        "a command is invented": (text.replace("| `stats` |", "| `statistics` |", 1), "statistics"),
        "a command's word is invented": (text.replace("`try space`", "`try spade`", 1), "try spade"),
        "an option is invented": (text.replace("`report=on`", "`repent=on`", 1), "repent"),
        "no status": (re.sub(r"\| done \|", "| soon |", text, count=1), "neither done nor"),
    }
    missed = [name for name, (damaged, wanted) in faults.items()
              if not any(wanted in finding for finding in check(damaged, *known))]
    for name in missed:
        print(f"FAIL: not noticed: {name}")
    print(f"{len(ROWS)} rows, {len(findings)} findings; {len(faults) - len(missed)} of {len(faults)} faults noticed")
    sys.exit(1 if findings or missed else 0)


if __name__ == "__main__":
    main()
