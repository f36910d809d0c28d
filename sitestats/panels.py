"""The panels of Site Stats. GET, one fragment each."""

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from sitestats import cards, queries
from sitestats.asking import BETWEEN, WEEK, asked_of, source_words
from ui import csv, format, lists, panels
from ui.charts import Chart, Series

NUMBERS = [
    *[("figures.views", "Views"), ("figures.visitors", "Daily visitors"), ("figures.sessions", "Sessions")],
    *[("figures.entries", "Entries"), ("figures.exits", "Exits"), ("figures.bounces", "Bounces")],
]


@require_safe
@requires(Perm.SITESTATS_READ)
def headline(request):
    """The key figures beside those of the days before."""
    asked = asked_of(request)
    found = queries.headline(asked=asked)
    shown = cards.headline(asked, found)
    if lists.csv_asked(request):
        columns = [("label", "Figure"), ("now", "Now"), ("before", "Before")]
        return csv.stream(shown, columns, csv.name("site-stats", *cards.parts(asked)))
    context = {"cards": shown, "period": asked.period, "compared": found.before is not None, "known": found.facts}
    return panels.render(request, "sitestats/panels/headline.html", context, title="Key figures")


@require_safe
@requires(Perm.SITESTATS_READ)
def trends(request):
    """Views a day: humans, bots and AI apart."""
    asked = asked_of(request)
    days = queries.trends(asked=asked)
    if lists.csv_asked(request):
        return csv.stream(days, cards.TREND, csv.name("trends", *cards.parts(asked)))
    lines = [("Humans", "1"), ("Bots", "2"), ("AI", "3")]
    figure = Chart(
        id="site-trends",
        title=f"Views a day, {asked.period.label}",
        labels=[f"{day.day} {day:%b}" for day, *_ in days],
        series=[
            Series(name, [day[at].views for day in days], look=look, filled=at == 1)
            for at, (name, look) in enumerate(lines, 1)
        ],
        show=format.count,
    )
    context = {"chart": figure, "days": [(*day, cards.day_url(asked, day[0])) for day in reversed(days)]}
    return panels.render(request, "sitestats/panels/trends.html", context, title="30-day trends")


@require_safe
@requires(Perm.SITESTATS_READ)
def devices(request):
    asked = asked_of(request, WEEK)
    found = queries.devices(asked=asked)
    if lists.csv_asked(request):
        columns = [("name", "Device"), *NUMBERS, ("share", "Share of visitors"), ("before.visitors", "Visitors before")]
        return csv.stream(found, columns, csv.name("devices", *cards.parts(asked)))
    context = {"bars": cards.bars(found), "rows": [(one, asked.url(device=one.name)) for one in found], "asked": asked}
    return panels.render(request, "sitestats/panels/devices.html", context, title="Device split")


@require_safe
@requires(Perm.SITESTATS_READ)
def top_urls(request):
    asked = asked_of(request, WEEK)
    if lists.csv_asked(request):
        columns = [("path", "Path"), *NUMBERS, ("figures.not_found", "Not found"), ("figures.errors", "Errors")]
        columns += [("p95", "p95 (µs)"), ("before", "Views before")]
        return csv.stream(queries.top_urls(asked=asked, limit=None), columns, csv.name("urls", *cards.parts(asked)))
    found = queries.top_urls(asked=asked)
    context = {"rows": [(one, cards.took(one.p95), asked.url(path=one.path)) for one in found], "asked": asked}
    context["full"] = len(found) == queries.URLS_SHOWN
    return panels.render(request, "sitestats/panels/top_urls.html", context, title="Top URLs accessed")


@require_safe
@requires(Perm.SITESTATS_READ)
def top_sources(request):
    asked = asked_of(request)
    found = queries.top_sources(asked=asked)
    if lists.csv_asked(request):
        columns = [("channel", "Channel"), ("source", "Source"), *NUMBERS]
        columns += [(name, label, lambda one, name=name: getattr(one.facts, name, None)) for name, label in cards.FACTS]
        return csv.stream(found, columns, csv.name("sources", *cards.parts(asked)))
    shown = found[: queries.SOURCES_SHOWN]
    context = {
        "rows": [(one, _words(one), asked.url(source=one.filter) if one.channel else "") for one in shown],
        "more": len(found) - len(shown),
        "asked": asked,
    }
    return panels.render(request, "sitestats/panels/top_sources.html", context, title="Top sources")


def _words(one) -> str:
    if not one.channel:
        return "Not known"
    return source_words(one.filter if one.source else one.channel.partition(BETWEEN)[0])
