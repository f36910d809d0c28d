"""A real browser: where it is, how it is started, and what counts as a fault of a page."""

import os
import shutil
import time
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from tests import waiting
from tests.system import Installed

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 20_000  # milliseconds that a page gets on a busy machine; what is there at once is seen at once
VIOLATION = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.effectiveDirective} refused ${event.blockedURI} in ${event.sourceFile}`))"""


def find_chromium() -> str:
    """The path of a Chromium on this machine, or nothing."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), "")


@contextmanager
def open_chromium():
    """One browser for many pages."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), headless=True, args=[*FLAGS, *Installed.browser_flags()]
        )
        yield browser
        browser.close()


def watch(page) -> list[str]:
    """What the page complains about from now on: script errors, console errors, refusals of the CSP."""
    errors: list[str] = []
    page.add_init_script(VIOLATION)
    page.on("pageerror", lambda error: errors.append(f"script error: {error}"))
    page.on("console", lambda line: errors.append(f"console: {line.text}") if line.type == "error" else None)
    return errors


def check_page(page) -> list[str]:
    """What axe finds wrong, and whether the page scrolls sideways."""
    # What is right need not be listed, which takes as long as the looking
    results = Axe().run(page, options={"resultTypes": ["violations"]}).response
    faults = [
        f"axe {violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in results["violations"]
        for node in violation["nodes"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*faults, f"the page is {wide} px wider than the window"] if wide > 0 else faults


def until(page, expression: str, seconds: float = 15) -> None:
    """Wait for a condition in the page. Playwright's wait_for_function evaluates in the page, which our CSP forbids."""
    deadline = time.monotonic() + seconds * waiting.PATIENCE
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"Never came true: {expression}"
        page.wait_for_timeout(50)


AT_REST = "document.readyState === 'complete' && !document.querySelector('.htmx-request, .htmx-settling')"


def at_rest(page) -> None:
    """Wait until the page and its panels are there: looked at twice, as one panel's end may be another's beginning.

    (Playwright's `networkidle` waits half a second more each time.)
    """
    for _ in range(2):
        until(page, AT_REST)
        page.wait_for_timeout(50)
