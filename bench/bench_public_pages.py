"""What a visitor's first look at / and /make/ costs, in a real browser with an empty cache.

Bytes on the wire without pictures and clips, headers included; and the first contentful paint with the processor four
times slower, as a phone of some years ago, over the loopback. The web server is the one of bin/run.
"""

import os
import statistics
import sys
from pathlib import Path
from urllib.parse import urlsplit

from bench import site
from bench.webhook import servers
from tests.browser.chromium import find_chromium, open_chromium

ROUNDS, SLOWER = 7, 4
MOST_KB, MOST_MS = 60, 1000
PAGES = ("/", "/make/")
PHONE = {"width": 390, "height": 844}
PAINTED = "performance.getEntriesByName('first-contentful-paint').map((entry) => entry.startTime)[0]"


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    if not find_chromium():
        raise SystemExit("No Chromium found: install Debian's chromium, or set CHROMIUM to one.")
    with servers.running() as folder:
        return _measure(folder)


def _measure(folder: Path) -> int:
    settings = site.prepare(folder)
    servers.run([sys.executable, "-m", "bench.pages.rows"], settings)
    address = site.start(settings, folder)
    looks: dict[str, list[tuple[dict[str, int], float]]] = {page: [] for page in PAGES}
    with open_chromium() as browser:
        for page in PAGES:  # what is done once only, after a start
            _look(browser, address + page)
        for _ in range(ROUNDS):
            for page in PAGES:
                looks[page].append(_look(browser, address + page))
    print(f"load average {os.getloadavg()[0]:.1f}")
    met = [_told(page, looks[page]) for page in PAGES]
    return int(not all(met))


def _told(page: str, looks) -> bool:
    sizes, paints = looks[-1][0], sorted(paint for _, paint in looks)
    kilobytes, paint = sum(sizes.values()) / 1000, statistics.median(paints)
    kinds = ", ".join(f"{kind} {size / 1000:.1f}" for kind, size in sorted(sizes.items()))
    print(f"{page:8} {kilobytes:5.1f} kB on the wire (at most {MOST_KB}): {kinds}")
    print(
        f"{'':8} first contentful paint after {paint:.0f} ms (at most {MOST_MS}), {paints[0]:.0f} to {paints[-1]:.0f}"
    )
    return kilobytes <= MOST_KB and paint <= MOST_MS


def _look(browser, address: str) -> tuple[dict[str, int], float]:
    """Bytes by kind, and when the page was first seen, in milliseconds."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def begins(event) -> None:
        path = urlsplit(event["response"]["url"]).path
        if event["type"] not in ("Image", "Media") or path.startswith("/static/"):
            kinds[event["requestId"]] = event["type"]

    def ends(event) -> None:
        if kind := kinds.get(event["requestId"]):
            sizes[kind] = sizes.get(kind, 0) + event["encodedDataLength"]

    devtools.on("Network.responseReceived", begins)
    devtools.on("Network.loadingFinished", ends)
    page.goto(address, wait_until="networkidle")
    page.wait_for_function(f"{PAINTED} > 0")
    painted = page.evaluate(PAINTED)
    context.close()
    return sizes, painted


if __name__ == "__main__":
    sys.exit(main())
