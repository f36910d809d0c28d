"""Who asks for a page, by its user agent: a person's browser as far as one can tell, a bot, or a bot of an AI operator.

Our own table (agents.csv, each row with its reference) comes first, then the patterns of two packages and a few words.
All are one RE2 set, so that one pass over the text finds every rule that holds. A mainstream browser that says nothing
else is never a bot, whatever a package thinks. A user agent proves nothing: whoever forges a browser's is "human" here.
Change a rule, and raise RULES_VERSION: what is known of agents is then judged anew.
"""

import csv
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

import re2
from crawlerdetect.providers.crawlers import data as CRAWLERDETECT
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from sitestats import browsers

RULES_VERSION = 2
TABLE = Path(__file__).with_name("agents.csv")
LONGEST = 512


class Kind(StrEnum):
    HUMAN = "human"  # a browser; not known to be a bot
    BOT = "bot"
    AI = "ai"
    UNKNOWN = "unknown"  # names neither a browser nor a bot; "unclear" on screen, and no human


BOTS = (Kind.BOT, Kind.AI, Kind.UNKNOWN)  # whoever is not known to be human


class Purpose(StrEnum):
    """What a bot comes for."""

    NONE = ""
    TRAINING = "training"
    SEARCH = "search"
    USER = "user"  # a person asked an assistant, which looks
    SEO = "seo"
    PREVIEW = "preview"
    MONITOR = "monitor"
    FEED = "feed"
    ADS = "ads"
    ARCHIVE = "archive"
    ACADEMIC = "academic"
    SCANNER = "scanner"
    LIBRARY = "library"
    AUTOMATION = "automation"
    OTHER = "other"
    UNSORTED = "unsorted"


@dataclass(frozen=True, slots=True)
class Agent:
    kind: Kind
    name: str = ""
    operator: str = ""
    purpose: Purpose = Purpose.NONE
    device: str = "other"
    browser: str = ""
    os: str = ""


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: str
    kind: Kind
    name: str = ""
    operator: str = ""
    purpose: Purpose = Purpose.UNSORTED


# Tags of crawler-user-agents, the first that fits
_TAGS = {
    "ai-crawler": Purpose.UNSORTED,  # which of them learn and which look something up, only agents.csv says
    "search-engine": Purpose.SEARCH,
    "social-preview": Purpose.PREVIEW,
    "feed-reader": Purpose.FEED,
    "scanner": Purpose.SCANNER,
    "http-library": Purpose.LIBRARY,
    "browser-automation": Purpose.AUTOMATION,
    "archiver": Purpose.ARCHIVE,
    "academic": Purpose.ACADEMIC,
    "advertising": Purpose.ADS,
    "monitoring": Purpose.MONITOR,
    "seo": Purpose.SEO,
}
# What is in no table: (pattern, purpose)
_WORDS = (
    (r"^WhatsApp/|Mastodon/|Iframely|Embedly|(?i:url.?preview|link.?preview|unfurl)", Purpose.PREVIEW),
    (r"(?i)\b(rss|feed ?(fetcher|reader|bin|parser)|subscribers)\b|miniflux", Purpose.FEED),
    (r"(?i)uptime|health.?check|synthetic|validator|\bmonitor(ing)?\b|\blink.?check", Purpose.MONITOR),
    (r"(?i)\b(scan|scanner|vulnerability|pentest|exploit|fuzz)\b|nvdorz", Purpose.SCANNER),
    (
        r"(?i)^(?:curl|wget|python|java|ruby|php|perl|node|undici|got|axios|bun|deno|dart|go|okhttp|httpie|guzzlehttp"
        r"|reqwest|faraday|wordpress|postmanruntime|scrapy|colly|cfnetwork|insomnia|hyper|ureq)(?:[/ ._-]|$)"
        r"|http.?client|python|requests/|libwww|powershell|jsdom|cfnetwork.*darwin",
        Purpose.LIBRARY,
    ),
    (r"(?i)headless|webdriver|electron/.*(?:cypress|nightmare)", Purpose.AUTOMATION),
    (r"(?:^|[^A-Za-z])[A-Za-z._-]*(?i:bots?|crawl\w*|spiders?|scrap(?:er|y|ing)|archiver|fetcher)\b", Purpose.OTHER),
    (r"(?i)\+https?://|\bhttps?://|[\w.]+@[\w.]+\.[a-z]{2,}", Purpose.OTHER),
    # No browser says more in this bracket, and none but the old Internet Explorer and Konqueror begins "compatible"
    (r"\(KHTML, like Gecko[;,] ?\w|^Mozilla/\d\.0 \(compatible; ?(?:[A-JLN-Za-z]|K[^o]|M[^S])", Purpose.OTHER),
    (r"\$\{jndi|<\?|<script|\.\./|\bUNION\b.*\bSELECT\b", Purpose.SCANNER),
)
# What a telephone is called is no rule's business (CUBOT, "Spider 8", a build number); nor what apps of people are
_MODEL = re.compile(r"(Android[^;)]*; ?)(?:U; ?)?(?:[a-z]{2}[-_][A-Za-z]{2}; ?)?[^;)]*|Cronet|SogouM\w+|Sogou[A-Z]\w+")
_LOOKS_AROUND = re.compile(r"\(\?[<!=]")  # what RE2 has not: one pattern of crawlerdetect
# Apps of people that load a page to show it
_PEOPLE = re.compile(
    r"FBA[NV]/|FB_IAB|Instagram \d|\[Pinterest/|\[LinkedInApp\]|MicroMessenger|Snapchat/|Slack_SSB/|Safari/[\d.]+ Viber"
)


