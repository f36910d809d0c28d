"""Texts of page views, each stored once: paths, user agents, origins. A view holds their numbers.

Whoever invents a million paths, agents or referrers fills a dictionary to its cap. Further ones are told by what is
known of them: agents by how they are judged, origins by channel and a source that we know; the rest is "(others)".
"""

from functools import lru_cache
from hashlib import blake2b
from urllib.parse import parse_qsl

from django.db import connection

from sitestats import agents, channels, first_touch, shapes
from sitestats.copying import array
from sitestats.models import Origin
from sitestats.shapes import plain

CAP = 20_000
OTHERS = "(others)"
SETTLED = 32767  # of an agent that stands for many: no rules judge it anew


class Forgotten(Exception):
    """A word was given up, as nobody used it, since we learned its number (folding.py)."""


class Dictionary:
    """One table. Its first column is unique; the others follow from it in `describe`.

    `instead` answers with the row that stands for a row where there is no room; there must be few of those.
    """

    def __init__(self, table: str, columns: tuple[str, ...], describe, *, instead=tuple, capped="true", cap=CAP):
        self.table, self.columns, self.describe, self.capped, self.cap = table, columns, describe, capped, cap
        self.instead = instead
        self.known: dict = {}

    def learn(self, wanted: set) -> None:
        """Have a number for each. Safe to do again: what another process has added is found."""
        if len(self.known) > 2 * self.cap:
            self.known.clear()
        new = {each: self.describe(each) for each in wanted if each not in self.known}
        if not new:
            return
        self._find(new)
        missing = sorted({row for each, row in new.items() if each not in self.known})
        if not missing:
            return
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self.table} WHERE {self.capped}")  # noqa: S608 (a name of ours)
            room = max(0, self.cap - cursor.fetchone()[0])
            bounded = [row for row in missing if row[-1] is not True]
            stands = {row: self.instead(row) for row in bounded[room:]}
            self._find({row: row for row in stands.values()})  # one that is tried in vain uses up a number as well
            rows = {row for row in missing if row not in stands} | ({*stands.values()} - self.known.keys())
            if rows:
                marks = ", ".join([f"({', '.join(['%s'] * len(self.columns))})"] * len(rows))
                cursor.execute(
                    f"INSERT INTO {self.table} ({', '.join(self.columns)}) VALUES {marks} ON CONFLICT DO NOTHING",  # noqa: S608
                    [value for row in sorted(rows) for value in row],
                )
        self._find(
            {each: row for each, row in new.items() if row not in stands} | {row: row for row in stands.values()}
        )
        for each in [each for each in new if each not in self.known][: self.cap]:
            self.known[each] = self.known[stands[new[each]]]

    def number(self, each) -> int:
        return self.known.get(each) or self.known[self.instead(self.describe(each))]

    def numbers(self, cursor, told: dict) -> dict:
        """The number of each by what is told of it. Forgotten: one that we have a number for is there no more."""
        found = {each: self.number(each) for each in {*told.values()}}
        numbers = array({*found.values()})
        cursor.execute(f"SELECT count(*) FROM {self.table} WHERE id = ANY(%s::bigint[])", [numbers])  # noqa: S608
        if cursor.fetchone()[0] < len({*found.values()}):
            raise Forgotten(self.table)
        return {key: found[each] for key, each in told.items()}

    def is_full(self) -> bool:
        """Whether what is new is told by what stands for it."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self.table} WHERE {self.capped}")  # noqa: S608
            return cursor.fetchone()[0] >= self.cap

    def _find(self, new: dict) -> None:
        with connection.cursor() as cursor:
            keys = list({row[0] for row in new.values()})
            key = self.columns[0]
            cursor.execute(f"SELECT {key}, id FROM {self.table} WHERE {key} = ANY(%s)", [keys])  # noqa: S608
            found = dict(cursor.fetchall())
        self.known |= {each: found[row[0]] for each, row in new.items() if row[0] in found}


@lru_cache(maxsize=8192)
def origin(referrer: str, query: str, path: str = "", named=True) -> tuple[str, ...]:
    """The columns ORIGIN of a view that begins a session; `path` where the page is a way in (first_touch.leads).

    `named`: its codes are somebody's.
    """
    parameters = dict(parse_qsl(plain(query), max_num_fields=None)) if query else {}
    touch = first_touch.arrival(plain(referrer), parameters, plain(path), leads=bool(path), named=named)
    told = ((getattr(touch, column), longest) for column, longest in LONGEST)
    return tuple(text and plain(text)[:longest] for text, longest in told) if touch else NOWHERE


def _no_path(row: tuple) -> tuple:
    return OTHERS, True


def judged(text: str) -> tuple:
    """Who a user agent is, by the rules of today."""
    found = agents.classify(text)
    names = (
        "" if "@" in found.name else found.name[:100],
        found.operator[:100],
        str(found.purpose)[:20],
        found.device[:20],
    )
    return str(found.kind), *map(plain, names), plain(found.browser[:60]), plain(found.os[:60]), agents.RULES_VERSION


def _agent(each: str) -> tuple:
    text = shapes.agent(each, 511)
    text = f" {text}" if text.startswith("(") else text  # so begin those that stand for many
    return text, *judged(text)


def _alike(row: tuple) -> tuple:
    """Whoever is judged so. Names that somebody may invent are left out, and of bots what they claim to run on."""
    _, kind, name, operator, purpose, device, browser, system, _ = row
    if kind != agents.Kind.HUMAN:
        name, browser, system = name if operator or not name else OTHERS, "", ""
    judged_so = (kind, name, operator, purpose, device, browser, system)
    return f"({' · '.join(judged_so)})", *judged_so, SETTLED


def _source_alone(row: tuple) -> tuple:
    _, channel, source, *_, code, _, invite = row
    is_known = source in ("", code, invite) or channels.is_known(source)
    return describe_origin((channel, source if is_known else OTHERS, *[""] * 6))


def describe_origin(each: tuple[str, ...]) -> tuple:
    """The row of an origin: its key, and the columns ORIGIN."""
    return blake2b("\n".join(each).rstrip("\n").encode(), digest_size=16).hexdigest(), *each


JUDGED = ("kind", "name", "operator", "purpose", "device", "browser", "os", "rules")
ORIGIN = ("channel", "source", "medium", "campaign", "referrer", "share_code", "share_target", "invite")
LONGEST = [(column, Origin._meta.get_field(column).max_length) for column in ORIGIN]
CODES = [(ORIGIN.index(what), what) for what in ("share_code", "invite")]
NOWHERE = (str(channels.Channel.DIRECT), *[""] * 7)


def make() -> tuple[Dictionary, Dictionary, Dictionary]:
    """Of paths, of user agents, of origins; for one flusher."""
    return (
        Dictionary("sitestats_path", ("text", "is_known"), tuple, instead=_no_path, capped="NOT is_known"),
        Dictionary("sitestats_useragent", ("text", *JUDGED), _agent, instead=_alike),
        Dictionary("sitestats_origin", ("key", *ORIGIN), describe_origin, instead=_source_alone),
    )
