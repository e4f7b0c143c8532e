# SPDX-License-Identifier: MIT
"""Chromium without a window, and a page of memmap in it. Nothing here judges."""
import base64
import json
import os
import pathlib
import re
import shutil

try:
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException as Trouble  # such as a click on what something covers
    from selenium.webdriver.chrome.service import Service
except ModuleNotFoundError:
    webdriver, Trouble = None, OSError

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 60 * float(os.environ.get("TEST_PATIENCE", "1"))  # for one command of the browser
# Without a window, without a graphics processor, and without what a browser asks the world on its own account.
SWITCHES = ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
            "--no-proxy-server", "--force-color-profile=srgb", "--lang=en",
            # Its sandbox needs rights that a container lacks. All that it opens is what this build wrote.
            "--no-sandbox")
KEYS = {"Backspace": 8, "Tab": 9, "Enter": 13, " ": 32}
SHIFT = 8


def missing(build):
    """What is not there, and who brings it: a sentence each."""
    found = []
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            found.append(f"{program} is missing: tools/setup installs it")
    if webdriver is None:
        found.append("python3-selenium is missing: tools/setup installs it")
    for name, target in (("browser/node_modules/axe-core/axe.min.js", "browser/axe"), ("host/memmap", "host/memmap")):
        if not (build / name).exists():
            found.append(f"{build / name} is missing: make B={build} {build / target} makes it")
    return found


def contrast(one, other):
    """Of two colours as the browser names them, rgb(1, 2, 3); WCAG 2.2, "contrast ratio"."""
    def luminance(colour):
        levels = [float(part) / 255 for part in re.findall(r"[\d.]+", colour)[:3]]
        parts = [level / 12.92 if level <= .04045 else ((level + .055) / 1.055) ** 2.4 for level in levels]
        return .2126 * parts[0] + .7152 * parts[1] + .0722 * parts[2]
    low, high = sorted((luminance(one), luminance(other)))
    return (high + .05) / (low + .05)


class Browser:
    def __init__(self, scratch):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for switch in (*SWITCHES, f"--user-data-dir={scratch / 'profile'}"):
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.driver.set_page_load_timeout(SECONDS)
        self.driver.set_script_timeout(SECONDS)
        self.driver.get("about:blank")
        self.driver.get_log("performance")  # of the browser's own first page

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def command(self, name, **words):
        return self.driver.execute_cdp_cmd(name, words)

    def size(self, width, height=900):
        """Returns when the page has been laid out for it: a busy browser answers before it has done so."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done)); setTimeout(done, 500)")

    def media(self, medium="screen", scheme="light"):
        self.command("Emulation.setEmulatedMedia", media=medium,
                     features=[{"name": "prefers-color-scheme", "value": scheme}])

    def key(self, name, modifiers=0):
        text = {"Enter": "\r", " ": " "}.get(name, "")
        for kind in ("keyDown", "keyUp"):
            self.command("Input.dispatchKeyEvent", type=kind, key=name, code="Space" if name == " " else name,
                         windowsVirtualKeyCode=KEYS[name], modifiers=modifiers,
                         **({"text": text} if text and kind == "keyDown" else {}))

    def write_over(self, field, text):
        """Types into a field instead of what is in it."""
        self.driver.execute_script("arguments[0].focus(); arguments[0].select()", field)
        self.key("Backspace")
        if text:
            self.command("Input.insertText", text=text)

    def measure(self, name, *arguments):
        return self.driver.execute_script(f"return measure.{name}(...arguments)", *arguments)

    def open(self, path):
        self.driver.get(path.as_uri())
        self.driver.execute_script((HERE / "measure.js").read_text())
        self.measure("number_rows")

    def heard(self):
        """Messages of the console, and addresses that were asked for, since the last time."""
        messages = [entry["message"] for entry in self.driver.get_log("browser")]
        requests = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated"):
                requests.append(message["params"].get("request", message["params"])["url"])
            elif message["method"] in ("Page.javascriptDialogOpening", "Page.windowOpen"):
                messages.append(message["method"])
        return messages, requests

    def screenshot(self, path, height):
        width = self.driver.execute_script("return innerWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        made = self.command("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(made["data"]))

    def pdf(self):
        return base64.b64decode(self.command("Page.printToPDF", printBackground=True)["data"])

    def axe(self, source):
        """Violations that axe-core finds, after axe.run() with all its rules."""
        if not self.driver.execute_script("return 'axe' in window"):
            self.driver.execute_script(source)
        return self.driver.execute_async_script(
            "const done = arguments[0];"
            "axe.run(document, {resultTypes: ['violations']}).then(r => done({found: r.violations.map(v => ({"
            "id: v.id, impact: v.impact, help: v.help, where: v.nodes.map(n => n.html.slice(0, 90))})),"
            "passes: r.passes.length}), error => done({error: String(error)}))")
