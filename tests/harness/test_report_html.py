#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Is the page that memmap --format html makes good in a browser? Opens pages of several maps in Chromium without a window and
compares what is on the screen with the JSON of the same map. Faults planted in the page at the end must be noticed.

usage: test_report_html.py [--screenshots DIR]"""
import argparse
import os
import pathlib
import re
import signal
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/browser"))
sys.dont_write_bytecode = True  # the sources' folder stays as it is
import browser as browsers  # noqa: E402 # the folder is known only now
import faults  # noqa: E402
import pages as inputs  # noqa: E402

BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()
WIDTHS = (360, 800, 1600)
PAPER_WIDTH = 718  # A4 without margins of 1 cm, at 96 dots an inch
GIB, MIB, PAGE = 1 << 30, 1 << 20, 4096
PIXEL = 1.0
FOCUS_PIXELS, FOCUS_CONTRAST = 2, 3.0  # WCAG 2.2: 2.4.13, 1.4.11
GRAVE = ("serious", "critical")
SECONDS = int(500 * float(os.environ.get("TEST_PATIENCE", "1")))  # then it ends by itself, and the browser with it


class Finding(Exception):
    pass


def expect(truth, text):
    if not truth:
        raise Finding(text)


class Page:
    """One page in the browser, and what the same map is as JSON. A huge one is laid out for seconds each time that it changes:
    less is done with it."""

    def __init__(self, browser, path, report):
        self.browser, self.path, self.report = browser, path, report
        self.is_huge = len(report["regions"]) >= inputs.HUGE_ENTRIES
        self.widths = WIDTHS[:1] if self.is_huge else WIDTHS
        browser.size(800)
        browser.media()
        browser.heard()
        browser.open(path)
        self.tables = browser.measure("tables")

    def find(self, selector):
        return self.browser.driver.find_elements("css selector", selector)

    def table(self, name):
        found = [i for i, table in enumerate(self.tables) if table["name"].startswith(name)]
        expect(len(found) == 1, f"{len(found)} tables {name}")
        return found[0]

    def column(self, table, head):
        expect(head in self.tables[table]["heads"], f"no column {head}")
        at = self.tables[table]["heads"].index(head)
        return [row["cells"][at] for row in self.tables[table]["rows"]]


# ---- what it says, and that it does nothing else ----

def check_text(page):
    """Names are text, whatever is in them, and the tables have what the JSON has."""
    view, texts = page.report["view"], page.browser.driver
    name = view["machine"] or page.report["source"]
    expect(texts.title == "Memory of " + " ".join(name.split()), f"the title is {texts.title!r}")
    for selector, text in (("h1", name), ("header p", page.report["source"]), ("header p", view["vendor"])):
        expect(text in page.find(selector)[0].get_property("textContent"), f"{text!r} is not in {selector}")
    expect(len(page.find("script")) == 1 and len(page.find("style")) == 1, "more scripts or styles than its own")
    ranges, regions = page.table("Ranges"), page.table("Descriptors")
    for table, head, wanted in (
            (ranges, "Start", [int(r["start"], 16) for r in page.report["ranges"]]),
            (ranges, "End", [int(r["end"], 16) for r in page.report["ranges"]]),
            (ranges, "Size", [int(r["end"], 16) - int(r["start"], 16) for r in page.report["ranges"]]),
            (regions, "Start", [int(r["start"], 16) for r in page.report["regions"]]),
            (regions, "Pages", [r["pages"] for r in page.report["regions"]])):
        cells = page.column(table, head)
        expect([int(value, 0) for _, value in cells] == wanted, f"{head}: not what the JSON has")
        shown = [text for text, _ in cells]
        expect(head == "Size" or [int(text.replace(",", ""), 0) for text in shown] == wanted, f"{head}: shown otherwise")
    if "diff" in page.report:
        changed = page.column(page.table("What changed"), "Start")
        expect(len(changed) > 2 and [int(value, 0) for _, value in changed] ==
               [int(d["start"], 16) for d in page.report["diff"]["differences"]], "what changed: not what the JSON has")
    expect([text for text, _ in page.column(ranges, "Class")] == [r["class"] for r in page.report["ranges"]], "classes")


def check_references(page):
    found = page.browser.measure("references")
    expect(not found, f"it refers to something: {found}")


def check_quiet(page):
    """Nothing in the console and no request, whatever was done with the page until now."""
    messages, requests = page.browser.heard()
    expect(not messages, f"the console has: {messages[:3]}")
    expect(set(requests) <= {page.path.as_uri()}, f"it asked for {sorted(set(requests) - {page.path.as_uri()})}")


# ---- tables ----

def check_sort(page):
    """Every column, up and down; the first one with a real click, which needs a button that nothing covers."""
    for number, table in enumerate(page.tables):
        for column, name in enumerate(table["heads"]):
            if page.is_huge and name != "Type":
                continue
            keys = [row["cells"][column] for row in table["rows"]]
            numeric = keys[0][1] is not None
            expect(all((value is not None) == numeric for _, value in keys), f"{name}: some are numbers and some are not")
            keys = [int(value, 0) if numeric else text for text, value in keys]
            for descending in (False, True):
                if column == 0 and not descending:
                    page.find("table.data")[number].find_element("css selector", "thead button").click()
                    sorted_now = page.browser.measure("sorted_now", number)
                else:
                    sorted_now = page.browser.measure("sort", number, column)
                expect(sorted_now is not None, f"{table['name']}, {name}: its head has no button")
                order = sorted_now["order"]
                expect(sorted(order) == list(range(len(keys))), f"{table['name']}, {name}: rows were lost")
                now = [keys[row] for row in order]
                expect(now == sorted(keys, reverse=descending), f"{table['name']}, {name}: not sorted ({descending=})")
                wanted = [None] * len(table["heads"])
                wanted[column] = "descending" if descending else "ascending"
                expect(sorted_now["heads"] == wanted, f"{name}: aria-sort is {sorted_now['heads']}, wanted {wanted}")


def bounds_of(table, row):
    """First and last address of a row, if it has a start and an end or a size."""
    cells = dict(zip(table["heads"], (value for _, value in row["cells"])))
    if "Address" in cells:
        return int(cells["Address"], 0), int(cells["Address"], 0) + 1
    if "Start" not in cells or not ("End" in cells or "Size" in cells):
        return None
    start = int(cells["Start"], 0)
    return start, int(cells["End"], 0) if "End" in cells else start + int(cells["Size"], 0)


def wanted_rows(table, text):
    if re.fullmatch("0x[0-9a-fA-F]+", text):
        bounds = [bounds_of(table, row) for row in table["rows"]]
        if None not in bounds:
            return [i for i, (start, end) in enumerate(bounds) if start <= int(text, 16) < end]
    return [i for i, row in enumerate(table["rows"]) if all(word in row["text"].lower() for word in text.lower().split())]


def check_filter(page):
    for number, table in enumerate(page.tables[:1] if page.is_huge else page.tables):
        rows, field = table["rows"], page.find("input[type=search]")[number]
        expect(field.get_attribute("aria-label").endswith(table["name"]), f"{table['name']}: the field has no name")
        some = rows[len(rows) // 2]
        all_words = [word for text, _ in some["cells"] for word in text.split()]
        word = next((word for word in all_words if word != word.lower()), all_words[-1])
        words = [word.lower(), f"{word.upper()}  {some['cells'][0][0][-4:]}", "nowhere"]
        if bounds := bounds_of(table, some):
            words += [hex(bounds[0]), f"0x{bounds[1] - 1:X}", hex(bounds[1]), "0xfffffffffffff"]
        for text in words[1::3] if page.is_huge else words:
            page.browser.write_over(field, f" {text}")
            shown, wanted = page.browser.measure("shown", number), wanted_rows(table, text.strip())
            expect(sorted(shown) == wanted, f"{table['name']}: {text!r} shows {len(shown)} rows, wanted {len(wanted)}")
            said = field.find_element("xpath", "following-sibling::*").text
            expect(said == f"{len(wanted)} of {len(rows)} rows", f"{table['name']}: {text!r} says {said!r}")
        page.browser.write_over(field, "")
        expect(len(page.browser.measure("shown", number)) == len(rows), f"{table['name']}: an empty filter hides rows")


# ---- the picture ----

def wanted_strips(report):
    """Name and end of each strip; each starts at 0."""
    memory = {entry["class"] for entry in report["classes"] if entry["is_ram"]}
    end = max((int(r["end"], 16) for r in report["ranges"] if r["class"] in memory), default=0)
    first = int(report["ranges"][0]["start"], 16)
    strips = (("All memory", end if end > 4 * GIB else 0), ("Below 4 GiB", 4 * GIB), ("The first MiB", MIB))
    return [(name, end) for name, end in strips if first < end]


def judge_strip(page, strip, whole, start, end, state):
    """Each area lies where the JSON says, to a pixel, if the strip shows start..end."""
    ranges = [r for r in page.report["ranges"] if int(r["start"], 16) < whole]
    where = f"{strip['name']}, {state}"
    expect(strip["scale"] == [hex(start), hex(end)], f"{where}: the scale says {strip['scale']}, wanted {hex(start)}, {hex(end)}")
    expect(len(strip["areas"]) == len(ranges), f"{where}: {len(strip['areas'])} areas, {len(ranges)} ranges")
    width = strip["right"] - strip["left"]
    for area, one in zip(strip["areas"], ranges):
        left, right = (strip["left"] + width * (min(max(int(one[key], 16), start), end) - start) / (end - start)
                       for key in ("start", "end"))
        text = f"{where}: {one['class']} at {one['start']}"
        expect(area["class"] == one["class"] and area["coloured"], f"{text}: drawn as {area['class']}, or not in its colour")
        expect(area["title"].startswith(f"{one['start']}..{one['end']} {one['class']}, "), f"{text}: {area['title']}")
        expect(abs(area["right"] - area["left"] - (right - left)) <= PIXEL, f"{text}: {area['right'] - area['left']:.1f}"
                                                                           f" pixels wide, wanted {right - left:.1f}")
        expect(right <= left or abs(area["left"] - left) <= PIXEL and abs(area["right"] - right) <= PIXEL,
               f"{text}: {area['left']:.1f}..{area['right']:.1f}, wanted {left:.1f}..{right:.1f}")
        expect(right <= left or abs(area["height"] - strip["height"]) <= PIXEL, f"{text}: not as high as the strip")


def check_picture(page):
    wanted = wanted_strips(page.report)
    expect(page.browser.measure("legend") == [c["class"] for c in page.report["classes"] if c["bytes"] not in (0, "0x0")],
           "the legend has other classes")
    for width in page.widths:
        page.browser.size(width)
        strips = page.browser.measure("strips")
        expect([strip["name"] for strip in strips] == [name for name, _ in wanted], "other strips")
        for strip, (_, whole) in zip(strips, wanted):
            judge_strip(page, strip, whole, 0, whole, f"{width} pixels")


def moved(action, start, end, whole):
    size = end - start
    new = {"Zoom in": (start + size // 4, size // 2), "Zoom out": (start - size // 2, size * 2),
           "Left": (start - size // 4, size), "Right": (start + size // 4, size), "All": (0, whole)}[action]
    size = max(min(new[1], whole), PAGE)
    start = max(0, min(new[0], whole - size))
    return start, start + size


def check_zoom(page):
    """From end to end of each strip and down to a page; the first step of each is a real click."""
    steps = ["Left", "Zoom out", "Zoom in", "Left", "Right", "Right", "Right", "Zoom out", "All"] + ["Zoom in"] * 32 + \
        ["Left", "Zoom out", "All"]
    for number, (name, whole) in enumerate(wanted_strips(page.report)):
        start, end = 0, whole
        for at, action in enumerate(steps):
            button = page.find(f'button[aria-label="{action}: {name}"]')
            expect(len(button) == 1, f"{len(button)} buttons {action}: {name}")
            if at == 0:
                button[0].click()
            else:
                page.browser.driver.execute_script("arguments[0].click()", button[0])
            start, end = moved(action, start, end, whole)
            if action != steps[at - 1] or at == 6:
                judge_strip(page, page.browser.measure("strips")[number], whole, start, end, f"step {at}, {action}")


def check_areas(page):
    """Buttons go through the areas that a strip shows, and say of each what a click on it says."""
    for number, (name, whole) in enumerate(wanted_strips(page.report)):
        inside = [r for r in page.report["ranges"] if int(r["start"], 16) < whole]
        said = page.find("output")[number]
        last = len(inside) - 1
        for action, wanted in (("Next area", 0), ("Next area", min(1, last)), ("Previous area", 0), ("Previous area", 0)):
            page.browser.driver.execute_script("arguments[0].click()", page.find(f'button[aria-label="{action}: {name}"]')[0])
            one = inside[wanted]
            expect(said.text.startswith(f"{one['start']}..{one['end']} {one['class']}, "), f"{name}: {action} says {said.text!r}")
            chosen = [i for i, area in enumerate(page.browser.measure("strips")[number]["areas"]) if area["chosen"]]
            expect(chosen == [wanted], f"{name}: {action} marks {chosen}")


def check_heads(page):
    """The heads of a table stay in sight while its rows are scrolled."""
    page.browser.size(WIDTHS[1])
    expect(page.browser.measure("heads_stay", page.table("Ranges")), "the heads of a long table are scrolled away")


# ---- people ----

def check_keyboard(page):
    """Every control is a stop of the Tab key, in the document's order, and is seen to be; Enter and space press them."""
    links, ledger, buttons = 6 + ("diff" in page.report), 1, 7  # of the header; a region that scrolls; of a strip
    all_stops = links + ledger + buttons * len(wanted_strips(page.report)) + sum(2 + len(t["heads"]) for t in page.tables)
    for scheme in ("light", "dark"):
        page.browser.media(scheme=scheme)
        page.browser.open(page.path)  # the next Tab goes on from where one clicked last
        names = page.browser.measure("stops")
        expect(len(names) == all_stops, f"{len(names)} stops, wanted {all_stops}: {names}")
        for wanted, name in enumerate(names):
            page.browser.key("Tab")
            focus = page.browser.measure("focus")
            expect(focus["stop"] == wanted, f"Tab {wanted + 1} goes to stop {focus['stop']}, wanted {name!r}")
            expect(focus["outline"] >= FOCUS_PIXELS, f"{name!r}: the focus is not seen")
            ratio = browsers.contrast(focus["colour"], focus["paper"])
            expect(ratio >= FOCUS_CONTRAST, f"{name!r}: the focus has a contrast of {ratio:.1f} ({scheme})")
            expect(focus["on_screen"], f"{name!r} has the focus and is not on the screen")
    page.browser.media()
    page.browser.key("Tab", browsers.SHIFT)
    expect(page.browser.measure("focus")["stop"] == len(names) - 2, "Shift and Tab do not go back")
    for key, wanted in (("Enter", "ascending"), (" ", "descending")):
        page.browser.driver.execute_script("document.querySelector('thead button').focus()")
        page.browser.key(key)
        expect(page.browser.measure("sorted_now", 0)["heads"][0] == wanted, f"the key {key!r} does not sort {wanted}")


