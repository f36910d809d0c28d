"""Screenshots of pages at 1440 and 390 px, light and dark, into var/screenshots; axe and console errors on the way.

python bench/screenshots.py http://localhost:8000 --sign-in owner@poemvision.example /admin/ /admin/billing/
"""

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import expect

from tests.browser.chromium import check_page, find_chromium, open_chromium, watch

FOLDER = Path(__file__).resolve().parent.parent / "var" / "screenshots"
SIZES = {"1440": {"width": 1440, "height": 900}, "390": {"width": 390, "height": 844}}
PASSWORD = "poem-vision-demo"  # of the demo accounts that `bin/run` prints


def main() -> int:
    options = _options()
    if not find_chromium():
        print("No Chromium found: install Debian's chromium, or set CHROMIUM to one.")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    faults = 0
    with open_chromium() as browser:
        for size, viewport in SIZES.items():
            for theme in options.themes:
                faults += _walk(browser, options, size, viewport, theme)
    print(f"{FOLDER}: {faults} faults" if faults else f"{FOLDER}: no faults")
    return 1 if faults else 0


def _options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--sign-in", default="", help="e-mail of a demo account")
    parser.add_argument("--themes", nargs="+", default=["light", "dark"])
    parser.add_argument("--prefix", default="")
    parser.add_argument("--viewport-only", action="store_true")
    return parser.parse_args()


def _walk(browser, options, size: str, viewport: dict, theme: str) -> int:
    context = browser.new_context(viewport=viewport, color_scheme=theme, base_url=options.base)
    context.add_cookies([{"name": "theme", "value": theme, "url": options.base}])
    page = context.new_page()
    errors = watch(page)
    if options.sign_in:
        page.goto("/account/login/")
        page.get_by_label("E-mail").first.fill(options.sign_in)
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).last.click()
        page.wait_for_load_state("networkidle")
    faults = 0
    for path in options.paths:
        page.goto(path)
        _settle(page)
        name = f"{options.prefix}{re.sub(r'[^a-z0-9]+', '-', path.lower()).strip('-') or 'home'}-{size}-{theme}.png"
        page.screenshot(path=FOLDER / name, full_page=not options.viewport_only)
        for fault in (*check_page(page), *errors):
            faults += 1
            print(f"{path} {size} {theme}: {fault}")
        errors.clear()
    context.close()
    return faults


def _settle(page) -> None:
    """Look at each panel until it has loaded, as those below the fold wait to be seen, and until it is quiet."""
    for panel in page.locator("[data-panel]:visible").all():
        panel.scroll_into_view_if_needed()
        expect(panel).to_have_attribute("aria-busy", "false")
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(300)


if __name__ == "__main__":
    raise SystemExit(main())
