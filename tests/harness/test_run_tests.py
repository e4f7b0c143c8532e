#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Does tools/run_tests fail what must fail? A house of cardboard: programs and an emulator that only pretend."""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# An emulator that says three lines and ends as --memory tells it.
EMULATOR = """#!/bin/sh
echo 'first line'; echo 'cost: 1,000 instructions'; printf '\\033[2Jlast line\\r\\n'
case "$*" in *"--memory 1M"*) exit 1 ;; *"--memory 3M"*) exit 3 ;; *"--memory 5M"*) exit 124 ;; *"--memory 9M"*) exec sleep 600 ;; esac
case "$*" in *"--screenshot"*) while [ "$1" != --screenshot ]; do shift; done
    printf 'P6\\n2 2\\n255\\naaabbbaaaaaa' >"$2" ;; esac
case "$*" in *other/BOOTX64.EFI*) echo 'the other program' ;; esac
exit 0
"""
# name, what its block says, does it pass
BOOTS = [
    ("silent", "expect: ^last line$", False),  # it does not say what it proves
    ("plain", "expect: ^last line$\nrefuse: PANIC", True),
    ("status", "arguments: --memory 1M\nstatus: 1", True),
    ("status-wrong", "arguments: --memory 1M", False),
    ("status-missed", "status: 1", False),
    ("expect-missing", "expect: middle line", False),
    ("refuse-found", "refuse: last", False),
    ("refuse-not-in-the-command", "options: run=\"selftest\"\nrefuse: selftest", True),
    ("expect-not-in-the-command", "options: run=\"selftest\"\nexpect: selftest", False),
    ("order", "order: first\norder: last", True),
    ("order-wrong", "order: last\norder: first", False),
    ("figure", "measure: cost cost: ([0-9,]+)\nat-most: cost 1000", True),
    ("figure-too-high", "measure: cost cost: ([0-9,]+)\nat-most: cost 999", False),
    ("figure-missing", "measure: cost price: ([0-9,]+)", False),
    ("never-ends", "arguments: --memory 9M\ntimeout: -28", False),  # the runner waits 30 s longer
    ("too-late", "arguments: --memory 5M", False),
    ("too-late-as-wanted", "arguments: --memory 5M\nstatus: 124", True),
    ("not-now", "long: yes\nstatus: 1", None),
    ("program", "program: other\nexpect: ^the other program$", True),
    ("program-usual", "expect: ^the other program$", False),
    ("picture", "picture: 25", True),
    ("picture-empty", "picture: 26", False),
    ("same", "compare: figure.cost figure-too-high.cost 5", True),
    ("same-unknown", "compare: figure.cost figure-missing.cost 5", False),
]
UNITS = [("good", "echo '[  PASSED  ] 3 test(s).'", True), ("bad", "exit 1", False),
         ("empty", "true", False), ("missing", None, False)]
MATRIX = [("row-good", "expect: last", True), ("row-bad", "expect: nothing", False)]
FUZZERS = [("good", "echo 'stat::number_of_executed_units: 7'", True), ("crash", "exit 77", False),
           ("idle", "true", False), ("no-corpus", "echo 'stat::number_of_executed_units: 7'", False)]


