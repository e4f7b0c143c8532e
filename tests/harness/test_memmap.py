#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Does build/host/memmap keep to docs/memmap.1? Exit statuses, forms of output, forms of input, colours, damaged and huge
input, installing. JSON is validated against docs/report.schema.json by a validator that is not ours."""
import collections
import copy
import html.parser
import json
import os
import pathlib
import pty
import random
import re
import subprocess
import sys
import tempfile
import time

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
MAPS = ROOT / "tests/firmware_maps"
TABLES = ROOT / "tests/firmware_tables"
ESCAPE = "\x1b["
HUGE_LINES, HUGE_SECONDS = 100_000, 60 * float(os.environ.get("TEST_PATIENCE", "1"))
DAMAGED_INPUTS = 300
MANY_FINDINGS = 60
# Lines of a log that tell what tables say are not tables.
LEFT_OUT_OF_DUMPS = {"memory of nodes", "where tables and devices are"}

CLEAN = "0x0 0x9f000 0 0\n0x100000 0x40000000 7 0xf\n"
# Two descriptors disagree: an operating system that believes the first writes into the second.
ERROR = "0x0 0x9f000 0 0\n0x100000 0x40000000 7 0xf\n0x200000 0x1000 6 0x800000000000000f\n"


class Finding(Exception):
    pass


def expect(truth, text):
    if not truth:
        raise Finding(text)


class Tool:
    def __init__(self, program, scratch):
        self.program, self.scratch, self.runs = program, scratch, 0

    def run(self, *words, wanted=(0,), text=None, environment=None, seconds=HUGE_SECONDS):
        """Status must be one of `wanted`. Returns (status, output, errors) as text."""
        self.runs += 1
        stdin = text.encode() if isinstance(text, str) else text
        done = subprocess.run([self.program, *map(str, words)], input=stdin if stdin is not None else b"",
                              capture_output=True, timeout=seconds, env=environment)
        output, errors = (b.decode("utf-8", "replace") for b in (done.stdout, done.stderr))
        expect(done.returncode in wanted, f"memmap {' '.join(map(str, words))}: status {done.returncode}, wanted"
                                          f" {wanted}: {errors[:300]}")
        expect((done.returncode == 2) == bool(errors), f"memmap {words}: status {done.returncode}, but it says: {errors[:300]}")
        return done.returncode, output, errors

    def file(self, name, content):
        path = self.scratch / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


def check_exit_statuses(tool):
    tool.run("-", text=CLEAN)
    _, output, _ = tool.run("-", text=ERROR, wanted=(1,))
    expect("1 error" in output, "the error is not in the text")
    for form in ("json", "html", "e820", "raw"):
        tool.run("--format", form, "-", text=ERROR, wanted=(1,))
    tool.run("--ledger", "-", text=ERROR, wanted=(1,))
    _, _, errors = tool.run("-", text="0x0 0x1000 7 0xf\n0x1000 0x99999999999999999 7 0xf\n", wanted=(2,))
    expect(re.match(r"memmap: standard input: line 2: \w", errors), f"no line and reason: {errors}")
    for name, content in (("empty", ""), ("nothing", "no map\nin here\n"), ("zeros", b"\0" * 5000)):
        _, _, errors = tool.run(tool.file(name, content), wanted=(2,))
        expect(f"{name}: " in errors, f"it does not say which file: {errors}")
    _, _, errors = tool.run(tool.scratch / "missing", wanted=(2,))
    expect("No such file" in errors, f"a missing file: {errors}")
    tool.run("-", text=CLEAN, wanted=(0,))
    _, _, errors = tool.run("-o", tool.scratch / "no/folder", "-", text=CLEAN, wanted=(2,))
    expect("no/folder" in errors, f"output that cannot be written: {errors}")
    _, _, errors = tool.run("-o", "/dev/full", "-", text=CLEAN, wanted=(2,))
    expect("No space" in errors, f"a full disk: {errors}")


def check_usage(tool):
    _, output, _ = tool.run("--help")
    manual = (ROOT / "docs/memmap.1").read_text().replace("\\-", "-")
    for option in re.findall(r"--[a-z][a-z-]*", output):
        expect(option in manual, f"the manual does not have {option}")
    for option in re.findall(r"--[a-z][a-z-]*", manual):
        expect(option in output, f"--help does not have {option}")
    expect(re.fullmatch(r"Freehold memmap \S+\n", tool.run("--version")[1]), "--version")
    for words in ([], ["a", "b"], ["--nonsense", "-"], ["--format", "xml", "-"], ["--format"],
                  ["--phys-bits", "31", "-"], ["--phys-bits", "53", "-"], ["--phys-bits", "4x", "-"],
                  ["--color", "blue", "-"], ["--lint", "--format", "json", "-"]):
        _, output, errors = tool.run(*words, text=CLEAN, wanted=(2,))
        expect(output == "" and "--help" in errors, f"memmap {words}: {errors}")


def check_parts(tool):
    _, whole, _ = tool.run("-", text=ERROR, wanted=(1,))
    for part, heads in (("--lint", "Findings: "), ("--ledger", "Ledger: "), ("--map", "Memory map: "),
                        ("--types", "EFI type "), ("--raw-order", "Descriptors in the source's order")):
        _, output, _ = tool.run(part, "-", text=ERROR, wanted=(1,))
        expect(output.startswith(heads), f"{part} starts with {output[:40]!r}")
        expect(part == "--raw-order" or output in whole, f"{part} is not what it is in the whole")
    _, output, _ = tool.run("--phys-bits", "32", "-", text="0x0 0x1000 0 0\n0x100000000 0x1000 7 0xf\n", wanted=(0, 1))
    expect("above" in output or "address width" in output, "a descriptor above --phys-bits is not reported")


def check_colours(tool):
    expect(ESCAPE not in tool.run("-", text=ERROR, wanted=(1,))[1], "colours in a pipe")
    expect(ESCAPE in tool.run("--color=always", "-", text=ERROR, wanted=(1,))[1], "no colours with --color=always")
    path = tool.file("error", ERROR)

    def on_terminal(*words, **variables):
        environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | variables
        ours, theirs = pty.openpty()
        with subprocess.Popen([tool.program, *words, "--lint", path], stdin=subprocess.DEVNULL, stdout=theirs,
                              env=environment) as process:
            os.close(theirs)
            output = b""
            try:
                while piece := os.read(ours, 65536):
                    output += piece
            except OSError:  # the other side was closed
                pass
            process.wait(30)
        os.close(ours)
        return output.decode()
    expect(ESCAPE in on_terminal(), "no colours on a terminal")
    for words, variables in ((["--color=never"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})):
        expect(ESCAPE not in on_terminal(*words, **variables), f"colours in spite of {words} {variables}")


def check_json(tool, paths):
    schema = json.loads((ROOT / "docs/report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    report = None
    for path in paths:
        _, output, _ = tool.run("--format", "json", path, wanted=(0, 1))
        report = json.loads(output)
        fault = next(validator.iter_errors(report), None)
        expect(fault is None, f"{path.name}: {fault and (list(fault.absolute_path), fault.message[:300])}")
        expect(output == tool.run("--format", "json", path, wanted=(0, 1))[1], f"{path.name}: not the same twice")
        counts = [report["lint"][key] for key in ("errors", "warnings", "notes")]
        expect(sum(counts) == len(report["findings"]), f"{path.name}: {counts} findings, told {len(report['findings'])}")
        ends = [int(r["end"], 16) for r in report["ranges"]]
        starts = [int(r["start"], 16) for r in report["ranges"]]
        expect(all(end <= start for end, start in zip(ends, starts[1:])), f"{path.name}: ranges are not sorted")
        expect(sum(c["bytes"] for c in report["classes"]) == sum(ends) - sum(starts), f"{path.name}: totals")
        if report["view"]["form"] == "list":
            lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
            wanted = [[int(word, 0) for word in line.split()[:4]] for line in lines]
            found = [[int(r["start"], 16), r["pages"] * 4096 - r["bytes_less"], r["type"], int(r["attributes"], 16)]
                     for r in report["regions"]]
            expect(found == wanted, f"{path.name}: the regions are not those of the file")
    # What the validator must notice: a member too many, one that is missing, a number of the wrong kind.
    for damage in (lambda r: r.update(more=1), lambda r: r.pop("ledger"), lambda r: r["ranges"][0].update(start=0)):
        bad = copy.deepcopy(report)
        damage(bad)
        expect(next(validator.iter_errors(bad), None) is not None, "the schema does not notice damage")


def ledger_closes(report):
    """Adds up the rows ourselves."""
    total = None
    for row in report["ledger"]["rows"]:
        size = row["bytes"] if isinstance(row["bytes"], int) else int(row["bytes"], 16)
        if row["kind"] == "total":
            if total is not None and total != size:
                return False
            total = size
        elif total is not None and row["kind"] in ("taken", "added"):
            total += size if row["kind"] == "added" else -size
    return True


def check_ledgers(tool, paths):
    for path in paths:
        report = json.loads(tool.run("--format", "json", path, wanted=(0, 1))[1])
        expect(ledger_closes(report), f"{path.name}: the ledger does not close")
    report["ledger"]["rows"][-1]["bytes"] += 1
    expect(not ledger_closes(report), "a ledger that does not close was not noticed")


def check_round_trips(tool, paths):
    for path in paths:
        first = tool.run("--format", "e820", path, wanted=(0, 1))[1]
        expect(re.match(r"BIOS-e820: \[mem 0x[0-9a-f]{16}-0x[0-9a-f]{16}\] \w", first), f"{path.name}: {first[:80]}")
        second = tool.run("--format", "e820", "-", text=first, wanted=(0, 1))[1]
        expect(first == second, f"{path.name}: its e820 view, read back, is another one")
        report = json.loads(tool.run("--format", "json", path, wanted=(0, 1))[1])
        dump = tool.scratch / "map.bin"
        tool.run("--format", "raw", "-o", dump, path, wanted=(0, 1))
        again = json.loads(tool.run("--format", "json", dump, wanted=(0, 1))[1])
        for region in report["regions"]:
            del region["line"]
        expect(report["regions"] == again["regions"], f"{path.name}: its dump has other descriptors")
        unknown, lost = ({row["fact"] for row in r["view"]["not_known"]} for r in (report, again))
        expect(unknown <= lost and lost - unknown <= LEFT_OUT_OF_DUMPS, f"{path.name}: its dump knows {lost ^ unknown}")
        tool.run("--format", "raw", "-o", tool.scratch / "again.bin", dump, wanted=(0, 1))
        expect(dump.read_bytes() == (tool.scratch / "again.bin").read_bytes(), "a dump did not stay what it is")
        expect("The maps are the same" in tool.run("--diff", dump, path, wanted=(0, 1))[1], f"{path.name}: --diff dump")


def check_diff(tool):
    before, after = tool.file("before", CLEAN), tool.file("after", ERROR)
    _, output, _ = tool.run("--diff", after, before)
    expect(re.search(r"^ *200000 +201000 +4 KiB +usable +-> +runtime-data +\+RUNTIME$", output, re.M)
           and "1 difference\n" in output, f"--diff: {output}")
    tool.run("--diff", before, after, wanted=(1,))
    tool.run("--diff", tool.scratch / "missing", before, wanted=(2,))


def check_folder(tool):
    folder = tool.scratch / "memmap"
    entries = [(0, 0x9fbff, "System RAM"), (0x9fc00, 0x9ffff, "Reserved"), (0x100000, 0xbfffffff, "System RAM"),
               (0xc0000000, 0xc000ffff, "ACPI Tables"), (0xfec00000, 0xfec00fff, "Reserved")]
    entries += [(0x100000000 + (i << 20), 0x1000fffff + (i << 20), "System RAM") for i in range(8)]
    for number, (start, end, kind) in enumerate(entries):
        (folder / str(number)).mkdir(parents=True)
        for name, value in (("start", f"{start:#x}"), ("end", f"{end:#x}"), ("type", kind)):
            (folder / str(number) / name).write_text(value + "\n")
    report = json.loads(tool.run("--format", "json", folder, wanted=(0, 1))[1])
    expect(report["view"]["form"] == "linux-sysfs", "a folder is not told as one")
    starts = [int(region["start"], 16) for region in report["regions"]]
    expect(starts == [entry[0] for entry in entries], "the entries are not in the order of their numbers")
    (folder / "3" / "end").write_text("0x1\n")
    _, _, errors = tool.run(folder, wanted=(2,))
    expect("memmap/3: " in errors, f"a damaged entry: {errors}")
    (folder / "3" / "end").unlink()
    tool.run(folder, wanted=(2,))
    (tool.scratch / "no-entries").mkdir()
    tool.run(tool.scratch / "no-entries", wanted=(2,))


def check_tables(tool):
    for path in sorted(TABLES.glob("*.dat"))[:20]:
        report = json.loads(tool.run("--format", "json", path, wanted=(0, 1))[1])
        expect(report["view"]["form"] == "acpi-table", f"{path.name}: not told as an ACPI table")
        tool.run(path, wanted=(0, 1))


class Page(html.parser.HTMLParser):
    """What is in a page: open elements, and what it would fetch."""

    def __init__(self, text):
        super().__init__()
        self.open, self.fetched, self.elements, self.empty = [], [], collections.Counter(), []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements[tag] += 1
        self.last_opened = tag
        if tag not in ("meta", "link", "br", "input", "hr", "img", "rect", "col"):
            self.open.append(tag)
        self.fetched += [value for name, value in attrs if name in ("src", "href", "action") and not value.startswith("#")]

    def handle_startendtag(self, tag, attrs):
        self.elements[tag] += 1

    def handle_endtag(self, tag):
        if tag in ("rect", "col", "br", "input"):
            return
        expect(self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}")
        if tag in ("ul", "tbody", "svg") and self.last_opened == tag:
            self.empty.append(tag)
        self.open.pop()


def check_html(tool, paths):
    for path in paths:
        page = Page(tool.run("--format", "html", path, wanted=(0, 1))[1])
        expect(not page.open, f"{path.name}: elements that are not closed: {page.open}")
        expect(not page.empty, f"{path.name}: nothing is in {page.empty}")
        expect(not page.fetched, f"{path.name}: the page asks for {page.fetched}")
        expect(page.elements["script"] <= 1 and page.elements["tr"] > 5, f"{path.name}: {page.elements}")


def check_damaged(tool, paths):
    """Whatever comes in, the status is one of three, and it ends."""
    generator = random.Random(1)
    dump = (tool.scratch / "map.bin").read_bytes()
    sources = [path.read_bytes()[:8192] for path in paths] + [dump]
    for number in range(DAMAGED_INPUTS):
        data = bytearray(generator.choice(sources))
        for _ in range(generator.randrange(1, 12)):
            at, kind = generator.randrange(len(data)), generator.randrange(4)
            if kind == 0:
                data[at] = generator.choice(b"\0\n\xff fF09x-")
            elif kind == 1:
                data[at:at + generator.randrange(40)] = b""
            elif kind == 2:
                data[at:at] = data[at // 2:at // 2 + 60]
            else:
                data[at:at] = b"f" * generator.randrange(20)
            data = data or bytearray(b"x")
        words = [["--format", "json"], ["--format", "html"], ["--raw-order", "--map"], []][number % 4]
        tool.run(*words, "-", text=bytes(data), wanted=(0, 1, 2))


def check_huge(tool):
    lines = [f"{(i * 7919 % HUGE_LINES) << 13:#x} 0x1000 {(7, 4, 0, 6)[i % 4]} 0xf" for i in range(HUGE_LINES)]
    path = tool.file("huge", "\n".join(lines) + "\n")
    start = time.monotonic()
    report = json.loads(tool.run("--format", "json", path, wanted=(0, 1), seconds=HUGE_SECONDS)[1])
    seconds = time.monotonic() - start
    expect(len(report["regions"]) == HUGE_LINES and ledger_closes(report), "not all lines of a huge file were read")
    tool.run(path, wanted=(0, 1), seconds=HUGE_SECONDS)
    twice = "".join(f"{i << 16:#x} 0x1000 {kind} 0xf\n" for i in range(MANY_FINDINGS) for kind in (7, 6))
    report = json.loads(tool.run("--format", "json", "-", text=twice, wanted=(1,))[1])
    expect(len(report["findings"]) >= MANY_FINDINGS and report["lint"]["left_out"] == 0, "findings were left out")
    tool.run(tool.file("noise", "a line that says nothing of it\n" * HUGE_LINES), wanted=(2,), seconds=HUGE_SECONDS)
    tool.run(tool.file("line", "0x" + "0" * 10_000_000), wanted=(2,), seconds=HUGE_SECONDS)
    return seconds


def check_install(tool):
    to = tool.scratch / "root"
    make = ["make", "-s", "-C", ROOT, f"B={os.path.relpath(BUILD, ROOT)}", f"DESTDIR={to}", "PREFIX=/usr"]
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    subprocess.run([*make, "install"], check=True, env=environment, stdout=subprocess.DEVNULL)
    files = sorted(str(p.relative_to(to)) for p in to.rglob("*") if p.is_file())
    expect(files == ["usr/bin/memmap", "usr/share/man/man1/memmap.1"], f"installed: {files}")
    Tool(to / "usr/bin/memmap", tool.scratch).run("-", text=CLEAN)
    subprocess.run([*make, "uninstall"], check=True, env=environment, stdout=subprocess.DEVNULL)
    expect(not any(p.is_file() for p in to.rglob("*")), "something is left after make uninstall")
    page = subprocess.run(["man", "--warnings", "-l", ROOT / "docs/memmap.1"], capture_output=True, text=True,
                          env=environment | {"MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
    expect(page.returncode == 0 and not page.stderr, f"docs/memmap.1: {page.stderr}")


def main():
    efi = sorted((MAPS / "efi").glob("*.txt"))
    e820 = sorted((MAPS / "e820").glob("*.txt"))[::15]
    with tempfile.TemporaryDirectory() as folder:
        tool = Tool(BUILD / "host/memmap", pathlib.Path(folder))
        odd = tool.file("odd name \x1b[31m\"\\ü<script>'&amp;", ERROR)
        plain = tool.file("list", CLEAN + "0x7fff0000 0x800 9 0xf\n" + ERROR)
        try:
            check_exit_statuses(tool)
            check_usage(tool)
            check_parts(tool)
            check_colours(tool)
            check_json(tool, [odd, *efi, *e820, plain])
            check_html(tool, [odd, *efi[::4], *e820[::8]])
            check_ledgers(tool, efi + e820)
            check_round_trips(tool, efi[::3] + e820[::3])
            check_diff(tool)
            check_folder(tool)
            check_tables(tool)
            check_damaged(tool, efi[::4] + e820[::4])
            seconds = check_huge(tool)
            check_install(tool)
        except (Finding, subprocess.SubprocessError) as finding:
            print(f"FAIL: {finding}")
            sys.exit(1)
    print(f"{tool.runs} runs; {HUGE_LINES} lines to JSON in {seconds:.1f} s")


if __name__ == "__main__":
    main()