def check_axe(page):
    """A few rows of each table are enough: others are of the same kind. The page is not whole any more afterwards."""
    page.browser.measure("shorten_tables", 8)
    source = (BUILD / "browser/node_modules/axe-core/axe.min.js").read_text()
    for scheme, width in (("light", WIDTHS[0]), ("dark", WIDTHS[-1])):
        page.browser.size(width)
        page.browser.media(scheme=scheme)
        judged = page.browser.axe(source)
        expect("error" not in judged, f"axe-core failed: {judged.get('error')}")
        expect(judged["passes"] > 10, f"axe-core applied {judged['passes']} rules: that cannot be all")
        grave = [f"{v['id']} ({v['impact']}: {v['help']}) {v['where'][:2]}" for v in judged["found"] if v["impact"] in GRAVE]
        expect(not grave, f"{scheme}, {width} pixels: {grave}")
    page.browser.media()


def check_width(page):
    for width in page.widths:
        page.browser.size(width)
        expect(not (found := page.browser.measure("overflow")), f"{width} pixels are not enough: {found}")
        expect(not (found := page.browser.measure("cut_off")), f"{width} pixels: cut off: {found[:3]}")


def check_print(page):
    page.browser.size(PAPER_WIDTH)
    for scheme in ("light", "dark"):
        page.browser.media("print", scheme)
        expect(page.browser.measure("displayed", "nav, .tools, input, button:not(th button)") == 0, "tools are printed")
        expect(page.browser.measure("displayed", "tbody tr") >= len(page.report["ranges"]), "rows are not printed")
        expect(page.browser.measure("displayed", "svg.strip") == len(wanted_strips(page.report)), "no picture is printed")
        ink = page.browser.measure("ink")
        expect(browsers.contrast(ink, "rgb(255, 255, 255)") > 7, f"{scheme}: the ink {ink} is not seen on white paper")
        expect(not (found := page.browser.measure("overflow")), f"it is wider than a sheet: {found}")
    page.browser.media()


