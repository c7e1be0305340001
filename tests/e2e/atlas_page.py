#!/usr/bin/env python3
"""atlas_page.py PAGE [SCREENSHOT]: opens the atlas in headless Chromium and uses it as a reader would.

Speaks WebDriver to chromedriver with nothing but the standard library. Exit status 77: there is no
Chromium here.
"""
import base64
import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1600,1200",
]
KEYS = {"right": "\ue014", "down": "\ue015", "enter": "\ue007", "escape": "\ue00c"}


class Browser:
    def __init__(self, port, profile):
        self.base = f"http://127.0.0.1:{port}"
        options = {"args": FLAGS + [f"--user-data-dir={profile}"]}
        session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.base += f"/session/{session['sessionId']}"

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def run(self, script, *args):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(args)})

    def find(self, css):
        found = self.call("POST", "/element", {"using": "css selector", "value": css})
        return next(iter(found.values()))

    def click(self, css):
        self.call("POST", f"/element/{self.find(css)}/click", {})

    def press(self, key):
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": [
            {"type": "keyDown", "value": KEYS[key]}, {"type": "keyUp", "value": KEYS[key]}]}]})

    def write(self, css, text):
        self.call("POST", f"/element/{self.find(css)}/value", {"text": text})

    def complaints(self):
        entries = self.call("POST", "/se/log", {"type": "browser"})
        return [e["message"] for e in entries if e["level"] in ("SEVERE", "WARNING")]

    def picture(self, path):
        pathlib.Path(path).write_bytes(base64.b64decode(self.call("GET", "/screenshot")))


def is_shown(browser):
    return browser.run("return !document.getElementById('panel').hidden")


def panel(browser):
    return browser.run("return document.getElementById('panel').innerText")


def read(browser, url, screenshot):
    cell = 'table a.cell[href="#capture_payment/unanswered"]'
    browser.open(url)
    assert browser.run("return document.documentElement.classList.contains('js')")
    assert not is_shown(browser), "nothing was asked for yet"
    assert browser.run("return performance.getEntriesByType('resource').length") == 0, \
        "the page needs nothing beside itself"

    browser.click(cell)
    assert is_shown(browser), "a click on a cell opens its story"
    story = panel(browser)
    for words in ("capture_payment, unanswered", "EXPIRED", "timeout/checkout", "refund_payment",
                  "{on: capture_payment, lose: reply}", "capture_payment #1", "CheckoutExpired"):
        assert words in story, f"`{words}` is not in the story: {story[:400]}"
    assert browser.run("return location.hash") == "#capture_payment/unanswered"
    if screenshot:
        browser.picture(screenshot)

    browser.press("right")
    assert "capture_payment, effect-then-failure" in panel(browser), "the arrow keys walk"
    browser.press("down")
    assert "confirm_order, effect-then-failure" in panel(browser)
    browser.press("escape")
    assert not is_shown(browser)
    assert browser.run("return document.activeElement.getAttribute('href')") == \
        "#confirm_order/effect-then-failure", "the focus stays where one was"
    browser.press("enter")
    assert is_shown(browser), "and the keyboard opens a story too"

    browser.open("about:blank")
    browser.open(url + "#cancel_order/rejected")
    assert is_shown(browser) and "stuck" in panel(browser), "a link leads to a cell"
    browser.open("about:blank")
    browser.open(url + "#%3Cscript%3E/x")
    assert not is_shown(browser), "and one to nowhere leads nowhere"

    browser.write("#search", "refund_payment no_answer")
    dim = "return document.querySelectorAll('a.cell:not(.dim)').length"
    few = browser.run(dim)
    browser.run("var s = document.getElementById('search'); s.value = 'PaymentRefunded';"
                "s.dispatchEvent(new Event('input'))")
    some = browser.run(dim)
    browser.click('button[data-kind="expired"]')
    fewer = browser.run(dim)
    assert few < fewer < some < browser.run("return document.querySelectorAll('a.cell').length"), \
        f"the filter: {few}, {fewer}, {some}"
    assert not browser.complaints(), browser.complaints()


def read_without_script(page):
    """What stands in the file itself: every cell is a link to a story that is there."""
    text = pathlib.Path(page).read_text()
    for foreign in ("<link rel=\"stylesheet", "src=\"http", "@import", "url("):
        assert foreign not in text, f"`{foreign}`: it is not self-contained"
    links = set(part.split('"')[0] for part in text.split('<a class="cell')[1:]
                for part in [part.split('href="#')[1]])
    ids = set(part.split('"')[0] for part in text.split('<details class="story" id="')[1:])
    assert links and links == ids, links ^ ids


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def driver():
    port = free_port()
    process = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    profile = tempfile.mkdtemp()
    browser = None
    try:
        for _ in range(100):
            try:
                browser = Browser(port, profile)
                break
            except urllib.error.URLError:
                time.sleep(0.1)
        assert browser is not None, "chromedriver does not start"
        yield browser
    finally:
        if browser is not None:
            browser.call("DELETE", "")
        process.terminate()
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)


def main():
    page = pathlib.Path(sys.argv[1]).resolve()
    read_without_script(page)
    if shutil.which("chromedriver") is None or shutil.which("chromium") is None:
        return 77
    with driver() as browser:
        read(browser, page.as_uri(), sys.argv[2] if len(sys.argv) > 2 else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
