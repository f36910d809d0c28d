"""The panels of Financial Reports. GET, one fragment each."""

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from reports import cards, files, money, queries
from reports.asking import period_of
from reports.definitions import DEFINITIONS
from tunables import values
from ui import filters, panels
from ui.charts import Chart, Series

LOOKING = "reports-look"  # the element that asks again while a job looks
MONTHS = [
    *[files.month("month", "Month"), ("start", "Start")],
    *[(kind, label, lambda month, kind=kind: month.moved.get(kind, cards.ZERO)) for kind, label in cards.MOVES],
    *[("restated", "Restated"), ("end", "End"), ("paying_at_end", "Paying at the end")],
    *[(name, DEFINITIONS[name].label, lambda month, name=name: cards.rate(month, name)) for name in cards.RATES],
    *[("since", "Learnt since it was closed"), ("committed", "Committed MRR at the end")],
    *[("paying", "Paying at the start"), ("lost", "Lost", lambda month: month.counts.get("churn", 0))],
]
PARTS = [
    *[("number", "Payments"), ("received", "Received"), ("refund", "Refunds issued"), ("dispute", "Disputed")],
    ("net", "Net"),
]


@require_safe
@requires(Perm.ACCOUNTING_READ)
def headline(request):
    """The key figures; while a job looks for what is new, its hint alone asks again every two seconds."""
    if request.htmx.trigger == LOOKING:
        return panels.look_again(request, busy=queries.look_under_way())
    period = period_of(request)
    found = queries.headline(period=period)
    if files.asked(request):
        return files.answer(request, cards.of(found, period), cards.COLUMNS, "financial-reports", period.label)
    context = {
        "found": found,
        "groups": cards.groups(cards.of(found, period)),
        "period": period,
        "zone": values.business_zone(),
        "looking": LOOKING,
    }
    return panels.render(request, "reports/panels/headline.html", context, title="Key figures")


@require_safe
@requires(Perm.ACCOUNTING_READ)
def mrr_by_month(request):
    """A chart and a table of each month and what moved it, or a file."""
    period = period_of(request)
    months = queries.mrr_by_month(period=period)
    if files.asked(request):
        return files.answer(request, months[::-1], MONTHS, "mrr-by-month", period.label)
    figure = Chart(
        id="mrr-by-month",
        title="MRR and committed MRR at the end of each month",
        labels=[f"{month.month:%b %Y}" for month in months],
        series=[
            Series("MRR", [month.end for month in months], filled=True),
            Series("Committed", [month.committed for month in months], look="previous"),
        ],
        label_head="Month",
    )
    context = {
        "chart": figure,
        "months": [cards.MonthRow(month) for month in months[::-1]],
        "about": DEFINITIONS,
        "moves": [DEFINITIONS[kind] for kind, _ in cards.MOVES],
        "rates": [DEFINITIONS[name] for name in cards.RATES],
    }
    return panels.render(request, "reports/panels/mrr_by_month.html", context, title="MRR by month")


@require_safe
@requires(Perm.ACCOUNTING_READ)
def cohorts(request):
    """Who first paid in a month, and what is left of them since."""
    period = period_of(request)
    found = queries.cohorts(period=period)
    shown = filters.choice(request, "of", ("members", "mrr"), "members")
    if files.asked(request):
        return files.answer(request, *cards.cohort_table(found, shown), "cohorts", shown, period.label)
    context = {
        "rows": [cards.CohortRow(one, shown) for one in found],
        "heads": range(max((len(one.cells) for one in found), default=0)),
        "average": cards.retention(found, shown),
        "shown": shown,
        "about": DEFINITIONS[f"cohort_{shown}"],
        "chips": _chips(request, "of", {"members": "Members", "mrr": "Revenue"}),
    }
    return panels.render(request, "reports/panels/cohorts.html", context)


@require_safe
@requires(Perm.ACCOUNTING_READ)
def payments(request):
    """What was received and went back, by date, plan or country."""
    period, by = period_of(request), filters.choice(request, "by", money.BY, "date")
    found = queries.payments(period=period, by=by)
    total = cards.together(found, period)
    if files.asked(request):
        named = ("label", money.BY[by], lambda part: (part.key if by == "date" else "") or part.label)
        columns = [named, *PARTS, *([] if by == "date" else [("before", "Net before")])]
        return files.answer(request, [*found, total] if total else found, columns, "payments-by", by, period.label)
    context = {
        "parts": found,
        "about": DEFINITIONS,
        "total": total,
        "by": by,
        "label": money.BY[by],
        "period": period,
        "chips": _chips(request, "by", money.BY),
        "chart": by == "date" and len(found) > 1 and cards.money_chart(found),
    }
    return panels.render(request, "reports/panels/payments.html", context, title="Payments and refunds")


def _chips(request, name: str, choices: dict) -> list:
    """One of these; without a choice, the first."""
    found = filters.chips(request, name, choices.items())
    return found if any(chip.on for chip in found) else [filters.Chip(found[0].label, found[0].url, True), *found[1:]]
