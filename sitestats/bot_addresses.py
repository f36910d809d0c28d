"""Is it the bot that it claims to be? By the address ranges that its operator publishes.

`keep_fresh` (each day in production) and `manage.py refresh_bot_addresses` fetch the files of bot_addresses.csv and
keep each by its day; nothing else here connects anywhere. `verify` only looks into this process's memory, which whoever
may wait fills by `load` now and then.
"""

import csv
import datetime as dt
import ipaddress
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from django.db.models import Max

from alerts.models import raise_alert, settle
from poemvision.outside import Failure, Provider
from sitestats.models import Identity, PublishedAddresses

TABLE = Path(__file__).with_name("bot_addresses.csv")
KEYS = re.compile(r"prefix|cidr|ipv[46]|ip_?address|^ips?$")  # ipv4Prefix, ipv6Prefix, prefixes, cidrs, ip_address, …
ALERT = "sitestats:bot_addresses"
OLD, KEPT = dt.timedelta(days=7), dt.timedelta(days=30)
BROADEST = {4: 8, 6: 19}  # whoever claims more of the internet has made a mistake
MOST = 100_000
UNCHECKED, CLAIMED, VERIFIED = Identity


@dataclass(frozen=True)
class Source:
    file: str
    agents: tuple[str, ...]
    address: str


class Unusable(Exception):
    """What was fetched is no list of addresses. The text says why."""


def refresh(day: dt.date, *, sources=None) -> dict[str, str]:
    """Fetch all files and keep them as those of `day`; what went wrong by file. A bad file leaves yesterday's."""
    failed = {}
    for source in sources or table():
        parts = urlsplit(source.address)
        provider = Provider(source.file, f"{parts.scheme}://{parts.netloc}", key="")
        try:
            networks = parse(provider.ask("GET", parts.path))
        except (Failure, Unusable) as error:
            failed[source.file] = str(error)
            continue
        PublishedAddresses.objects.update_or_create(file=source.file, day=day, defaults={"networks": networks})
        PublishedAddresses.objects.filter(file=source.file, day__lt=day - KEPT).delete()
    return failed


def keep_fresh(day: dt.date) -> list[str]:
    """Fetch them and say when some grow old: a bot would then be called a liar who only has moved. Which ones are."""
    failed = refresh(day)
    newest = dict(PublishedAddresses.objects.values_list("file").annotate(Max("day")))
    old = [source.file for source in table() if newest.get(source.file, dt.date.min) < day - OLD]
    if old:
        told = "; ".join(f"{file}: {failed.get(file, 'not fetched')}" for file in old)
        raise_alert(ALERT, f"Addresses of bots are older than {OLD.days} days", told)
    else:
        settle(ALERT)
    return old


def parse(document) -> list[str]:
    """The networks that a published file names, whatever its operator calls their keys, joined where they touch."""
    found = list(_texts(document))
    try:
        networks = [ipaddress.ip_network(text.strip(), strict=False) for text in found]
    except ValueError as error:
        raise Unusable(f"It names something that is no network: {error}.") from error
    if not networks or len(networks) > MOST:
        raise Unusable(f"It names {len(networks)} networks.")
    for network in networks:
        if network.prefixlen < BROADEST[network.version] or not network.is_global:
            raise Unusable(f"It claims {network}.")
    joined = [ipaddress.collapse_addresses(net for net in networks if net.version == version) for version in (4, 6)]
    return [str(network) for version in joined for network in version]


def verify(agent: str, address: str) -> Identity:
    """What an address says of an agent by this name of agents.csv."""
    ranges = _loaded.get(agent)
    if ranges is None:
        return UNCHECKED
    try:
        asked = ipaddress.ip_address(address)
    except ValueError:
        return CLAIMED
    if asked.version == 6 and asked.ipv4_mapped:
        asked = asked.ipv4_mapped
    starts, ends = ranges[asked.version]
    at = bisect_right(starts, int(asked)) - 1
    return VERIFIED if at >= 0 and int(asked) <= ends[at] else CLAIMED


def load() -> int:
    """Take the newest file of each source into memory; how many agents can be checked."""
    newest = PublishedAddresses.objects.order_by("file", "-day").distinct("file")
    networks = dict(newest.values_list("file", "networks"))
    by_agent: dict[str, list[str]] = {}
    for source in table():
        for agent in source.agents if source.file in networks else ():
            by_agent.setdefault(agent, []).extend(networks[source.file])
    fresh = {agent: _ranges(texts) for agent, texts in by_agent.items()}
    global _loaded
    _loaded = fresh
    return len(fresh)


_loaded: dict[str, dict[int, tuple[list[int], list[int]]]] = {}


@cache
def table() -> tuple[Source, ...]:
    with TABLE.open(newline="") as file:
        return tuple(
            Source(row["file"], tuple(row["agents"].split("|")), row["address"]) for row in csv.DictReader(file)
        )


def _texts(document, key: str = ""):
    if isinstance(document, dict):
        for name, value in document.items():
            yield from _texts(value, name.lower())
    elif isinstance(document, list):
        for value in document:
            yield from _texts(value, key)
    elif isinstance(document, str) and KEYS.search(key):
        yield document


def _ranges(texts: list[str]) -> dict[int, tuple[list[int], list[int]]]:
    ranges = {}
    for version in (4, 6):
        networks = [net for net in map(ipaddress.ip_network, texts) if net.version == version]
        joined = list(ipaddress.collapse_addresses(networks))
        ranges[version] = (
            [int(net.network_address) for net in joined],
            [int(net.broadcast_address) for net in joined],
        )
    return ranges
