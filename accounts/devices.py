"""From what kind of device a request comes: its browser and system by name, never the whole user agent."""

import re

# The first that fits names it: most browsers also claim to be one of those below them
BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Version/[\d.]+ .*Safari/"),
    ("A program", r"^(curl|Wget|python|Go-http|okhttp|Java|axios|node|PostmanRuntime|libwww)"),
)
SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Chrome OS", r"CrOS"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)


def family(user_agent: str) -> str:
    """`Firefox on Windows`; empty when nothing is said, `Unknown` when nothing is known."""
    text = user_agent[:500]
    browser, system = _first(BROWSERS, text), _first(SYSTEMS, text)
    return " on ".join(filter(None, (browser, system))) or ("Unknown" if text.strip() else "")


def of(request) -> dict[str, str] | None:
    """What an audit row keeps of the device behind a request."""
    name = family(request.headers.get("User-Agent", ""))
    return {"device": name} if name else None


def _first(names, text: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, text, re.IGNORECASE)), "")
