"""Figures of a period, by whatever a panel asks for: added up from the slices of days where one holds what is asked.

What no slice holds is counted from the views: the browsers of humans by source, which no panel asks, and an address
that nothing answers to beside anything else. Both ways give the same, and a test holds that.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.db import connection

from sitestats import durations
from sitestats.adding import NUMBERS, SUMS
from sitestats.agents import Kind
from sitestats.asking import DETAIL, Asked
from sitestats.models import Path as Address

RAW = Path(__file__).with_name("raw.sql").read_text()
HELD = {
    frozenset(name.replace("all", "").split("+")) - {""}: name
    for name in (
        *("all", "path", "origin", "agent", "device"),
        *("path+origin", "path+device", "origin+device", "path+origin+device", "path+agent", "origin+agent"),
        "path+origin+agent",
    )
}


class Group(NamedTuple):
    """What a panel may group by: what says it, of which column, what must be told apart for it, where its words are."""

    said: str
    column: str
    dim: str = ""
    words: str = ""


_PATH = ("f.path", "path", "JOIN sitestats_path w ON w.id = f.path")
_ORIGIN = ("f.origin", "origin", "JOIN sitestats_origin o ON o.id = f.origin")
_AGENT = ("f.agent", "agent", "JOIN sitestats_useragent a ON a.id = f.agent")
GROUPS = {
    "day": Group("f.day", "f.day + %(moved)s AS day"),
    "month": Group("f.month", "date_trunc('month', (f.day + %(moved)s)::timestamp)::date AS month"),
    "kind": Group("f.kind", "f.kind"),
    "path": Group("w.text", *_PATH),
    "page": Group("f.path", "f.path AS page", "path"),
    "channel": Group("o.channel", *_ORIGIN),
    "source": Group("o.source", *_ORIGIN),
    "detail": Group(DETAIL.format("o"), *_ORIGIN),
    "device": Group("f.device", "f.device", "device"),
    "operator": Group("coalesce(nullif(a.operator, ''), nullif(a.name, ''), 'Not told')", *_AGENT),
    "purpose": Group("a.purpose", *_AGENT),
    "identity": Group("f.identity", "f.identity", "agent"),
}
_COUNTED = {"visitors": "v1", "proven": "v1 AND proven", "sessions": "s1"}


@dataclass(frozen=True)
class Figures:
    """See models.Figures. `by` is what they are of."""

    by: dict = field(default_factory=dict)
    views: int = 0
    visitors: int = 0
    proven: int = 0
    sessions: int = 0
    entries: int = 0
    exits: int = 0
    bounces: int = 0
    not_found: int = 0
    errors: int = 0
    server_errors: int = 0
    size: int = 0
    microseconds: int = 0
    makers: int = 0
    renders: int = 0
    sign_ups: int = 0
    top_ups: int = 0

    @property
    def bounce_rate(self) -> Decimal | None:
        return share(self.bounces, self.entries)

    @property
    def answers(self) -> int:
        return self.views + self.errors

    @property
    def seconds(self) -> float:
        return self.microseconds / 1e6

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(self.by, **{name: getattr(self, name) + getattr(other, name) for name in NUMBERS})


_NOT_ASKED = dict.fromkeys(NUMBERS)
UNKNOWN = Figures(**_NOT_ASKED)  # of days of which not all were recorded: each number is None


def share(part, whole) -> Decimal | None:
    return Decimal(part) / whole if whole else None


def total(asked: Asked) -> Figures:
    return next(read(asked), Figures())


def read(
    asked: Asked, *by: str, only=NUMBERS, order="", where="", moved: int = 0, limit: int | None = None, among=None
) -> Iterator[Figures]:
    """One row for each combination of `by` that has any; `order` and `where` are constants of this package.

    Numbers that are not among `only` are None. Days, and the months they are of, are told as `moved` days later.
    `limit`: so many, the first. `among`: only these combinations, of the first of `by` alone if they are shorter:
    anybody may invent thousands.
    Added up by numbers before their words are looked up: how many rows there are is a guess of the planner's.
    """
    groups = [GROUPS[name] for name in by]
    source, params, sums = _source(asked, {each.dim for each in groups} - {""})
    columns = list(dict.fromkeys(each.column for each in groups))
    numbers = [f"{sums[name]} AS {name}" for name in only]
    sql = f"""SELECT {", ".join([*columns, *numbers])} FROM {source[1]} f WHERE {source[2]} {where}
        {f"GROUP BY {', '.join(map(str, range(1, len(columns) + 1)))}" if by else "HAVING count(*) > 0"}"""  # noqa: S608 - constants of this module
    words = " ".join(dict.fromkeys(each.words for each in groups)).strip()
    if words or among is not None:
        said = [each.said for each in groups]
        told = [f"{words_of} AS {name}" for name, words_of in zip(by, said, strict=True)]
        told += [f"sum(f.{name}) AS {name}" for name in only]
        if among is not None:
            names = by[: len(among[0])] if among else by
            params |= {f"among_{name}": [each[at] for each in among] for at, name in enumerate(names)}
            texts = ", ".join(f"%(among_{name})s::text[]" for name in names)
            words += f" WHERE ({'::text, '.join(said[: len(names)])}::text) IN (SELECT * FROM unnest({texts}))"  # noqa: S608
        sql = f"SELECT {', '.join(told)} FROM ({sql}) f {words} GROUP BY {', '.join(said)}"  # noqa: S608
    sql = f"{source[0]} {sql} {f'ORDER BY {order}' if order else ''} {f'LIMIT {limit:d}' if limit else ''}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params | {"moved": moved})
        found = cursor.fetchall()
    for row in found:
        told = dict(zip(only, map(int, row[len(by) :]), strict=True))
        yield Figures(dict(zip(by, row, strict=False)), **_NOT_ASKED | told)


def p95(asked: Asked, pages: Iterable[int]) -> dict[int, int | None]:
    """Microseconds within which 95 % of the answers of each of these paths were given, by their numbers.

    Spreads are added up here: PostgreSQL takes twice as long to open them, and sorts what it finds. Those that are
    alike come once, with their number: of thousands of sources that somebody invents each has but a view or two.
    """
    _, params, _ = _source(asked, {"path"})
    name = HELD[frozenset({"path"} | _asked(asked))]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT path, json_agg(json_build_array(times, durations))::text FROM (
                    SELECT path, durations, count(*) AS times FROM sitestats_dayslice f
                    WHERE {_conditions(asked, name)} AND path = ANY(%(pages)s::int[]) AND durations IS NOT NULL
                    GROUP BY path, durations) each GROUP BY path""",  # noqa: S608 - constants of this module
            params | {"pages": list(pages)},
        )
        return {number: durations.percentile(json.loads(spreads)) for number, spreads in cursor.fetchall()}


