"""The panels of System Accounting and of Usage. GET, one fragment each."""

from django.views.decorators.http import require_safe

from accounting import queries
from accounting.asking import period_of
from accounting.behind import LABELS
from accounting.figures import Month, parts_of
from accounting.forms import BaselineForm
from accounting.usage import cards
from accounting.usage import queries as usage
from accounting.usage.asking import makers_of
from accounts.access import requires
from accounts.permissions import Perm
from tunables import values
from ui import csv, filters, lists, panels
from ui.charts import Chart, Series
from ui.periods import Period

LOOKING = "accounting-look"  # the element that asks again while a job looks
SERVICES = [
    *[("title", "Service"), ("units", "Units"), ("charged_paid", "Charged paid")],
    *[("charged_granted", "Charged granted"), ("cost", "Cost"), ("margin", "Margin")],
    *[("margin_ratio", "Margin of charged paid"), ("unreconciled", "Unreconciled"), ("unreconciled_ratio", "Of cost")],
]
# of a month: what the table shows; `restated` may differ in each
OF_MONTH = ("revenue", "cost", "margin", "promotional", "fees", "refunds", "disputes", "net_margin", "unspent")


@require_safe
@requires(Perm.ACCOUNTING_READ)
def headline(request):
    """The key figures; while a job looks for what is new, its hint alone asks again every two seconds."""
    if request.htmx.trigger == LOOKING:
        return panels.look_again(request, busy=queries.look_under_way())
    period = period_of(request.GET)
    found = queries.headline(period=period)
    context = {"found": found, "period": period, "zone": f"{values.business_zone()}", "looking": LOOKING}
    context |= _closed(period)
    return panels.render(request, "accounting/panels/headline.html", context, title="Key figures")


@require_safe
@requires(Perm.ACCOUNTING_READ)
def by_service(request):
    """Every service of the period and their sum, on the page or as a file."""
    period = period_of(request.GET)
    services, total = queries.by_service(period=period)
    told = _closed(period)
    frozen = queries.frozen(told.get("close"), services, total)
    if lists.csv_asked(request):
        columns = [*SERVICES, *(_closed_with(frozen) if told.get("close") else [])]
        return csv.stream([*services, total], columns, csv.name("by-service", period.label))
    rows = [(one, frozen.get(one.service)) for one in (*services, total)] if services else []
    context = {"rows": rows, "changed": bool(frozen), "period": period, **told}
    return panels.render(request, "accounting/panels/by_service.html", context)


@require_safe
@requires(Perm.ACCOUNTING_READ)
def monthly_trend(request):
    """`?months=24`: a chart and a table of the last months; a restated one says by how much below its line."""
    count = filters.choice(request, "months", queries.MONTHS, "12")
    months = queries.monthly_trend(months=int(count))
    if lists.csv_asked(request):
        return csv.stream(months, _month_columns(), csv.name("monthly-trend", f"{count}-months"))
    figure = Chart(
        id="monthly-trend",
        title=f"Revenue, cost and margin by month, {queries.MONTHS[count].lower()}",
        labels=[f"{month.first:%b %Y}" for month in months],
        series=[
            Series("Revenue", [month.figures.revenue for month in months], filled=True),
            Series("Cost", [month.figures.cost for month in months], look="2"),
            Series("Margin", [month.figures.margin for month in months], look="3"),
        ],
        label_head="Month",
        running=bool(months) and months[-1].state == "running",
        tabled=True,
    )
    context = {
        "chart": figure,
        "months": [(month, *_cells(month)) for month in reversed(months)],
        "heads": [(name, LABELS[name]) for name in OF_MONTH],
        "zone": (zone := queries.zone_of_days()),
        "elsewhere": any(month.close and month.close.zone != zone for month in months),
        "chips": _chips(request, "months", queries.MONTHS),
    }
    return panels.render(request, "accounting/panels/monthly_trend.html", context)


@require_safe
@requires(Perm.ACCOUNTING_READ)
def actions(request):
    """What can be taken away as a file, closed, recorded and checked."""
    context = {"found": queries.actions(), "period": period_of(request.GET)}
    return panels.render(request, "accounting/panels/actions.html", context)


@require_safe
@requires(Perm.USAGE_READ)
def usage_headline(request):
    """What was made, how long it took and what it spares; each figure opens its cuts."""
    period = period_of(request.GET)
    found, now = queries.usage_headline(period=period, makers=makers_of(request))
    context = {"cards": found, "now": now, "period": period}
    return panels.render(request, "accounting/panels/usage_headline.html", context, title="Key figures")


@require_safe
@requires(Perm.USAGE_READ)
def usage_breakdown(request):
    """The cuts by one of their parts."""
    period, makers = period_of(request.GET), makers_of(request)
    part = filters.choice(request, "part", usage.PARTS, "category")
    found = queries.usage_breakdown(period=period, part=part, makers=makers)
    if lists.csv_asked(request):
        return csv.stream(found, cards.PARTS, csv.name("usage-by", part, makers, period.label))
    context = {
        "rows": cards.rows(period, makers, part, found),
        "chips": _chips(request, "part", {key: label for key, (label, *_) in usage.PARTS.items()}),
        "label": usage.PARTS[part][0],
        "part": part,
        "period": period,
    }
    return panels.render(request, "accounting/panels/usage_breakdown.html", context)


@require_safe
@requires(Perm.USAGE_READ)
def usage_baselines(request):
    """How long a cut would take by hand, now and before; with a form for who may say so."""
    context = {"history": queries.usage_baselines(), "form": BaselineForm()}
    return panels.render(request, "accounting/panels/usage_baselines.html", context, title="Minutes by hand")


def _closed(period: Period) -> dict:
    """What _closed.html says of a period that is exactly one closed month."""
    close = queries.closed(period.first, period.last)
    return {"close": close, "restated": close.restated, "days": queries.zone_of_days()} if close else {}


def _closed_with(frozen: queries.Frozen) -> list:
    """The columns of what a closed month was closed with: where nothing changed, that is what it is now."""
    return [
        (f"{key}_then", f"{label}, closed with", lambda one, key=key: getattr(frozen.get(one.service, [one])[0], key))
        for key, label in SERVICES
        if key in queries.TOTALLED
    ]


def _cells(month: Month) -> tuple[list, list]:
    """Name, label and amount of each figure of a month; and by how much each differs since it was closed."""
    shown = [(name, LABELS[name], getattr(month.figures, name)) for name in OF_MONTH]
    since = [(name, LABELS[name], _since(month, name)) for name in OF_MONTH]
    return shown, since if any(amount for *_, amount in since) else []


def _since(month: Month, name: str):
    return sum(month.restated.get(part, 0) * sign for part, sign in parts_of(name).items())


def _month_columns() -> list:
    figures = [(name, LABELS[name], lambda month, name=name: getattr(month.figures, name)) for name in OF_MONTH]
    since = [
        (f"{name}_since", f"{LABELS[name]}, restated", lambda month, name=name: _since(month, name))
        for name in OF_MONTH
    ]
    closed = ("closed", "Closed", lambda month: month.close and month.close.closed_at)
    return [("first", "Month"), ("state", "State"), closed, *figures, *since]


def _chips(request, name: str, choices: dict) -> list:
    """One of these; without a choice, the first."""
    found = filters.chips(request, name, choices.items())
    return found if any(chip.on for chip in found) else [filters.Chip(found[0].label, found[0].url, True), *found[1:]]
