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
from django.utils import timezone

from sitestats.adding import NUMBERS
from sitestats.dictionaries import JUDGED, ORIGIN, OTHERS, SETTLED, Dictionary, describe_origin
from sitestats.models import Day
from sitestats.storing import LOCK as STORING

BUSIEST = 200  # of a day
AT_ONCE = 2_000  # words that are forgotten while nobody stores views
MARGIN = dt.timedelta(hours=1)  # by which clocks differ, and more
# Whoever adds up or folds waits for others as long as a statement may take, not as short as for a row
WAIT_FOR = """SELECT set_config('lock_timeout', '0', true), pg_advisory_xact_lock(hashtext('{}')),
        set_config('lock_timeout', usual, true)
    FROM (SELECT current_setting('lock_timeout') AS usual OFFSET 0) before"""
LOCK = WAIT_FOR.format("sitestats.rebuild")
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
INSERT INTO sitestats_crawl (day, agent, robots_txt, closed, robots_txt_unchecked, closed_unchecked)
SELECT day, coalesce(agent_to, agent), sum(robots_txt), sum(closed), sum(robots_txt_unchecked), sum(closed_unchecked)
FROM old {_NEW.format("agent")} GROUP BY 1, 2"""  # noqa: S608
_USERS = """(SELECT {name} FROM sitestats_dayslice WHERE by = '{name}' {which}
    UNION SELECT {name}_id FROM sitestats_pageview WHERE day = ANY(%(unbuilt)s) {elsewhere})"""
UNUSED = f"SELECT id FROM {{table}} WHERE {{spare}} AND id NOT IN {_USERS}"  # noqa: S608 - constants of this module
FORGET = f"DELETE FROM {{table}} WHERE id = ANY(%(some)s) AND id NOT IN {_USERS}"  # noqa: S608
LATELY = "AND day = ANY(%(built)s)"


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
        if not Day.objects.filter(day=day, is_kept=True).update(is_kept=False, built_at=timezone.now()):
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


def forget_unused() -> int:
    """Delete words that neither a slice nor a view has; how many.

    They are looked for while views are stored. Then they go, some at a time, unless they came into use since.
    """
    began, gone = timezone.now(), 0
    for name, words in WORDS.items():
        with connection.cursor() as cursor:
            cursor.execute(UNUSED.format(name=name, which="", **words._asdict()), {"unbuilt": _unbuilt()})
            unused = [number for (number,) in cursor.fetchall()]
        for start in range(0, len(unused), AT_ONCE):
            gone += _forget(name, words, unused[start : start + AT_ONCE], began)
    return gone


def _forget(name: str, words: Words, some: list[int], began: dt.datetime) -> int:
    """Of the words that were unused when it began, those that still are; how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)  # nobody folds or rebuilds a day, nor stores views
        cursor.execute(STORING)
        built = Day.objects.filter(built_at__gt=began - MARGIN).values_list("day", flat=True)
        told = {"some": some, "unbuilt": _unbuilt(), "built": list(built)}
        cursor.execute(FORGET.format(name=name, which=LATELY, **words._asdict()), told)
        return cursor.rowcount


def _unbuilt() -> list[dt.date]:
    """Days that have views whose words are in no slice: not yet, and of the last that was folded no more."""
    folded = Day.objects.filter(is_kept=False).order_by("-day").values_list("day", flat=True)[:1]
    return [*folded, *Day.objects.exclude(built=F("revision")).values_list("day", flat=True)]