def _asked(asked: Asked) -> set[str]:
    return {dim for dim, value in (("path", asked.path), ("origin", asked.source), ("device", asked.device)) if value}


def _source(asked: Asked, dims: set[str]) -> tuple[tuple[str, str, str], dict, dict]:
    """What stands before, in and behind FROM; parameters; and how each number is added up."""
    params = {"first": asked.period.first, "last": asked.period.last, "kinds": asked.kinds}
    params |= {"path": asked.path, "device": asked.device} | asked.origin
    wanted = frozenset(dims | _asked(asked))
    if "agent" in wanted:
        wanted -= {"device"}  # an agent has one
    params["nobody"] = _nobody(asked) if len(wanted) > 1 else None
    if wanted in HELD and not (params["nobody"] or (wanted >= {"origin", "agent"} and Kind.HUMAN in asked.kinds)):
        where = _conditions(asked, HELD[wanted])
        return ("", "sitestats_dayslice", where), params, {name: f"coalesce(sum(f.{name}), 0)" for name in NUMBERS}
    raw = RAW.format(
        apart=", path_id" if "path" in wanted else "",
        scope=f"{'AND a.device = %(device)s' if asked.device else ''} {_ALONE if params['nobody'] else ''}",
        only=f"AND path_id = ({_PATH_ID})" if asked.path else "",
    )
    return (
        (raw, "f", f"true {_origin(asked, 'f.origin')}"),
        params,
        {name: f"coalesce({rule}, 0)" for name, rule in _rules().items()},
    )


_PATH_ID = "SELECT id FROM sitestats_path WHERE text = %(path)s"
# There are no views and so no sessions: what else these saw says nothing, nor do days on which nobody asked for it
_ALONE = """AND p.path_id = %(nobody)s AND p.status >= 400 AND p.day = ANY(ARRAY(SELECT day FROM sitestats_dayslice
    WHERE by = 'path' AND day BETWEEN %(first)s AND %(last)s AND kind = ANY(%(kinds)s) AND path = %(nobody)s))"""


def _nobody(asked: Asked) -> int | None:
    """The address that is asked for, if nothing answers to it: beside another dimension all of these are one."""
    return Address.objects.filter(text=asked.path, is_known=False).values_list("pk", flat=True).first()


def _rules() -> dict[str, str]:
    return SUMS | {name: f"count(*) FILTER (WHERE {rule})" for name, rule in _COUNTED.items()}


def origins(asked: Asked) -> str:
    """The numbers of the origins that the filter by source means, as an array in SQL; its parameters are `origin`."""
    conditions = " AND ".join(f"{GROUPS[name].said} = %({name})s" for name in asked.origin)
    return f"ARRAY(SELECT id FROM sitestats_origin o WHERE {conditions})"  # noqa: S608 - constants of this module


def numbers_of_origins(asked: Asked) -> list[int]:
    """The same, looked up: where it is to be known how common they are."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {origins(asked)}", asked.origin)
        return cursor.fetchone()[0]


def _origin(asked: Asked, column: str) -> str:
    if not asked.source:
        return ""
    numbers = origins(asked)
    return f"AND {column} > 0 AND {column} = ANY({numbers})"  # by the index of those that have one


def _conditions(asked: Asked, name: str) -> str:
    """Of the slices: those `by` which it is asked."""
    parts = [f"f.by = '{name}' AND f.day BETWEEN %(first)s AND %(last)s AND f.kind = ANY(%(kinds)s)"]
    if asked.path:
        parts.append(f"f.path = ({_PATH_ID})")
    if asked.device:
        agents = "f.agent IN (SELECT id FROM sitestats_useragent WHERE device = %(device)s)"
        parts.append(agents if "agent" in name else "f.device = %(device)s")
    return f"{' AND '.join(parts)} {_origin(asked, 'f.origin')}"
