"""What an address of this room asks for: a period, and which views. Every panel follows the same filters."""

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Min
from django.urls import reverse

from sitestats.agents import BOTS, Kind
from sitestats.channels import BETWEEN, Channel
from sitestats.models import Day
from sitestats.models.words import DEVICES
from ui import filters, format, lists, periods
from ui.periods import Period, PeriodForm

PRESETS = {"7d": "7 d", "30d": "30 d", "90d": "90 d"}
TRAFFIC = {"": "Humans", "bot": "Bots", "ai": "AI", "unknown": "Unclear", "all": "Everybody"}
FILTERS = ("path", "source", "device", "traffic")  # also in ui.panels.OF_ROOM
LEVELS = ("channel", "source", "detail")
# The last of them, of a row that has these columns: `blog.example/post`, `Spring poems · cpc` of a tagged link, or both
DETAIL = "concat_ws(' · ', nullif({0}.referrer, ''), nullif({0}.campaign, ''), nullif({0}.medium, ''))"
LONGEST = 600  # characters of a source with all of it
WEEK = "7d"
MOST_DAYS = 400  # that are told one by one
# Panels with their own days
TITLES = {
    "trends": ("30-day trends",),
    "devices": ("Device split", WEEK),
    "top_urls": ("Top URLs accessed", WEEK),
    "top_sources": ("Top sources",),
    "bots": ("Bot & AI scanner traffic",),
    "breakdown": ("Where traffic came from – full breakdown",),
    "funnel": ("Conversion funnel", WEEK),
    "conservation": ("Conservation",),
}


@dataclass(frozen=True)
class Asked:
    """`source` is a channel, `search`; or with a source, `search|Google`; or with a DETAIL as well."""

    period: Period
    path: str = ""
    source: str = ""
    device: str = ""
    traffic: str = ""

    @property
    def kinds(self) -> list[str]:
        """Humans are meant unless somebody says otherwise."""
        several = {"all": list(Kind), "bots": list(BOTS)}
        return several.get(self.traffic) or [self.traffic or Kind.HUMAN]

    @property
    def origin(self) -> dict[str, str]:
        """The filter `source` by its levels."""
        return dict(zip(LEVELS, self.source.split(BETWEEN), strict=False)) if self.source else {}

    @property
    def level(self) -> int:
        """How many of the levels are chosen: a direct visit has neither source nor detail."""
        return len(LEVELS) if self.source == Channel.DIRECT else len(self.origin)

    @property
    def is_landing(self) -> bool:
        """Whether the next level is that of landing pages."""
        return self.level == len(LEVELS)

    @property
    def is_part(self) -> bool:
        """Whether a part of each kind of traffic is meant: of a page, a source or a device."""
        return bool(self.path or self.source or self.device)

    @property
    def is_filtered(self) -> bool:
        """Whether more is asked for than days."""
        return self.is_part or bool(self.traffic)

    @property
    def by_hour(self) -> bool:
        """Whether its hours are told apart: those of one day, and those of a part while its single views are there."""
        return self.period.days == 1 and (not self.is_part or self.is_kept)

    @property
    def by_month(self) -> bool:
        """Whether its days are too many to be told one by one."""
        return self.period.days > MOST_DAYS

    @property
    def is_kept(self) -> bool:
        """Whether no single view of its days went with the retention."""
        days = (self.period.first, self.period.last)
        return not Day.objects.filter(day__range=days, is_kept=False).exists()

    @cached_property
    def begun(self) -> dt.date | None:
        """The first day of which views are kept, added up."""
        return Day.objects.aggregate(first=Min("day"))["first"]

    @property
    def runs_on(self) -> bool:
        """Whether days are to come after today."""
        return self.period.last > periods.today()

    @property
    def is_ahead(self) -> bool:
        """Whether all of its days are still to come."""
        return self.period.first > periods.today()

    @property
    def is_unrecorded(self) -> bool:
        """Whether nobody can know what was seen on any of its days."""
        return unrecorded(self.period.first, self.period.last, self.begun)

    @property
    def before(self) -> "Asked":
        return replace(self, period=self.period.previous)

    def but(self, **changes) -> "Asked":
        return replace(self, **changes)

    @property
    def bots(self) -> "Asked":
        """The same of bots: those that were chosen, or all that is not human."""
        return self if self.traffic in BOTS else self.but(traffic="bots")

    def url(self, page: str = "sitestats:index", **changes) -> str:
        """The address of a page that asks the same, but for these."""
        asked = {name: getattr(self, name) for name in FILTERS}
        if self.period.key == "custom":
            asked |= {"period": "custom", "from": self.period.first, "to": self.period.last}
        else:
            asked["period"] = "" if self.period.key == periods.DEFAULT else self.period.key
        query = urlencode({name: text for name, text in (asked | changes).items() if text})
        return f"{reverse(page)}?{query}" if query else reverse(page)


