"""The panels' words: each figure beside that of the period before, and how it is told."""

import datetime as dt
from dataclasses import dataclass, replace

from sitestats.agents import Kind
from sitestats.asking import BETWEEN, FILTERS, Asked, source_words
from sitestats.channels import Channel
from sitestats.hours import Trend
from sitestats.queries import Device, Funnel, Headline, Source
from ui import charts, clock, format
from ui.periods import Period

FACTS = [
    *[("sign_ups", "Sign-ups"), ("renders", "Renders"), ("top_ups", "Top-ups"), ("paid_in", "Paid in")],
    *[("revenue", "Revenue"), ("cost", "Cost"), ("margin", "Margin")],
]
KINDS = {
    Kind.HUMAN: ("Humans", "Human views"),
    Kind.BOT: ("Bots", "Bot views"),
    Kind.AI: ("AI", "AI views"),
    Kind.UNKNOWN: ("Unclear", "Unclear views"),
}
# Columns of the files
NUMBERS = [
    *[("figures.views", "Views"), ("figures.visitors", "Daily visitors"), ("figures.sessions", "Sessions")],
    *[("figures.entries", "Entries"), ("figures.exits", "Exits"), ("figures.bounces", "Bounces")],
    ("figures.bounce_rate", "Bounce"),
]
BEFORE = [
    *[("before.views", "Views before"), ("before.visitors", "Daily visitors before")],
    *[("before.sessions", "Sessions before"), ("before.entries", "Entries before")],
]
TREND = [
    *[("day", "Day"), ("hour", "Hour")],
    *(
        column
        for kind, (label, _) in KINDS.items()
        for column in (
            *[(f"{kind}.views", f"{label}: views"), (f"{kind}.visitors", f"{label}: daily visitors")],
            *[(f"{kind}.sessions", f"{label}: sessions"), (f"{kind}_before", f"{label}: views before")],
        )
    ),
]
DEVICES = [("label", "Device"), *NUMBERS, ("share", "Share of visitors"), *BEFORE]
_P95 = ("p95", "p95 (ms)", lambda row: row.p95 if row.p95 is None else row.p95 / 1000)
URLS = [
    *[("path", "Path"), *NUMBERS, ("figures.errors", "Failed"), ("figures.not_found", "Failed: 404")],
    *[("figures.server_errors", "Failed: 5xx"), _P95, *BEFORE],
]
SOURCES = [
    *[("channel", "Channel", lambda row: Channel(row.channel).label if row.channel else "Not known")],
    *[("source", "Source"), *NUMBERS],
    *((f"facts.{name}", label) for name, label in FACTS),
    *BEFORE,
]
CUT_FIRST = "Signed up after a cut"  # by the funnel, on the way: no fact as the sign-ups are
REACHED = [("figures.makers", "Makers"), ("figures.sign_ups", CUT_FIRST)]
PARTS = [*NUMBERS, *REACHED, *BEFORE]
# A landing page is known by the sessions that began there: views and visitors are of pages that were seen
LANDINGS = [
    *[("figures.entries", "Entries"), ("figures.bounces", "Bounces"), ("figures.bounce_rate", "Bounce"), *REACHED],
    ("before.entries", "Entries before"),
]
STEPS = [
    *[("name", "Step"), ("number", "Sessions"), ("of_all", "Of all"), ("of_before", "Of the step before")],
    ("before", "Sessions before"),
]
CONSERVED = [
    ("what", "What became of it", lambda row: row[0]),
    ("number", "Answers", lambda row: row[1]),
    ("before", "Before", lambda row: row[2]),
]
LEVEL_HEADS = ("Channel", "Source", "Referrer · campaign · medium", "Landing page")


@dataclass(frozen=True)
class Card:
    label: str
    shown: str
    now: object
    before: object
    note: str = ""
    good: str = "up"
    url: str = ""
    is_rate: bool = False
    is_open: bool = False  # it fell, and what is to come of the period may make up for it

    @property
    def change(self) -> str:
        """To the period before: of a rate in points of a hundred, of others in per cent."""
        if self.now is None or self.before is None:
            return ""
        if not self.is_rate:
            return f"{format.change(self.now, self.before)}{' so far' if self.is_open else ''}"
        points = f"{(self.now - self.before) * 100:+.1f}"
        return "±0 points" if float(points) == 0 else f"{points.replace('-', format.MINUS)} points"


