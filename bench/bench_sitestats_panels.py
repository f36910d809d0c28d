"""What the panels of Site Stats read of 10,000,000 page views in 30 days, and the same asked of one raw event table.

Each panel by the function that it calls: unfiltered, with each filter, with each combination; with facts and deeds.
SCALE=0.1 for a tenth of all; names of panels for these alone. How it grows, against a fifth of the views, and the part
of the raw table's time are judged at full scale only: below it a day has few of the paths, sources and bots there are.
"""

import itertools
import os
import statistics
import sys
import time
from contextlib import contextmanager
from types import SimpleNamespace

from bench.sitestats import facts, fill, peer

SCALE = float(os.environ.get("SCALE", 1))
VIEWS = int(10_000_000 * SCALE)
ONE_MS, COMBINED_MS, LIVE_MS, PART, GROWTH = 50, 500, 5, 0.05, 1.3
TIMES, MORE, ENOUGH = 20, 100, 1.0  # calls of each question: more of one that is fast, while they take no more seconds
PANELS = {"headline": "30d", "trends": "30d", "top_sources": "30d", "bots": "30d", "breakdown": "30d"} | {
    **dict.fromkeys(("devices", "top_urls", "funnel"), "7d"),
    **dict.fromkeys(("live", "conservation"), "30d"),
}
FILTERS = (("path", "/make/"), ("source", "search|Google"), ("device", "desktop"), ("traffic", "all"))
ALL_LEVELS = (("source", "referral|s7.example|s7.example"),)
SOURCES = ("top_sources", "breakdown")  # which show the busiest, and are opened level by level
ALONE = ("conservation",)  # it has no filter
NOT_RAW = ("live", "conservation")  # as fast of the raw table; and not known to it
Question = tuple[str, tuple[tuple[str, str], ...]]  # a panel, and the filters in force


def main() -> int:
    """Measure and print; how many targets were missed."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")
    os.environ["STATEMENT_TIMEOUT"] = "60min"
    django.setup()
    _fill(VIEWS // 5)
    fifth = _copied()
    _fill(VIEWS)
    took = {question: _measure(question, fifth) for question in _questions()}
    fifth.close()
    peer.fill()
    return sum(_tell(question, *both) for question, both in took.items())


def _fill(views: int) -> None:
    began = time.perf_counter()
    fill.fill(views)
    members = facts.fill()
    seconds = time.perf_counter() - began
    print(f"{views:,} views and {members:,} members are there after {seconds:.0f} s", flush=True)


def _copied():
    """A connection to a copy of the database as it is now: same words, same numbers of them."""
    from django.db import connection

    copy = connection.copy()
    copy.settings_dict["NAME"] = f"{connection.settings_dict['NAME']}_fifth"
    connection.close()  # nobody may be connected to what is copied
    with connection._nodb_cursor() as cursor:
        names = copy.settings_dict["NAME"], connection.settings_dict["NAME"]
        cursor.execute('CREATE DATABASE "{}" TEMPLATE "{}" STRATEGY FILE_COPY'.format(*names))
    return copy


def _questions() -> list[Question]:
    names = [each for each in sys.argv[1:] if each in PANELS] or PANELS
    return [
        (name, some)
        for name in names
        for many in range(1 if name in ALONE else len(FILTERS) + 1)
        for some in itertools.combinations(FILTERS, many)
    ] + [(name, ALL_LEVELS) for name in names if name in SOURCES]


def _measure(question: Question, fifth) -> tuple[list[float], list[float]]:
    """Milliseconds of each call of a panel's read: of a fifth of the views and of all, in turn."""
    from django.db import connections

    from sitestats import queries
    from tunables import values

    name, some = question
    took = {fifth: [], connections["default"]: []}
    with values.snapshot():  # as a request has one
        asked, read = _asked(name, some), getattr(queries, name)
        shown = {"limit": queries.SOURCES_SHOWN + 1} if name in SOURCES else {}
        began = time.monotonic()
        for number in range(MORE + 1):
            if number > TIMES and time.monotonic() - began > ENOUGH:
                break
            for connection, times in took.items():
                with _asking(connection):
                    times.append(_timed(lambda: read(asked=asked, **shown)))
    small, large = (times[1:] for times in took.values())  # the first ones warm up
    return small, large


@contextmanager
def _asking(connection):
    """What Django asks by default, it asks this connection."""
    from django.db import connections

    usual, connections["default"] = connections["default"], connection
    try:
        yield
    finally:
        connections["default"] = usual


def _tell(question: Question, small: list[float], took: list[float]) -> bool:
    """One line; whether a target is missed."""
    name, some = question
    p95, grown = statistics.quantiles(took, n=20)[-1], statistics.median(took) / statistics.median(small)
    most = LIVE_MS if name == "live" and not some else COMBINED_MS if len(some) > 1 else ONE_MS
    words = f"{p95:7.1f} ms p95 (≤ {most}), {grown:5.2f} × a fifth (≤ {GROWTH})"
    bad = p95 > most or (SCALE >= 1 and grown > GROWTH)
    if name not in NOT_RAW and (SCALE >= 1 or len(some) < 2):
        raw = _timed(lambda: _raw(*peer.question(name, _asked(name, some))))
        words += f", raw {raw:7.0f} ms, {p95 / raw:.4f} of it (≤ {PART})"
        bad = bad or (SCALE >= 1 and p95 > PART * raw)
    told = ", ".join(text for _, text in some) or "unfiltered"
    print(f"{name:12} {told:36} {words}{'  MISSED' * bad}", flush=True)
    return bad


def _asked(name: str, some):
    from sitestats.asking import Asked
    from ui.periods import PeriodForm

    period = PeriodForm.of(SimpleNamespace(GET={"period": "custom", **_ended(PANELS[name])}))
    return Asked(period, **dict(some))


def _ended(length: str) -> dict[str, str]:
    """The last days that are over: of today there are no views."""
    import datetime as dt

    from ui import periods

    last = periods.today() - dt.timedelta(days=1)
    return {"from": f"{last - dt.timedelta(days=int(length[:-1]) - 1)}", "to": f"{last}"}


def _raw(query: str, told: dict) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query, told)
        cursor.fetchall()


def _timed(read) -> float:
    began = time.perf_counter()
    read()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.exit(main())