def unrecorded(first: dt.date, last: dt.date, begun: dt.date | None) -> bool:
    """Whether these days are still to come, or before the first of which views are kept."""
    return first > periods.today() or (begun is not None and last < begun)


def asked_of(request, default: str = periods.DEFAULT) -> Asked:
    """What a request asks for. A panel that tells its own days takes them until somebody chooses others."""
    source = filters.text(request, "source", LONGEST)
    if source.partition(BETWEEN)[0] not in Channel.values or source.count(BETWEEN) >= len(LEVELS):
        source = ""
    if source.strip(BETWEEN) == Channel.DIRECT:
        source = Channel.DIRECT.value
    return Asked(
        PeriodForm.of(request, PRESETS, default),
        path=filters.text(request, "path"),
        source=source,
        device=filters.choice(request, "device", DEVICES),
        traffic=filters.choice(request, "traffic", TRAFFIC),
    )


def title(request, words: str, default: str = periods.DEFAULT) -> str:
    """`Device split (7d)`: with its own days, or those that were chosen."""
    asked = asked_of(request, default)
    key = asked.period.key
    if words.startswith("30-day"):
        words_of = "Hourly" if asked.by_hour else "Monthly" if asked.by_month else "Daily"
        return words if key == default else words.replace("30-day", words_of)
    only = ", humans only" if words == "Top URLs accessed" and not asked.traffic else ""
    return f"{words} ({asked.period.label if key == 'custom' else key}{only})"


def source_words(source: str) -> str:
    """`AI assistant › ChatGPT`"""
    channel, *rest = source.split(BETWEEN)
    return " › ".join([Channel(channel).label, *(format.code(each) or "not told" for each in rest)])


def applied(request, asked: Asked) -> list[filters.Applied]:
    """The filters in force as chips, each with its way out."""
    words = {
        "path": ("Path", asked.path),
        "source": ("Source", asked.source and source_words(asked.source)),
        "device": ("Device", DEVICES.get(asked.device, "")),
    }
    return [
        filters.Applied(name, label, value, _without(request, name)) for name, (label, value) in words.items() if value
    ]


def unknown(request, asked: Asked) -> list[str]:
    """What the address says that no filter takes, in sentences: a page of everything must not pass for it.

    A path, or a source of a channel, that nobody knows is a filter like others: nothing is found by it.
    """
    given = {name: filters.text(request, name) for name in ("source", "device", "traffic")}
    return [f"No such {name}: {text}." for name, text in given.items() if text and not getattr(asked, name)]


def clear_url(request, path: str = "") -> str:
    """Without the filters; `path` is another page than its own."""
    return _without(request, *FILTERS, path=path)


def recent_url(request, path: str = "") -> str:
    """The same of the last 30 days, which nobody has to ask for."""
    return _without(request, "period", "from", "to", path=path)


def ways_out(request, path: str = "") -> dict[str, str]:
    """What a page or panel offers where it found nothing."""
    return {"unfiltered_url": clear_url(request, path), "recent_url": recent_url(request, path)}


def _without(request, *names: str, path: str = "") -> str:
    query, path = lists.query(request, **dict.fromkeys(names)), path or request.path
    return f"{path}?{query}" if query else path