def headline(asked: Asked, found: Headline) -> list[Card]:
    """Views first, then what became of them."""
    now, before, days = found.now, found.before, asked.url("sitestats:days")
    humans = asked.traffic == "" and now.visitors is not None
    visitors = f"{format.count(now.proven)} – {format.count(now.visitors)}" if humans else format.count(now.visitors)
    note = "Proven humans – browsers not known to be bots" if humans else ""
    cards = [
        Card("Views", format.count(now.views), now.views, before and before.views, url=days),
        Card("Daily visitors", visitors, now.visitors, before and before.visitors, note, url=days),
        Card("Sessions", format.count(now.sessions), now.sessions, before and before.sessions, url=days),
        Card(
            *("Bounce", format.percent(now.bounce_rate), now.bounce_rate, before and before.bounce_rate),
            *("Sessions of one view", "down", days),
            is_rate=True,
        ),
    ]
    cards += [_fact(name, asked, found) for name in ("sign_ups", "renders", "top_ups", "revenue")]
    return [so_far(card, asked.period) for card in cards]


def so_far(card: Card, period: Period) -> Card:
    """The card, open where days like those before would make up for its fall: neither good nor bad."""
    if card.is_rate or card.now is None or card.before is None:
        return card
    fell = card.before - card.now
    if fell > 0 and fell * period.previous.days <= card.before * period.to_come:
        return replace(card, good="", is_open=True)
    return card


def rows(asked: Asked, found: Headline, shown: list[Card]) -> list[Card]:
    """The rows of the file: a range is two."""
    if asked.traffic:
        return shown
    before = found.before and found.before.proven
    proven = Card("Daily visitors, proven", format.count(found.now.proven), found.now.proven, before)
    return [*shown[:2], proven, *shown[2:]]


def _fact(name: str, asked: Asked, found: Headline) -> Card:
    label, show = dict(FACTS)[name], format.money if name == "revenue" else format.count
    if found.facts is None:
        return Card(label, format.NONE, None, None, "" if asked.is_ahead else "Not told with this filter")
    value = getattr(found.facts, name)
    return Card(
        label, show(value), value, getattr(found.facts_before, name), url=f"{asked.url()}#h-panel-sitestats-top_sources"
    )


def bars(found: list[Device]) -> list[charts.Bar]:
    return [charts.Bar(one.label, format.percent(one.share), [(float(one.share or 0), "1")]) for one in found]


def lines(asked: Asked, days: list[Trend]) -> list[charts.Series]:
    """A line of each kind, of the unclear where they are meant; and of the first that is meant what was before."""
    first = asked.kinds[0]
    found = [
        charts.Series(label, [getattr(day, kind).views for day in days], str(look), filled=kind == first)
        for look, (kind, (label, _)) in enumerate(KINDS.items(), 1)
        if kind in asked.kinds or kind != Kind.UNKNOWN
    ]
    if any(day.before([first]) is not None for day in days):
        before = [day.before([first]) for day in days]
        found.append(charts.Series(f"{KINDS[first][0]} before", before, look="previous"))
    return found


def trend_heads(asked: Asked) -> list[str]:
    """Views of the traffic that was chosen, what was before, visitors, sessions, and views of the other kinds."""
    others = [views for kind, (_, views) in KINDS.items() if kind in _others(asked)]
    chosen = "All views" if len(asked.kinds) > 1 else KINDS[asked.kinds[0]][1]
    return [chosen, "Before", "Visitors" if asked.by_hour else "Daily visitors", "Sessions", *others]


def trend_cells(asked: Asked, one: Trend) -> list[int | None]:
    """What stands below these heads."""
    chosen, others = one.of(asked.kinds), [getattr(one, kind).views for kind in _others(asked)]
    return [chosen.views, one.before(asked.kinds), chosen.visitors, chosen.sessions, *others]


def _others(asked: Asked) -> list[Kind]:
    several = len(asked.kinds) > 1
    return [kind for kind in KINDS if several or (kind not in asked.kinds and kind != Kind.UNKNOWN)]


def took(microseconds: int | None) -> str:
    return format.NONE if microseconds is None else f"{microseconds / 1000:,.{0 if microseconds >= 10_000 else 1}f} ms"


