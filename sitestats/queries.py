"""Reads of Site Stats, one a panel."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db.models import Sum
from django.utils import timezone

from sitestats import facts, figures, visits
from sitestats.addresses import NOWHERE, Url, by_address, only_of, ours_by_number
from sitestats.agents import Kind
from sitestats.asking import BETWEEN, LEVELS, Asked, unrecorded
from sitestats.channels import Channel
from sitestats.crawlers import Crawler, crawlers
from sitestats.facts import Facts
from sitestats.figures import UNKNOWN, Figures, share
from sitestats.hours import HOUR, Trend, by_hour
from sitestats.models import Tally
from sitestats.models.sums import WHOLE
from sitestats.models.words import DEVICES
from sitestats.reconciling import TopUps, top_ups
from ui import clock
from ui.periods import Period

URLS_SHOWN = SOURCES_SHOWN = 50
COMPARED = ("views", "visitors", "sessions", "entries")  # what a row tells of the period before


@dataclass(frozen=True)
class Headline:
    now: Figures
    before: Figures | None  # None: there is no data of those days
    facts: Facts | None  # None: the filters ask for what facts do not know
    facts_before: Facts | None


def compared(asked: Asked) -> Asked | None:
    """The same of the period before; None if not all of its days were recorded."""
    begun, before = asked.begun, asked.period.previous
    return asked.before if begun and begun <= before.first and before.last <= clock.today() else None


def headline(*, asked: Asked) -> Headline:
    """The sums that the cards show; each number of views is None if none of the days was recorded.

    Of days that are still to come there are no facts either.
    """
    before, known = compared(asked), facts.known(asked) and not asked.is_ahead
    return Headline(
        _total(asked),
        before and figures.total(before),
        facts.total(asked) if known else None,
        facts.total(asked.before) if known else None,
    )


def _total(asked: Asked) -> Figures:
    return UNKNOWN if asked.is_unrecorded else figures.total(asked)


def _earlier(asked: Asked, *by: str, only=COMPARED, moved: int = 0, where="", among=None) -> Callable[..., Figures]:
    """A function: what the row of these values was in the period before, UNKNOWN if that was not recorded."""
    before = compared(asked)
    rows = figures.read(before, *by, only=only, moved=moved, where=where, among=among) if before else ()
    found = {tuple(each.by.values()): each for each in rows} if before else None
    return lambda *values: UNKNOWN if found is None else found.get(values, Figures())


def days(*, asked: Asked) -> list[Figures]:
    """The days that add up to the cards, the latest first."""
    return list(figures.read(asked, "day", order="day DESC"))


def trends(*, asked: Asked) -> list[Trend]:
    """Each day with every kind of traffic; of a single day each hour that has begun, of many days each month."""
    if asked.by_hour:
        return _hours(asked)
    everybody, first = asked.but(traffic="all"), asked.period.first
    days, by = [first + dt.timedelta(days=n) for n in range(asked.period.days)], ("day", "kind")
    if asked.by_month:
        days, by = [day for day in days if day in (first, day.replace(day=1))], ("month", "kind")
    earlier = _earlier(everybody, *by, only=("views",), moved=(first - asked.period.previous.first).days)
    found = {tuple(each.by.values()): each for each in figures.read(everybody, *by, only=WHOLE)}
    begun = asked.begun.replace(day=1) if asked.begun and asked.by_month else asked.begun
    return [
        Trend(
            day,
            None,
            *(found.get((known_by, kind), _lacking(known_by, begun)) for kind in Kind),
            *(earlier(known_by, kind).views for kind in Kind),
        )
        for day in days
        for known_by in (day.replace(day=1) if asked.by_month else day,)
    ]


def _lacking(day: dt.date, begun: dt.date | None) -> Figures:
    """Of a day without a view: nothing was seen; or who knows."""
    return UNKNOWN if unrecorded(day, day, begun) else Figures()


def _hours(asked: Asked) -> list[Trend]:
    """A visitor, or a session, counts in each hour. The day before may have an hour more or less."""
    before, start = compared(asked), asked.period.start
    if before and not before.by_hour:
        before = None
    found, earlier = by_hour(asked), by_hour(before, only_views=True) if before else {}
    lacking, lacking_before = _lacking(asked.period.first, asked.begun), Figures() if before else UNKNOWN
    return [
        Trend(
            asked.period.first,
            start + number * HOUR,
            *(found.get((number, kind), lacking) for kind in Kind),
            *(earlier.get((number, kind), lacking_before).views for kind in Kind),
        )
        for number in range(-((start - min(asked.period.end, timezone.now())) // HOUR))
    ]


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
    """The split of visitors; a visitor has one device."""
    found = [each for each in figures.read(asked, "device", order="visitors DESC, device") if each.views]
    earlier = _earlier(asked, "device")
    visitors = sum(each.visitors for each in found)
    return [
        Device(name, each, share(each.visitors, visitors), earlier(name))
        for each in found
        for name in (each.by["device"],)
    ]


def top_urls(*, asked: Asked, limit: int | None = URLS_SHOWN) -> list[Url]:
    """The pages with most views, and in one row what nothing answers to; None: all of them."""
    ours = ours_by_number()
    found, earlier = by_address(asked, ours), _earlier(asked, "page", where=only_of(ours, asked))
    pages = [path for path in found if path != NOWHERE][:limit]
    numbers = {path: number for number, path in ours.items() if path in pages}
    took, shown = figures.p95(asked, numbers.values()), [*pages, *({NOWHERE} & {*found})]
    known = ((path, numbers.get(path)) for path in shown)
    return [Url(path, found[path], took.get(number), earlier(number)) for path, number in known]


@dataclass(frozen=True)
class Source:
    """Where sessions came from, and what became of the members who came from there."""

    channel: str
    source: str
    figures: Figures
    facts: Facts | None  # None: the filters ask for what facts do not know
    before: Figures

    @property
    def filter(self) -> str:
        alone = self.channel in ("", Channel.DIRECT) and not self.source
        return self.channel if alone else f"{self.channel}{BETWEEN}{self.source}"


def top_sources(*, asked: Asked, limit: int | None = None) -> list[Source]:
    """Every source with a session or a fact, the busiest first, at most so many."""
    by, told = ("channel", "source"), facts.known(asked)
    known = facts.by_source(asked) if told else {}
    rows = [*figures.read(asked, *by, order="sessions DESC, views DESC, channel, source", limit=limit)]
    rows += figures.read(asked, *by, among=[*known]) if limit and known else ()
    seen = {tuple(each.by.values()): each for each in rows}

    def rank(key):
        own = seen.get(key, Figures())
        return -own.sessions, -own.views, *key

    keys = sorted((key for key in {**seen, **known} if key in known or seen[key].sessions), key=rank)[:limit]
    earlier, lacking = _earlier(asked, *by, among=keys), UNKNOWN if asked.is_unrecorded else Figures()
    return [
        Source(*key, seen.get(key, lacking), known.get(key, Facts()) if told else None, earlier(*key)) for key in keys
    ]


def bots(*, asked: Asked, limit: int | None = None) -> list[Crawler]:
    """Operators by purpose, each beside its pages of the period before; of very many the busiest so many."""
    found = crawlers(asked, limit)
    among = [(one.operator, one.purpose) for one in found]
    earlier = _earlier(asked.bots, "operator", "purpose", only=("views",), among=among)
    for one in found:
        one.before = earlier(one.operator, one.purpose)
    return found


@dataclass(frozen=True)
class Part:
    value: str
    figures: Figures
    before: Figures


def breakdown(*, asked: Asked, limit: int | None = None) -> list[Part]:
    """The next level below the source that is asked for: channels, sources, referrers and campaigns, landing pages.

    The busiest first, at most so many.
    """
    level = (*LEVELS, "path")[asked.level]
    numbers = "entries" if level == "path" else "sessions"
    rows = figures.read(asked, level, order=f"{numbers} DESC, views DESC, {level}", limit=limit)
    found = {each.by[level]: each for each in rows if getattr(each, numbers)}
    earlier = _earlier(asked, level, among=[(value,) for value in found])
    return [Part(value, each, earlier(value)) for value, each in found.items()]


def live(*, asked: Asked) -> list[visits.Seen]:
    """The last views, the newest first; of no period."""
    return visits.latest(asked)


@dataclass(frozen=True)
class Step:
    name: str
    number: int | None  # None: none of the days was recorded
    of_all: object
    of_before: object
    before: int | None  # in the period before


STEPS = (
    *[("entries", "Sessions"), ("makers", "Saw /make/"), ("renders", "Had a cut rendered")],
    *[("sign_ups", "Signed up"), ("top_ups", "Topped up")],
)


@dataclass(frozen=True)
class Funnel:
    steps: list[Step]
    ledger: TopUps | None  # None: a filter asks for a part, which the ledger does not know

    @property
    def off(self) -> int:
        """By how many sessions the last step is not what the ledger makes of it."""
        return abs((self.steps[-1].number or 0) - self.ledger.sessions)


def funnel(*, asked: Asked) -> Funnel:
    """How many sessions came how far, in this order."""
    now, before = _total(asked), compared(asked)
    earlier, steps, last = figures.total(before) if before else UNKNOWN, [], None
    for name, words in STEPS:
        number = getattr(now, name)
        steps.append(Step(words, number, share(number, now.entries), share(number, last), getattr(earlier, name)))
        last = number
    return Funnel(steps, None if asked.is_filtered else top_ups(asked.period))


@dataclass(frozen=True)
class Conservation:
    served: int
    counted: int
    erased: int
    reasons: dict[str, int]  # excluded and dropped
    before: "Conservation | None" = None

    @property
    def missing(self) -> int:
        return self.served - self.counted - sum(self.reasons.values())

    @property
    def rows(self) -> list[tuple[str, int, int | None]]:
        """What became of the answers: what, how many, and in the period before."""
        old = self.before
        rows = [("counted", self.counted, old and old.counted)]
        return rows + [(what, number, old and old.reasons.get(what, 0)) for what, number in self.reasons.items()]


def conservation(*, asked: Asked) -> Conservation:
    """What was served and what became of it, in both periods."""
    before = compared(asked)
    now = _kept(asked.period)
    return replace(now, before=_kept(before.period) if before else None)


def _kept(period: Period) -> Conservation:
    days = Tally.objects.filter(day__range=(period.first, period.last))
    sums = dict(days.values_list("what").annotate(Sum("number")))
    own = [sums.pop(name, 0) for name in ("served", "counted", "erased")]
    return Conservation(*own, dict(sorted(sums.items(), key=lambda each: (-each[1], each[0]))))
