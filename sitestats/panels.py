"""The panels of Site Stats. GET, one fragment each: the same filters, a page or a file of what it shows."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from sitestats import addresses, asking, cards, crawlers, facts, first_touch, queries, visits
from sitestats.asking import WEEK, Asked, asked_of
from ui import csv, filters, format, lists, panels, periods
from ui.charts import Chart


def panel(template: str, file: str, columns, *, days: str = periods.DEFAULT, title: str = "", parts=cards.parts):
    """Decorator: the function of (request, asked) gives all rows, and what its page shows besides `asked`.

    `columns` are those of the file, or a function of `asked` that tells them; `parts` its name, `days` its own period
    until somebody chooses another.
    """

    def frame(read: Callable[..., tuple[list, dict]]):
        def view(request):
            asked = asked_of(request, days)
            rows, context = read(request, asked)
            if lists.csv_asked(request):
                shown = columns(asked) if callable(columns) else columns
                return csv.stream(rows, shown, csv.name(file, *parts(asked)))
            words = title or asking.title(request, *asking.TITLES[read.__name__])
            whole = {"asked": asked, "applied": asking.applied(request, asked), "clear_url": asking.clear_url(request)}
            whole["dated"] = parts is cards.parts
            whole |= asking.ways_out(request, reverse("sitestats:index")) | context
            return panels.render(request, template, whole, title=words, page="sitestats/panel_page.html")

        view.__name__, view.__doc__ = read.__name__, read.__doc__
        return require_safe(requires(Perm.SITESTATS_READ)(view))

    return frame


@panel(
    "sitestats/panels/headline.html",
    "site-stats",
    [("label", "Figure"), ("now", "Now"), ("before", "Before")],
    title="Key figures",
)
def headline(request, asked: Asked):
    """The key figures beside those of the days before."""
    found = queries.headline(asked=asked)
    shown = cards.headline(asked, found)
    return cards.rows(asked, found, shown), {
        "cards": shown,
        "compared": found.before is not None,
        "demo": facts.with_demo(),
    }


@panel("sitestats/panels/trends.html", "trends", cards.TREND)
def trends(request, asked: Asked):
    """Views a day, an hour of one day or a month of many: humans, bots and AI apart; its table tells who was chosen."""
    days, heads = queries.trends(asked=asked), cards.trend_heads(asked)
    unit = "hour" if asked.by_hour else "month" if asked.by_month else "day"
    url = cards.month_url if asked.by_month else cards.day_url
    figure = Chart(
        id="site-trends",
        title=f"Views {'an' if unit == 'hour' else 'a'} {unit}, {asked.period.label}",
        labels=[cards.point(day, asked.by_month) for day in days],
        label_head=unit.capitalize(),
        series=cards.lines(asked, days),
        show=format.count,
        running=asked.period.first <= periods.today() <= asked.period.last,
    )
    rows = [
        (
            day,
            cards.point(day, asked.by_month),
            url(asked, day.day),
            zip(heads, cards.trend_cells(asked, day), strict=True),
        )
        for day in reversed(days)
    ]
    seen = not asked.is_unrecorded and any(value for line in figure.series for value in line.values)
    return days[::-1], {"chart": figure, "seen": seen, "unit": unit, "heads": heads, "days": rows}


@panel("sitestats/panels/devices.html", "devices", cards.DEVICES, days=WEEK)
def devices(request, asked: Asked):
    """The split of daily visitors; each device filters the page."""
    found = queries.devices(asked=asked)
    return found, {"bars": cards.bars(found), "rows": [(one, asked.url(device=one.name)) for one in found]}


@panel("sitestats/panels/top_urls.html", "urls", cards.URLS, days=WEEK)
def top_urls(request, asked: Asked):
    """The pages with most views, and what failed; each filters the page."""
    found = queries.top_urls(asked=asked, limit=None if lists.csv_asked(request) else queries.URLS_SHOWN)
    rows = [
        (one, cards.took(one.p95), "" if one.path == addresses.NOWHERE else asked.url(path=one.path)) for one in found
    ]
    return found, {"rows": rows, "full": len(found) >= queries.URLS_SHOWN}


def _limit(request) -> int | None:
    """Of sources: a file has all, a page tells whether there are more."""
    return None if lists.csv_asked(request) else queries.SOURCES_SHOWN + 1


@panel("sitestats/panels/top_sources.html", "sources", cards.SOURCES)
def top_sources(request, asked: Asked):
    """Where sessions came from, and what became of members who came from there."""
    found = queries.top_sources(asked=asked, limit=_limit(request))
    shown = found[: queries.SOURCES_SHOWN]
    whose = first_touch.sharers({(one.channel, one.source) for one in shown})
    rows = [
        (one, cards.source(one), asked.url(source=one.filter) if one.channel else "", whose.get(way))
        for one in shown
        for way in ((one.channel, one.source),)
    ]
    return found, {"rows": rows, "more": len(found) > len(shown)}


@panel("sitestats/panels/bots.html", "bots", cards.crawler_columns)
def bots(request, asked: Asked):
    """What bots and AI scanners asked for, what it cost, and whom they sent."""
    found = queries.bots(asked=asked, limit=_limit(request))
    shown = found[: queries.SOURCES_SHOWN]
    compared = any(one.before.views is not None for one in shown)
    return found, {"rows": shown, "cost": crawlers.cost(asked), "compared": compared, "more": len(found) > len(shown)}


@panel("sitestats/panels/breakdown.html", "traffic", cards.part_columns)
def breakdown(request, asked: Asked):
    """One level of channel, source, referrer with campaign, landing page; each row opens the next."""
    found, level = queries.breakdown(asked=asked, limit=_limit(request)), asked.level
    shown = found[: queries.SOURCES_SHOWN]
    whose = first_touch.sharers({(asked.source, one.value) for one in shown})  # below a channel there are sources
    rows = [
        (cards.level_words(level, one.value), one, cards.deeper(asked, one.value), whose.get((asked.source, one.value)))
        for one in shown
    ]
    context = {"rows": rows, "more": len(found) > len(shown), "head": cards.LEVEL_HEADS[level]}
    return found, {**context, "crumbs": cards.crumbs(asked), "landing": asked.is_landing}


PAUSED = "live_paused"  # a cookie: whoever opened an address that said so would undo what another tab chose


def _paused_for_good(view):
    """Decorator: a click on Paused holds until one on Follows, or until the browser is closed.

    The click alone says so: what the panel then asks for or is linked from does not.
    """

    @wraps(view)
    def keeping(request):
        said = filters.choice(request, "paused", ("yes", "no")) if request.htmx else ""
        if "paused" in request.GET:
            request.GET = request.GET.copy()
            del request.GET["paused"]
            request.META["QUERY_STRING"] = request.GET.urlencode()
        if said:
            request.COOKIES[PAUSED] = said
        response = view(request)
        if said:
            rules = {"httponly": True, "samesite": "Lax", "secure": settings.SESSION_COOKIE_SECURE}
            response.set_cookie(PAUSED, said, path="/admin/", **rules)
        return response

    return keeping


@_paused_for_good
@panel("sitestats/panels/live.html", "live", cards.LIVE, title="Live activity (last 50)", parts=cards.filters_of)
def live(request, asked: Asked):
    """The last views; unless it is paused, the fragment asks again every few seconds."""
    found, paused = queries.live(asked=asked), request.COOKIES.get(PAUSED) == "yes"
    chips = filters.chips(request, "paused", [("no", "Follows"), ("yes", "Paused")], default="yes" if paused else "no")
    few = len(found) < visits.SHOWN
    context = {"rows": found, "few": few, "looked": visits.LOOKED[-1], "chips": chips, "paused": paused}
    return found, context | {"today": periods.today()}


@panel("sitestats/panels/funnel.html", "funnel", cards.STEPS, days=WEEK)
def funnel(request, asked: Asked):
    """How far sessions got, by facts; the last step beside the ledger."""
    found = queries.funnel(asked=asked)
    return found.steps, {"found": found, "bars": cards.steps(asked, found)}


@panel("sitestats/panels/conservation.html", "conservation", cards.CONSERVED)
def conservation(request, asked: Asked):
    """Whether every answer is accounted for. No filter: what was not counted has neither page nor source."""
    found = queries.conservation(asked=asked)
    if asked.is_unrecorded and not found.served:
        return [], {"found": found}
    old = found.before
    erased = [("counted, then erased with their person", found.erased, old and old.erased)] if found.erased else []
    rows = [("served", found.served, old and old.served), *found.rows]
    return [*rows, *erased, ("unaccounted", found.missing, old and old.missing)], {"found": found}
