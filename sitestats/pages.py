"""Full pages: Site Stats, and what stands behind its figures."""

import datetime as dt
from pathlib import Path

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from sitestats import asking, cards, queries, visits
from sitestats.figures import Figures
from sitestats.models.words import DEVICES
from tunables import values
from ui import csv, filters, lists, periods, prose

DESIGN = Path(__file__).with_name("DESIGN-SITE-STATS-V1.md")


@require_safe
@requires(Perm.SITESTATS_READ)
def index(request):
    """/admin/site-stats/: Site Stats."""
    asked = asking.asked_of(request)
    context = _frame(request, asked) | {
        "zone": values.business_zone(),
        "since": asked.begun,
        "titles": {name: asking.title(request, *words) for name, words in asking.TITLES.items()},
    }
    return render(request, "sitestats/index.html", context)


HEADS = (
    *[("views", "Views"), ("visitors", "Visitors"), ("proven", "Proven"), ("sessions", "Sessions")],
    *[("entries", "Entries"), ("bounces", "Bounces"), ("errors", "Failed")],
)


@require_safe
@requires(Perm.SITESTATS_READ)
def days(request):
    """/admin/site-stats/days/?path=/make/: the days that add up to what the cards say of views."""
    asked = asking.asked_of(request)
    found = queries.days(asked=asked)
    if lists.csv_asked(request):
        return csv.stream(found, [("by.day", "Day"), *HEADS], csv.name("site-stats-days", *cards.parts(asked)))
    total = sum(found, Figures())
    context = _frame(request, asked) | {
        **asking.ways_out(request),
        "asked": asked,
        "total": total,
        "heads": HEADS,
        "days": [(one.by["day"], cards.day_url(asked, one.by["day"]), _cells(one)) for one in found],
        "sums": _cells(total),
        "back": asked.url(),
    }
    return render(request, "sitestats/days.html", context)


@require_safe
@requires(Perm.SITESTATS_READ)
def explained(request):
    """/admin/site-stats/explained/: what every figure means."""
    _, _, text = DESIGN.read_text().partition("\n")
    return render(request, "sitestats/explained.html", {"blocks": prose.blocks(text)})


def _cells(one: Figures) -> list[tuple]:
    return [(label, getattr(one, name)) for name, label in HEADS]


def _frame(request, asked) -> dict:
    """The controls above each page: period and filters."""
    return {
        "period": asked.period,
        "presets": asking.PRESETS,
        "traffic": filters.chips(request, "traffic", asking.TRAFFIC.items()),
        "devices": filters.chips(request, "device", [("", "All devices"), *DEVICES.items()]),
        "applied": asking.applied(request, asked),
        "unknown": asking.unknown(request, asked),
        "clear_url": asking.clear_url(request),
    }


@require_safe
@requires(Perm.SITESTATS_READ)
def session(request, number):
    """/admin/site-stats/sessions/0f…/?day=2026-11-24: what one session did."""
    found, day = visits.session_of(number), periods.parse_day(request.GET.get("day", ""))
    if found is None or day is None or not periods.EARLIEST < day < dt.date.max - visits.DAY:
        raise Http404
    views, deeds, more = visits.of_session(found, day)
    if not views:
        raise Http404
    context = {"views": views, "deeds": deeds, "more": more, "first": views[0]}
    return render(request, "sitestats/session.html", context)
