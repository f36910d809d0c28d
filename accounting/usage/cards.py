"""The panels' words: each figure beside that of the period before, with the address of its cuts."""

import datetime as dt
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse

from accounting.usage import queries
from ui import format

PARTS = [("label", "Name"), ("cuts", "Cuts"), ("share", "Share"), ("before", "Before"), ("saved", "Saved (min)")]
GOOD = {"failed": "down"}


def usage_headline(*, period, makers: str) -> tuple[list[tuple], queries.Figures]:
    """Label, what is shown, note, figure, figure before, which direction is good, address; and the figures."""
    now, before = (queries.figures(one, makers) for one in (period, period.previous))
    found = [_count(name, now, before, url(period, makers, what=name)) for name in queries.WHAT]
    made = url(period, makers, what="made")
    found += [
        ("Time to make", _seconds(now.took), _times(period, makers), now.took, before.took, "down", made),
        ("Time saved", hours(now.saved), _between(now), now.saved, before.saved, "up", made),
    ]
    return found, now


def rows(period, makers: str, part: str, found) -> list[tuple]:
    """Each part of a breakdown, the time it saved, the address of its cuts."""
    what = "failed" if part == "reason" else "asked"
    return [(one, hours(one.saved), url(period, makers, what=what, part=part, value=one.value)) for one in found]


def value_name(part: str, value: str) -> str:
    """How the one value of a part is called that a list of cuts is narrowed to, as in its breakdown."""
    model, found = queries.PARTS[part][2], value
    if part == "feature":
        found, _ = queries.FEATURES.get(value, ("", None))
    elif model or value == queries.NONE:
        rows = model.objects.filter(pk=value) if model and value.isdigit() else ()
        found = next((row.title for row in rows), "")
    return found or "Not told"


def hours(minutes: Decimal) -> str:
    """`12.5 h`: savings are estimates, and seconds would say otherwise."""
    return f"{minutes / 60:,.1f} h"


def _count(name: str, now, before, url: str) -> tuple:
    notes = {
        "asked": _asked(now),
        "made": f"{now.each:.1f} a person" if now.each is not None else "",
    }
    note = notes.get(name) or f"{format.percent(now.share(name))} of {'all' if name == 'failed' else 'those made'}"
    label, amount = queries.WHAT[name][0], getattr(now, name)
    return label, format.count(amount), note, amount, getattr(before, name), GOOD.get(name, "up"), url


def _asked(now) -> str:
    """By how many, of how many poems, and how much of both is one person's."""
    said = f"By {_many(now.people, 'person', 'people')}, of {_many(now.poems, 'poem', 'poems')}"
    if not now.people:
        return said
    return f"{said}; {now.asked / now.people:.1f} cuts, {now.poems / now.people:.1f} poems a person"


def _between(now) -> str:
    """The range, and how long people waited for cuts that nobody has, which is taken off."""
    waited = f"; {hours(now.lost)} waited in vain" if now.lost >= 3 else ""
    return f"{hours(now.low)} to {hours(now.high)}{waited}"


def _seconds(value: float | None) -> str:
    return format.NONE if value is None else format.duration(dt.timedelta(seconds=value))


def _times(period, makers: str) -> str:
    half, most = queries.percentiles(period, makers, 0.5, 0.95)
    return "" if half is None else f"p50 {_seconds(half)}, p95 {_seconds(most)}"


def url(period, makers: str, **only) -> str:
    """The address of the cuts of a period that `only` names: `what`, `part`, `value`."""
    asked = {"period": "custom", "from": period.first, "to": period.last, "makers": makers} | only
    return f"{reverse('accounting:usage_cuts')}?{urlencode({key: value for key, value in asked.items() if value})}"


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
