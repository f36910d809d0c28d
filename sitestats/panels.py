"""The panels of Site Stats. GET, one fragment each."""

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from sitestats import cards, queries
from sitestats.asking import BETWEEN, WEEK, asked_of, source_words
from ui import csv, filters, format, lists, panels
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


@require_safe
@requires(Perm.SITESTATS_READ)
def bots(request):
    """What bots and AI scanners asked for, what it cost, and whom they sent."""
    asked = asked_of(request)
    found = queries.bots(asked=asked)
    if lists.csv_asked(request):
        return csv.stream(found, cards.CRAWLERS, csv.name("bots", *cards.parts(asked)))
    context = {"rows": found, "asked": asked, "cost": sum(one.cost for one in found)}
    return panels.render(request, "sitestats/panels/bots.html", context, title="Bot & AI scanner traffic")


@require_safe
@requires(Perm.SITESTATS_READ)
def breakdown(request):
    """One level of channel, source, referrer, landing page; each row opens the next."""
    asked = asked_of(request)
    found = queries.breakdown(asked=asked)
    level = len(asked.origin)
    head = ("Channel", "Source", "Referrer", "Landing page")[level]
    if lists.csv_asked(request):
        columns = [("0", head, lambda row: row[0])]
        columns += [
            (name, label, lambda row, name=name: getattr(row[1], name.partition(".")[2])) for name, label in NUMBERS
        ]
        return csv.stream(found, columns, csv.name("traffic-by", head, *cards.parts(asked)))
    rows = [(cards.level_words(level, value), each, cards.deeper(asked, value)) for value, each in found]
    shown = rows[: queries.SOURCES_SHOWN]
    context = {"rows": shown, "more": len(rows) - len(shown), "head": head, "asked": asked, "level": level}
    context["crumbs"] = cards.crumbs(asked)
    return panels.render(request, "sitestats/panels/breakdown.html", context, title="Where traffic came from")


@require_safe
@requires(Perm.SITESTATS_READ)
def live(request):
    """The last views; unless it is paused, the fragment asks again every few seconds."""
    asked = asked_of(request)
    found = queries.live(asked=asked)
    if lists.csv_asked(request):
        return csv.stream(found, cards.LIVE, csv.name("live", *cards.parts(asked)[:-1]))
    context = {"rows": found, "chips": filters.chips(request, "paused", [("", "Follows"), ("yes", "Paused")])}
    context["paused"] = request.GET.get("paused") == "yes"
    return panels.render(request, "sitestats/panels/live.html", context, title="Live activity (last 50)")


@require_safe
@requires(Perm.SITESTATS_READ)
def funnel(request):
    """How far sessions got, by facts; the last step beside the ledger."""
    asked = asked_of(request, WEEK)
    found = queries.funnel(asked=asked)
    if lists.csv_asked(request):
        columns = [("name", "Step"), ("number", "Sessions"), ("of_all", "Of all"), ("of_before", "Of the step before")]
        return csv.stream(
            found.steps, [*columns, ("previous", "Period before")], csv.name("funnel", *cards.parts(asked))
        )
    context = {"found": found, "bars": cards.steps(found), "asked": asked}
    return panels.render(request, "sitestats/panels/funnel.html", context, title="Conversion funnel")


@require_safe
@requires(Perm.SITESTATS_READ)
def conservation(request):
    """Whether every answer is accounted for. No filter: what was not counted has neither page nor source."""
    asked = asked_of(request)
    found = queries.conservation(asked=asked)
    if lists.csv_asked(request):
        rows = [("served", found.served), ("counted", found.counted), *found.reasons, ("unaccounted", found.missing)]
        columns = [("what", "What", lambda row: row[0]), ("number", "Answers", lambda row: row[1])]
        return csv.stream(rows, columns, csv.name("conservation", asked.period.label))
    return panels.render(request, "sitestats/panels/conservation.html", {"found": found, "asked": asked})