def write(path, text, executable=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if executable:
        path.chmod(0o755)


def build_house(root):
    write(root / "tools/run_qemu", EMULATOR, True)
    write(root / "Makefile", "test-programs:\n\t@echo made\n")
    write(root / "build/BOOTX64.EFI", "")
    write(root / "tests/boot/all.boot", "# a comment\n\n" + "\n".join(
        f"name: {name}\n{'' if name == 'silent' else 'proves: something'}\n{block}\n".replace("\n\n", "\n")
        for name, block, _ in BOOTS))
    write(root / "tests/boot/all.tsv", "")
    rows = "\n".join(f"name: {name}\nproves: a row\n{block}\n" for name, block, _ in MATRIX)
    write(root / "tools/boot_matrix", f"#!/bin/sh\ncat <<'END'\n{rows}END\n", True)
    for kind, programs in (("unit/test", UNITS), ("fuzz/fuzz", FUZZERS)):
        for name, script, _ in programs:
            write(root / f"tests/{kind}_{name}.c", "/* SPDX-License-Identifier: MIT\n * It proves this. */\n")
            if script is not None:
                write(root / f"build/{kind}_{name}", f"#!/bin/sh\n{script}\n", True)
    for name, _, _ in FUZZERS[:-1]:
        write(root / f"tests/fuzz/corpus/{name}/seed", "x")
    licence = "#!/bin/sh\n# SPDX-License-Identifier: MIT\n# It proves that.\n"
    write(root / "tests/harness/test_good.sh", licence + "echo fine\n", True)
    write(root / "tests/harness/test_bad.sh", licence + "exit 1\n", True)
    write(root / "tests/harness/test_silent.sh", "#!/bin/sh\necho fine\n", True)


def run(root, *more):
    return subprocess.run(
        [ROOT / "tools/run_tests", "--build", "build", "--unit", " ".join(u[0] for u in UNITS),
         "--fuzz", " ".join(f"{f[0]}:7" for f in FUZZERS), *more], cwd=root, capture_output=True, text=True)


def main():
    wanted = {f"{'compare' if 'compare:' in block else 'boot'}/{name}": passes
              for name, block, passes in BOOTS + MATRIX}
    wanted |= {f"unit/{name}": passes for name, _, passes in UNITS}
    wanted |= {f"fuzz/{name}": passes for name, _, passes in FUZZERS}
    wanted |= {"tool/test_good.sh": True, "tool/test_bad.sh": False, "tool/test_silent.sh": False, "build/all": True}
    wanted = {title: passes for title, passes in wanted.items() if passes is not None}
    failures = []
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        build_house(root)
        result = run(root)
        verdicts = {title: verdict == "ok" for verdict, title in re.findall(
            r"^(ok|FAILED) +(\S+) +[0-9.]+ s", result.stdout, re.M)}
        for title in sorted(set(wanted) | set(verdicts)):
            if wanted.get(title) != verdicts.get(title):
                failures.append(f"{title}: wanted {wanted.get(title)}, got {verdicts.get(title)}")
        passed = sum(wanted.values())
        last = f"{passed} passed, {len(wanted) - passed} failed"
        if result.stdout.splitlines()[-1] != last or result.returncode != 1:
            failures.append(f"status {result.returncode}, last line {result.stdout.splitlines()[-1]}; wanted {last}")
        told = re.findall(r"^FAILED boot/(\S+).*\n +timed out: no end after \d+ s, [0-9.]+ times the limit of an idle machine",
                          result.stdout, re.M)
        if sorted(told) != ["never-ends", "too-late"]:
            failures.append(f"a time-out does not say that it was one: only {told} did")
        if not re.search(r"^boot/not-now +something$", run(root, "--long", "--seed", "3", "--list").stdout, re.M):
            failures.append("a long test is not listed among the long ones")
        write(root / "Makefile", "test-programs:\n\t@echo 'x.c: error: no'; false\n")
        if not re.search(r"^FAILED build/all", run(root).stdout, re.M):
            failures.append("a build that fails was not noticed")
        write(root / "tests/boot/all.boot", "name: x\nexpected: typo\n")
        if run(root).returncode == 0:
            failures.append("a block with an unknown key was accepted")
        write(root / "tests/boot/all.boot", "name: x\n")
        write(root / "tools/boot_matrix", "#!/bin/sh\nexit 1\n", True)
        if run(root).returncode == 0:
            failures.append("a matrix that cannot be read was accepted")
    for failure in failures:
        print(f"FAIL: {failure}")
    print(f"{len(wanted)} verdicts, {len(failures)} wrong")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