def day_url(asked: Asked, day) -> str:
    return asked.url(**{"period": "custom", "from": day, "to": day})


def month_url(asked: Asked, day) -> str:
    """Of the days of its month that are asked for, from this one on."""
    last = (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    return asked.url(**{"period": "custom", "from": day, "to": min(last, asked.period.last)})


def point(trend: Trend, by_month=False) -> str:
    """Below the chart: `26 Nov`, `14:00` in the business zone, or `Nov 2026`."""
    if by_month:
        return f"{trend.day:%b %Y}"
    if trend.hour:
        return f"{trend.hour.astimezone(clock.zone()):%H:%M}"
    return f"{trend.day.day} {trend.day:%b}"


def filters_of(asked: Asked) -> list[str]:
    """What the name of a file of no period says of it."""
    return [getattr(asked, name) for name in FILTERS]


def parts(asked: Asked) -> list[str]:
    """What a file's name says of it."""
    return [*filters_of(asked), asked.period.label]


CRAWLERS = [
    *[("operator", "Operator"), ("purpose_words", "Purpose"), ("verified", "Verified"), ("claimed", "Claimed")],
    ("unchecked", "Not checked"),
    *[("figures.views", "Pages"), ("figures.not_found", "404s"), ("figures.size", "Bytes")],
    *[("figures.seconds", "Server time (s)"), ("cost", "Cost"), ("verdict", "robots.txt")],
    *[("robots_txt", "robots.txt read"), ("disallowed", "Disallowed"), ("sent", "Sent back")],
    ("before.views", "Pages before"),
]
ROBOTS = ("verdict", "robots_txt", "disallowed")  # known of a bot alone, not of a page or a source
LIVE = [
    *[("at", "When"), ("path", "Path"), ("who", "User"), ("device_word", "Device")],
    *[("browser", "Browser"), ("status", "Status"), ("number", "Session"), ("origin", "Source")],
]


def source(one: Source) -> str:
    """A row of the top sources, in words."""
    if not one.channel:
        return "Not known"
    return source_words(one.filter if one.source else one.channel)


def level_words(level: int, value: str) -> str:
    return Channel(value).label if level == 0 else format.code(value) or "Not told"


def part_columns(asked: Asked) -> list:
    """Of the file of a level of the full breakdown."""
    level = asked.level
    first = ("value", LEVEL_HEADS[level], lambda part: level_words(level, part.value))
    return [first, *(LANDINGS if asked.is_landing else PARTS)]


def crawler_columns(asked: Asked) -> list:
    """Of the file of bots."""
    return [column for column in CRAWLERS if not (column[0] in ROBOTS and (asked.path or asked.source))]


def deeper(asked: Asked, value: str) -> str:
    """The same page with one level more."""
    if asked.is_landing:
        return f"{asked.url(path=value)}#h-panel-sitestats-breakdown"
    source = f"{asked.source}{BETWEEN}{value}" if asked.source else value
    return f"{asked.url(source=source)}#h-panel-sitestats-breakdown"


def crumbs(asked: Asked) -> list[tuple[str, str]]:
    """The way back up, level by level."""
    if not asked.source:
        return []
    parts = asked.source.split(BETWEEN)
    found = [("All channels", f"{asked.url(source='')}#h-panel-sitestats-breakdown")]
    for level, value in enumerate(parts):
        url = f"{asked.url(source=BETWEEN.join(parts[: level + 1]))}#h-panel-sitestats-breakdown"
        found.append((level_words(level, value), url))
    return found


def steps(asked: Asked, found: Funnel) -> list[charts.Bar]:
    """Of a page, they are those of the sessions that began there."""
    begun = {found.steps[0].name: "Sessions that began here"} if asked.path else {}
    return [
        charts.Bar(
            begun.get(step.name, step.name),
            f"{format.count(step.number)} · {format.percent(step.of_all)}",
            [(float(step.of_all or 0), "1")],
            " · ".join(
                [
                    *([f"{format.percent(step.of_before)} of the step before"] if step.of_before is not None else []),
                    *([f"{format.count(step.before)} in the period before"] if step.before is not None else []),
                ]
            ),
        )
        for step in found.steps
    ]
