"""Reads of Site Stats, one a panel."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Min, Sum

from sitestats import facts, figures, visits
from sitestats.agents import Kind
from sitestats.asking import BETWEEN, DEVICES, LEVELS, Asked
from sitestats.crawlers import Crawler, crawlers
from sitestats.facts import Facts
from sitestats.figures import Figures, share
from sitestats.models import Day, Tally
from sitestats.reconciling import TopUps, top_ups

URLS_SHOWN = SOURCES_SHOWN = 50


def since() -> dt.date | None:
    """The first day of which views are kept, added up."""
    return Day.objects.aggregate(first=Min("day"))["first"]


@dataclass(frozen=True)
class Headline:
    now: Figures
    before: Figures | None  # None: there is no data of those days
    facts: Facts | None  # None: the filters ask for what facts do not know
    facts_before: Facts | None


def headline(*, asked: Asked) -> Headline:
    first = since()
    before = asked.before if first and asked.period.previous.first >= first else None
    known = facts.known(asked)
    return Headline(
        figures.total(asked),
        figures.total(before) if before else None,
        facts.total(asked) if known else None,
        facts.total(asked.before) if known else None,
    )


def days(*, asked: Asked) -> list[Figures]:
    """The days that add up to the cards, the latest first."""
    return list(figures.read(asked, "day", order="day DESC"))


def trends(*, asked: Asked) -> list[tuple[dt.date, Figures, Figures, Figures]]:
    """Each day with its humans, bots and AI."""
    kinds = (Kind.HUMAN, Kind.BOT, Kind.AI)
    found = {(each.by["day"], each.by["kind"]): each for each in figures.read(asked.but(traffic="all"), "day", "kind")}
    days = [asked.period.first + dt.timedelta(days=n) for n in range(asked.period.days)]
    return [(day, *(found.get((day, kind), Figures()) for kind in kinds)) for day in days]


@dataclass(frozen=True)
class Device:
    name: str
    figures: Figures
    share: object  # of the visitors
    before: Figures

    @property
    def label(self) -> str:
        return DEVICES.get(self.name, self.name or "Not told")


def devices(*, asked: Asked) -> list[Device]:
    found = list(figures.read(asked, "device", order="visitors DESC, device"))
    before = {each.by["device"]: each for each in figures.read(asked.before, "device")}
    visitors = sum(each.visitors for each in found)
    return [
        Device(name, each, share(each.visitors, visitors), before.get(name, Figures()))
        for each in found
        for name in (each.by["device"],)
    ]


@dataclass(frozen=True)
class Url:
    path: str
    figures: Figures
    p95: int | None  # microseconds
    before: int


def top_urls(*, asked: Asked, limit: int | None = URLS_SHOWN) -> list[Url]:
    ours = figures.paths("w.is_known")  # the others have no views
    found = list(figures.read(asked, "path", order="views DESC, path", limit=limit, where=ours))
    before = {each.by["path"]: each.views for each in figures.read(asked.before, "path", where=ours)}
    took = figures.p95(asked, "path", ours)
    return [
        Url(path, each, took.get(path), before.get(path, 0))
        for each in found
        if each.views
        for path in (each.by["path"],)
    ]


@dataclass(frozen=True)
class Source:
    """Where sessions came from, and what became of the members who came from there."""

    channel: str
    source: str
    figures: Figures
    facts: Facts | None  # None: the filters ask for what facts do not know

    @property
    def filter(self) -> str:
        return f"{self.channel}{BETWEEN}{self.source}" if self.channel else ""


def top_sources(*, asked: Asked) -> list[Source]:
    """Every source with a session or a fact, the busiest first."""
    seen = {(each.by["channel"], each.by["source"]): each for each in figures.read(asked, "channel", "source")}
    told = facts.known(asked)
    known = facts.by_source(asked) if told else {}
    found = [
        Source(*key, seen.get(key, Figures()), known.get(key, Facts()) if told else None)
        for key in {**seen, **known}
        if key in known or seen[key].sessions
    ]
    return sorted(found, key=lambda one: (-one.figures.sessions, -one.figures.views, one.channel, one.source))


def bots(*, asked: Asked) -> list[Crawler]:
    return crawlers(asked)


def breakdown(*, asked: Asked) -> list[tuple[str, Figures]]:
    """The next level below the source that is asked for: channels, sources, referrers, then landing pages."""
    level = LEVELS[len(asked.origin)] if len(asked.origin) < len(LEVELS) else "path"
    numbers = "entries" if level == "path" else "sessions"
    found = figures.read(asked, level, order=f"{numbers} DESC, views DESC, {level}")
    return [(each.by[level], each) for each in found if getattr(each, numbers)]


def live(*, asked: Asked) -> list[visits.Seen]:
    return visits.latest(asked)


@dataclass(frozen=True)
class Step:
    name: str
    number: int
    of_all: object
    of_before: object
    previous: int


STEPS = (
    *[("entries", "Sessions"), ("makers", "Saw /make/"), ("renders", "Had a cut rendered")],
    *[("sign_ups", "Signed up"), ("top_ups", "Topped up")],
)


@dataclass(frozen=True)
class Funnel:
    steps: list[Step]
    ledger: TopUps | None  # None: a filter asks for a part, which the ledger does not know


def funnel(*, asked: Asked) -> Funnel:
    now, before = figures.total(asked), figures.total(asked.before)
    steps, last = [], None
    for name, words in STEPS:
        number = getattr(now, name)
        of_before = share(number, last) if last is not None else None
        steps.append(Step(words, number, share(number, now.entries), of_before, getattr(before, name)))
        last = number
    whole = not (asked.path or asked.source or asked.device or asked.traffic)
    return Funnel(steps, top_ups(asked.period) if whole else None)


@dataclass(frozen=True)
class Conservation:
    served: int
    counted: int
    erased: int
    reasons: list[tuple[str, int]]  # excluded and dropped

    @property
    def missing(self) -> int:
        return self.served - self.counted - sum(number for _, number in self.reasons)


def conservation(*, asked: Asked) -> Conservation:
    days = Tally.objects.filter(day__range=(asked.period.first, asked.period.last))
    sums = dict(days.values_list("what").annotate(Sum("number")))
    own = [sums.pop(name, 0) for name in ("served", "counted", "erased")]
    return Conservation(*own, sorted(sums.items(), key=lambda each: (-each[1], each[0])))
