"""What is left of a day once its views are gone: its slices, in fewer words.

Addresses that somebody invented become one, user agents that are judged alike become one, origins keep of the referrer
its host. A day's origins, and its bots of no operator, beyond the busiest become "(others)". The figures that panels
tell of the day stay, and words that nobody uses any more make room in their dictionaries, which are limited.
"""

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F

from sitestats.dictionaries import JUDGED, ORIGIN, OTHERS, SETTLED, Dictionary, describe_origin
from sitestats.models import Day

BUSIEST = 200  # of a day
LOCK = "SELECT pg_advisory_xact_lock(hashtext('sitestats.rebuild'))"
_SUMS = "views visitors proven sessions entries exits bounces not_found errors server_errors size microseconds makers"
NUMBERS = (*_SUMS.split(), "renders", "sign_ups", "top_ups")
_NEW = "LEFT JOIN unnest(%({0})s::int[], %({0}_to)s::int[]) AS new_{0} (id, {0}_to) ON new_{0}.id = {0}"
USED = """SELECT id, dense_rank() OVER (ORDER BY whole DESC, first) - 1, {columns} FROM (
        SELECT w.*, sum(answers) OVER alike AS whole, min(id) OVER alike AS first FROM {table} w JOIN (
            SELECT id, sum(answers) AS answers FROM (
                SELECT {name} AS id, views + errors AS answers FROM sitestats_dayslice
                WHERE day = %(day)s AND by = '{name}' {also}) each GROUP BY id
        ) s USING (id) WINDOW alike AS (PARTITION BY {alike})) used"""
FOLD = f"""WITH old AS (
    DELETE FROM sitestats_dayslice WHERE day = %(day)s RETURNING *
), told AS (
    SELECT by, kind, coalesce(path_to, path) AS path, coalesce(origin_to, origin) AS origin,
        coalesce(agent_to, agent) AS agent, device, identity, array_agg(durations) AS spreads,
        {", ".join(f"sum({name}) AS {name}" for name in NUMBERS)}
    FROM old {" ".join(map(_NEW.format, ("path", "origin", "agent")))} GROUP BY 1, 2, 3, 4, 5, 6, 7
)
INSERT INTO sitestats_dayslice (day, by, kind, path, origin, agent, device, identity, {", ".join(NUMBERS)}, durations)
SELECT %(day)s, by, kind, path, origin, agent, device, identity, {", ".join(NUMBERS)}, (
    SELECT jsonb_object_agg(bucket, number) FROM (
        SELECT bucket, sum(number::bigint) AS number
        FROM unnest(spreads) AS spread CROSS JOIN jsonb_each_text(spread) AS each (bucket, number) GROUP BY bucket
    ) added)
FROM told"""  # noqa: S608 - constants of this module
FOLD_CRAWLS = f"""WITH old AS (DELETE FROM sitestats_crawl WHERE day = %(day)s RETURNING *)
INSERT INTO sitestats_crawl (day, agent, robots_txt, closed)
SELECT day, coalesce(agent_to, agent), sum(robots_txt), sum(closed)
FROM old {_NEW.format("agent")} GROUP BY 1, 2"""  # noqa: S608
UNUSED = """DELETE FROM {table} WHERE {spare} AND id NOT IN (
    SELECT {name} FROM sitestats_dayslice WHERE by = '{name}'
    UNION SELECT {name}_id FROM sitestats_pageview WHERE day = ANY(%(days)s) {elsewhere})"""


class Words(NamedTuple):
    """A dictionary: its table and columns, what a word becomes, where else it is used, and which go when they are not.

    `become` is told how many words of the day are busier, those that are `alike` taken as one, and the columns; it
    answers with the row it is from then on.
    """

    table: str
    columns: tuple[str, ...]
    become: Callable[[int, tuple], tuple]
    alike: str
    also: str
    elsewhere: str
    spare: str


def _path(busier: int, row: tuple) -> tuple:
    return row if row[-1] else (OTHERS, True)


def _agent(busier: int, row: tuple) -> tuple:
    _, kind, name, operator, *about, _ = row
    if kind != "human" and not operator and busier >= BUSIEST:
        name = OTHERS
    judged = (kind, name, operator, *about)
    return f"({' · '.join(judged)})", *judged, SETTLED


def _origin(busier: int, row: tuple) -> tuple:
    _, channel, source, medium, campaign, referrer, *led = row
    if busier >= BUSIEST:
        return describe_origin((channel, source and OTHERS, *[""] * 6))
    return describe_origin((channel, source, medium, campaign, referrer.partition("/")[0], *led))


_CRAWLS = "UNION ALL SELECT agent, 0 FROM sitestats_crawl WHERE day = %(day)s"
WORDS = {
    "path": Words("sitestats_path", ("text", "is_known"), _path, "id", "", "", "NOT is_known"),
    "agent": Words(
        *("sitestats_useragent", ("text", *JUDGED), _agent, "kind, operator, name, purpose, device", _CRAWLS),
        *("UNION SELECT agent FROM sitestats_crawl", f"text <> '{OTHERS}'"),
    ),
    "origin": Words(
        *("sitestats_origin", ("key", *ORIGIN), _origin, "id", ""),
        *("UNION SELECT origin FROM sitestats_visit", f"source <> '{OTHERS}'"),
    ),
}


def fold(day: dt.date) -> None:
    """From then on the day's slices are final. One transaction; twice changes nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        if not Day.objects.filter(day=day, is_kept=True).update(is_kept=False):
            return
        told = {"day": day}
        for name, words in WORDS.items():
            cursor.execute(USED.format(name=name, **words._asdict() | {"columns": ", ".join(words.columns)}), told)
            new = {number: words.become(busier, tuple(row)) for number, busier, *row in cursor.fetchall()}
            dictionary = Dictionary(words.table, words.columns, tuple, capped="false")
            dictionary.learn(set(new.values()))
            told |= {name: list(new), f"{name}_to": [dictionary.number(row) for row in new.values()]}
        cursor.execute(FOLD, told)
        cursor.execute(FOLD_CRAWLS, told)


def forget_unused(last: dt.date) -> None:
    """Words that neither a slice nor a view has; in a transaction that holds the lock of whoever stores views.

    `last` is the day whose views are still there although its slices have fewer words.
    """
    days = [last, *Day.objects.exclude(built=F("revision")).values_list("day", flat=True)]  # not in slices yet
    with connection.cursor() as cursor:
        for name, words in WORDS.items():
            cursor.execute(UNUSED.format(name=name, **words._asdict()), {"days": days})
