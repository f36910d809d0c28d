"""How and from where somebody came: channel and source, from the address of a visit and its referrer.

The order of the rules is that of Google's default channel groups (https://support.google.com/analytics/answer/9756891),
with what members and invites bring in front. Which host is whose stands in sources.csv, each row with its reference: a
host covers the hosts below it, one without a dot every country's (google: google.co.uk), and the longest one counts.
"""

import csv
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models

from sitestats import shapes
from sitestats.shapes import small, word

TABLE = Path(__file__).with_name("sources.csv")
BETWEEN = "|"  # channel, source and detail in an address of ours; in none of them
PAID = re.compile(r"^(.*cp[acmv].*|ppc|retargeting|paid.*|display|banner|expandable|interstitial)$")
# What a paid click carries, by whom it is paid
CLICK_IDS = {
    **dict.fromkeys(("gclid", "gbraid", "wbraid", "dclid", "gad_campaignid"), "Google"),
    "msclkid": "Bing",
    "ttclid": "TikTok",
    "twclid": "X",
    "li_fat_id": "LinkedIn",
    "rdt_cid": "Reddit",
    "ScCid": "Snapchat",
    "yclid": "Yandex",
    "epik": "Pinterest",
}
MAIL = re.compile(r"^(e[-_ ]?mail|newsletter)$")
SOCIAL = re.compile(r"^((organic[-_ ])?social([-_ ](network|media|post))?|sm)$")
ASSISTANT = re.compile(r"^(ai([-_ ](assistant|chat|search))?|llm|chatbot)$")
_EVERY_COUNTRY = re.compile(r"(?:^|\.)([a-z]+)\.(?:com|[a-z]{2}|com?\.[a-z]{2})$")
_NAMED = re.compile(r"(?:[\w-]+\.)*(?!(?:\d+|0x[0-9a-f]*)$)[\w-]+")  # a name, and no address of a network
_MAIL_HOST = re.compile(r"^(?:web|roundcube|e)?mail\d*\.")


class Channel(models.TextChoices):
    DIRECT = "direct", "Direct"
    SEARCH = "search", "Search"
    SOCIAL = "social", "Social"
    AI = "ai", "AI assistant"
    ADS = "ads", "Ads"
    EMAIL = "email", "E-mail"
    REFERRAL = "referral", "Referral"
    CAMPAIGN = "campaign", "Campaign"
    SHARE = "share", "Share"
    INVITE = "invite", "Invite"
    IMPORTED = "imported", "Imported"


class Arrival(NamedTuple):
    """Where a visit came from. `source` names it within the channel: Google, a member's code, a campaign, a letter."""

    channel: str = Channel.DIRECT
    source: str = ""


# What a link carries that is not paid, where apps and mail programs send no referrer
MARKS = {
    "fbclid": Arrival(Channel.SOCIAL, "Facebook"),
    "igsh": Arrival(Channel.SOCIAL, "Instagram"),
    "igshid": Arrival(Channel.SOCIAL, "Instagram"),
    "mc_cid": Arrival(Channel.EMAIL, "Mailchimp"),
    "srsltid": Arrival(Channel.SEARCH, "Google"),
}


def classify(*, referrer="", query: Mapping[str, str] | None = None, share_code="", share_target="", invite=""):
    """The arrival. `referrer` is an address, `query` the visit's parameters, `share_target` the cut of a share page."""
    query = query or {}
    host = outside_host(referrer)
    # Judged before its letters are made small: a key is known by having both
    medium, utm_source = (small(word(query.get(f"utm_{part}", ""))) for part in ("medium", "source"))
    if invite:
        return Arrival(Channel.INVITE, invite)
    if share_code:
        return Arrival(Channel.SHARE if share_target else Channel.REFERRAL, share_code)
    if ad := _advertiser(query, medium, utm_source):
        return Arrival(Channel.ADS, ad)
    if medium or utm_source or query.get("utm_campaign"):
        return _campaign(medium, utm_source, word(query.get("utm_campaign", "")))
    marked = next((arrival for key, arrival in MARKS.items() if query.get(key)), None)
    known = _known(host) or marked
    if not host and not marked:
        return Arrival()
    if share_target and (known is None or known.channel in (Channel.SOCIAL, Channel.REFERRAL)):
        return Arrival(Channel.SHARE, known.source if known else host)
    return known or Arrival(Channel.EMAIL if _MAIL_HOST.match(host) else Channel.REFERRAL, host)