def check_shut(page):
    """Should a script get into it one day: it can ask nobody."""
    page.browser.heard()
    page.browser.driver.execute_async_script(
        "const done = arguments[0]; fetch('http://127.0.0.1:9/').then(() => done(), () => done())")
    messages, _ = page.browser.heard()
    expect(any("Content Security Policy" in message for message in messages), "a request from a script in it is allowed")


EVERY_CHECK = (check_text, check_references, check_sort, check_filter, check_picture, check_zoom, check_areas, check_heads, check_keyboard, check_width,
               check_print, check_quiet, check_shut, check_axe)
ON_LARGE = tuple(check for check in EVERY_CHECK if check not in (check_axe, check_keyboard))
ON_TABLES = tuple(check for check in EVERY_CHECK if check not in (check_zoom, check_heads))
ON_HUGE = (check_text, check_references, check_sort, check_filter, check_picture, check_width, check_quiet, check_shut)


def run_checks(browser, name, page, report, checks):
    problems, here = [], Page(browser, page, report)
    for check in checks:
        start = time.monotonic()
        try:
            check(here)
        except (Finding, browsers.Trouble) as finding:
            problems.append(f"{name}: {check.__name__[6:]}: {str(finding).splitlines()[0]}")
        print(f"{name:<8}{check.__name__[6:]:<12}{time.monotonic() - start:5.1f} s", flush=True)
    return problems


