"""Device, browser and system, as a user agent names them; coarse, as the panels show them."""

import re
from typing import NamedTuple

# In this order: who builds on another's engine names both
_BROWSERS = (
    ("Facebook app", r"FBA[NV]/|FB_IAB"),
    ("Instagram app", r"Instagram \d"),
    ("TikTok app", r"musical_ly|BytedanceWebview"),
    ("Pinterest app", r"\[Pinterest/"),
    ("LinkedIn app", r"\[LinkedInApp\]"),
    ("Snapchat app", r"Snapchat/"),
    ("Slack app", r"Slack_SSB/"),
    ("WeChat", r"MicroMessenger/"),
    ("LINE", r" Line/"),
    ("Google app", r" GSA/"),
    ("DuckDuckGo", r"Mobile/\w+ DuckDuckGo/"),
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera Mini", r"Opera Mini/"),
    ("Opera", r"OPR/|OPT/|OPiOS/|Opera[ /]"),
    ("Vivaldi", r"Vivaldi/"),
    ("Yandex Browser", r"YaBrowser/"),
    ("Whale", r"Whale/"),
    ("Samsung Internet", r"SamsungBrowser/|Tizen \d"),
    ("Huawei Browser", r"HuaweiBrowser/"),
    ("MIUI Browser", r"MiuiBrowser/"),
    ("UC Browser", r"UCBrowser/"),
    ("Quest Browser", r"OculusBrowser/"),
    ("Silk", r"Silk/"),
    ("KaiOS", r"KAIOS/"),
    ("PlayStation", r"PlayStation"),
    ("webOS", r"Web0S"),
    ("Firefox", r"Firefox/\d|FxiOS/"),
    ("Chrome", r"Chrome/\d|CriOS/|Chromium/"),
    ("Konqueror", r"Konqueror/"),
    ("Internet Explorer", r"MSIE \d|Trident/\d"),
    ("Safari", r"Version/[\d.]+.* Safari/|(?:iPhone|iPad).* AppleWebKit/"),
)
_SYSTEMS = (
    ("HarmonyOS", r"HarmonyOS"),
    ("Android", r"Android"),
    ("iOS", r"iPhone|iPad|iPod"),
    ("ChromeOS", r"CrOS"),
    ("Tizen", r"Tizen"),
    ("webOS", r"Web0S"),
    ("KaiOS", r"KAIOS"),
    ("PlayStation", r"PlayStation"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)
_DEVICES = (
    (
        "tv",
        r"(?i)smart-?tv|\btv\b|android ?tv|googletv|web0s|crkey|chromecast|bravia|hbbtv|netcast|vidaa|viera|roku"
        r"|appletv|mitv|mibox|\bstb\b|\batv\b|tv ?box|\baft[a-z]+\d*\b|shield|playstation|xbox|nintendo",
    ),
    ("other", r"OculusBrowser|Quest \d|Glass|Watch"),
    ("tablet", r"iPad|Tablet|Kindle|Silk/|PlayBook|^(?!.*Mobile).*Android"),
    ("mobile", r"(?i)mobile|iphone|ipod|android|opera mini|phone|blackberry|symbian|midp"),
    ("desktop", r"Windows NT|Macintosh|X11|CrOS|Linux"),
)
_KNOWN, _NAMED, _HELD = (
    [(name, re.compile(pattern)) for name, pattern in table] for table in (_BROWSERS, _SYSTEMS, _DEVICES)
)

_VERSION = r"[\d.]+"
_ENGINE = r"AppleWebKit/[\d.]+ \(KHTML, like Gecko\)"
_PRODUCTS = (
    r"Chrome|Safari|Version|Mobile|Edg|EdgA|EdgiOS|Edge|OPR|OPT|Vivaldi|YaBrowser|Yowser|Whale|SamsungBrowser|CriOS"
    r"|FxiOS|GSA|DuckDuckGo|Ddg|Silk|HuaweiBrowser|AVG|Avast|QQBrowser|UCBrowser"
)
_MAINSTREAM = re.compile(
    r"Mozilla/[45]\.0 \((?!(?:[^()]|\([^)]*\))*(?i:compatible|https?:|\+|@|(?<!cu)bot\b|spider|crawl))"
    r"(?:Windows|Macintosh|X11|Linux|Android|iPhone|iPad|iPod|Mobile|SMART-TV|Web0S|PlayStation)"
    r"[^)]*(?:\([^)]*\)[^)]*)?\) "
    rf"(?:{_ENGINE}(?: (?:like )?(?:{_PRODUCTS})/[\w.]+| Mobile| \(Edition [\w ]+\))+"
    rf"|Gecko/{_VERSION} Firefox/{_VERSION}(?: (?:LibreWolf|Waterfox|KAIOS)/{_VERSION})?|like Gecko)"
)


class Seen(NamedTuple):
    device: str
    browser: str
    os: str


def look(text: str) -> Seen:
    """What the text names; empty, or another device, where it names none."""
    return Seen(_first(_HELD, text) or "other", _first(_KNOWN, text), _first(_NAMED, text))


def is_mainstream(text: str) -> bool:
    """Whether it is what a browser of many people says, and nothing besides."""
    return _MAINSTREAM.fullmatch(text) is not None


def _first(table, text: str) -> str:
    return next((name for name, pattern in table if pattern.search(text)), "")