def outside_host(referrer: str) -> str:
    """The host of another site, without drawn names below it.

    Empty for our own, for those that take payments or sign people in, for nonsense.
    """
    return _outside(referrer, settings.BASE_URL, settings.STRIPE_CHECKOUT_ORIGIN, *settings.ALLOWED_HOSTS)


@lru_cache(maxsize=4096)
def _outside(referrer: str, *own: str) -> str:
    whole = _host(referrer)
    host = shapes.host(whole)
    ours, below = _own_hosts(*own)
    if not host or whole in ours or host in ours or whole.endswith(below):
        return ""
    known = _known(whole)
    return "" if known and known.channel == "none" else host


def _host(referrer: str) -> str:
    """What the address of a page or an app names, but for its `www.`; empty for anything else, as a number."""
    try:
        parts = urlsplit(referrer)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https", "android-app") or "@" in parts.netloc or not _NAMED.fullmatch(host):
        return ""
    return re.sub(r"^(?:www\.)+", "", host)


def is_known(source: str) -> bool:
    """Whether sources.csv names it."""
    return source.lower() in _names()


def _advertiser(query, medium: str, utm_source: str) -> str:
    """Who was paid for the click."""
    clicked = next((network for key, network in CLICK_IDS.items() if query.get(key)), "")
    return _name(utm_source) or clicked or medium if clicked or PAID.match(medium) else ""


def _campaign(medium: str, utm_source: str, campaign: str) -> Arrival:
    """A tagged link. An assistant and a search engine tag theirs, too, instead of sending a referrer."""
    known = _by_utm_source(utm_source)
    if known and known.channel in (Channel.AI, Channel.EMAIL):
        return known
    if MAIL.match(medium) or MAIL.match(utm_source):
        return Arrival(Channel.EMAIL, _name(utm_source) or campaign or medium)
    if SOCIAL.match(medium):
        return Arrival(Channel.SOCIAL, _name(utm_source) or medium)
    if ASSISTANT.match(medium):
        return Arrival(Channel.AI, _name(utm_source) or medium)
    if (
        known
        and (medium in ("organic", "referral") or not (medium or campaign))
        and known.channel in (Channel.SEARCH, Channel.SOCIAL)
    ):
        return known
    return Arrival(Channel.CAMPAIGN, campaign or _name(utm_source) or medium)


def _name(utm_source: str) -> str:
    known = _by_utm_source(utm_source)
    return known.source if known else utm_source


def _by_utm_source(text: str) -> Arrival | None:
    """`chatgpt.com`, or the name itself: `perplexity`."""
    known = _known(text) or _names().get(text)
    return known if known and known.channel != "none" else None


@lru_cache(maxsize=4096)
def _known(host: str) -> Arrival | None:
    """The row of sources.csv that covers a host."""
    table = _table()
    labels = host.split(".")
    for start in range(len(labels) - 1):
        if found := table.get(".".join(labels[start:])):
            return found
    name = _EVERY_COUNTRY.search(host)
    return table.get(name[1]) if name else None


@cache
def _table() -> dict[str, Arrival]:
    with TABLE.open(newline="") as rows:
        return {row["host"]: Arrival(row["channel"], row["name"]) for row in csv.DictReader(rows)}


@cache
def _names() -> dict[str, Arrival]:
    return {arrival.source.lower(): arrival for arrival in _table().values() if arrival.channel != Channel.ADS}


@cache
def _own_hosts(site: str, checkout: str, *allowed: str) -> tuple[set[str], tuple[str, ...]]:
    """Hosts, and what all others end in that are ours as well: as Django means a host with a dot in front."""
    named = {(urlsplit(address).hostname or "").removeprefix("www.") for address in (site, checkout)}
    below = tuple(host.lower() for host in allowed if host.startswith("."))
    return named | {host.removeprefix("www.").lstrip(".") for host in allowed}, below