def unnoticed(browser, page, report):
    """Plants each fault in the page: those that its check does not see."""
    good, problems = page.read_text(), []
    checks = {check.__name__[6:]: check for check in EVERY_CHECK}
    for name, what, old, new in faults.FAULTS:
        bad = old.sub(new, good, count=1) if isinstance(old, re.Pattern) else good.replace(old, new)
        if bad == good:
            problems.append(f"fault {name}, {what}: the page has not what it replaces")
            continue
        path = page.with_name("fault.html")
        path.write_text(bad)
        try:
            checks[name](Page(browser, path, report))
            problems.append(f"fault {name}, {what}: not noticed")
        except (Finding, browsers.Trouble) as finding:
            print(f"fault {name}, {what}: {str(finding).splitlines()[0]}"[:160], flush=True)
    return problems


def too_long(*_):
    raise TimeoutError(f"no end after {SECONDS} s")


def main():
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="look at the pages whose name matches")
    parser.add_argument("--screenshots", type=pathlib.Path, help="write pictures of a page at each width into this folder")
    arguments = parser.parse_args()
    start = time.monotonic()
    if lacking := browsers.missing(BUILD):
        print("\n".join(f"FAIL: {text}" for text in lacking))
        return 1
    problems = []
    with tempfile.TemporaryDirectory() as folder, browsers.Browser(pathlib.Path(folder)) as browser:
        made = inputs.Pages(BUILD / "host/memmap", pathlib.Path(folder))
        small, tables = made.make("small", inputs.SMALL), made.tables()
        for name, page, checks in (("small", small, EVERY_CHECK), ("large", made.make("large", inputs.LARGE), ON_LARGE),
                                   ("tables", tables, ON_TABLES), ("huge", made.huge(), ON_HUGE)):
            if re.search(arguments.only, name):
                problems += run_checks(browser, name, *page, checks)
        problems += unnoticed(browser, *small)
        if arguments.screenshots:
            for scheme in ("light", "dark"):
                for width in WIDTHS:
                    browser.size(width)
                    browser.media(scheme=scheme)
                    browser.open(tables[0])
                    browser.screenshot(arguments.screenshots / f"report-{scheme}-{width}.png", 3000)
    print("\n".join(f"FAIL: {problem}" for problem in problems))
    print(f"4 pages, {len(EVERY_CHECK)} kinds of checks, {len(problems)} problems, {len(faults.FAULTS)} planted faults,"
          f" {time.monotonic() - start:.0f} s")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