# It names itself, and neither a browser nor a system: "Kowai/1.0", "Mozilla/5.0 (compatible; Crusader/1.0)"
_NAMES_ITSELF = re.compile(r"(?:Mozilla/\d\.0 )?(?:\(?compatible; ?)?(?!Mozilla|Dalvik)([A-Za-z][\w.:& -]{0,60})/v?\d")


@lru_cache(maxsize=8192)
def classify(user_agent: str, /) -> Agent:
    """Who says to be asking. Only what is in the text counts."""
    text = user_agent[:LONGEST].strip()
    seen = browsers.look(text)
    rule = _first_rule(text)
    if rule is None and not (seen.browser or seen.os) and (named := _NAMES_ITSELF.match(text)):
        return Agent(Kind.BOT, _chosen(named[1]), "", Purpose.UNSORTED, *seen)
    if rule is None:
        return Agent(Kind.HUMAN if seen.browser else Kind.UNKNOWN, seen.browser, "", Purpose.NONE, *seen)
    name = rule.name or _chosen(_matched(rule.pattern, text))
    return Agent(rule.kind, name, rule.operator, rule.purpose, *seen)


def _first_rule(text: str) -> _Rule | None:
    """The rule that counts: ours before the packages', among ours the longest name."""
    rules, matching, ours = _compiled()
    found = matching.Match(_MODEL.sub(r"\1", text).encode(errors="replace"))
    if not found:
        return None
    first = min(found)
    if first >= ours and (browsers.is_mainstream(text) or _PEOPLE.search(text)):
        return None
    return rules[first]


def _matched(pattern: str, text: str) -> str:
    found = re2.search(pattern, text.encode(errors="replace").decode())
    return re.sub(r"^[^\w]+|[^\w)]+$", "", found[0] if found else "")[:60]


def _chosen(name: str) -> str:
    """A name that a bot gave itself: in quotes where it is an operator's, for whom it must not be taken."""
    return f"“{name}”" if name.strip().casefold() in _operators() else name


@cache
def _operators() -> set[str]:
    return {rule.operator.casefold() for rule in _table()} - {""}


@cache
def _compiled() -> tuple[list[_Rule], re2.Set, int]:
    """Rules, the set whose answers number them, and how many of them are of our table."""
    ours = sorted(_table(), key=lambda rule: (rule.name.endswith("*"), -len(rule.name)))
    packages = [*_crawler_user_agents(), *(_Rule(pattern, Kind.BOT, purpose=purpose) for pattern, purpose in _WORDS)]
    packages += [_Rule(f"(?i){pattern}", Kind.BOT) for pattern in CRAWLERDETECT if not _LOOKS_AROUND.search(pattern)]
    options = re2.Options()
    options.max_mem = 256 << 20
    matching = re2.Set.SearchSet(options)
    rules = []
    for rule in [*ours, *packages]:
        matching.Add(rule.pattern)
        rules.append(rule)
    matching.Compile()
    return rules, matching, len(ours)


def _table() -> list[_Rule]:
    with TABLE.open(newline="", encoding="utf-8") as file:
        return [
            _Rule(_whole(row["name"]), Kind(row["kind"]), row["name"], row["operator"], Purpose(row["purpose"]))
            for row in csv.DictReader(file)
        ]


def _whole(name: str) -> str:
    """The name as a whole word, in whatever case; `OAI-*` is every name that begins so."""
    start, open_ended = name.rstrip("*"), name.endswith("*")
    return rf"(?i)(?:^|[^a-z]){re2.escape(start)}" + ("" if open_ended else "(?:[^a-z]|$)")


def _crawler_user_agents() -> list[_Rule]:
    rules = []
    for entry in CRAWLER_USER_AGENTS_DATA:
        purpose = next((_TAGS[tag] for tag in _TAGS if tag in entry.get("tags", ())), Purpose.UNSORTED)
        kind = Kind.AI if "ai-crawler" in entry.get("tags", ()) else Kind.BOT
        rules.append(_Rule(entry["pattern"], kind, purpose=purpose))
    return rules
