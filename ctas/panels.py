"""The panels of the calls to action."""

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from ctas import editor, queries
from ui import csv, lists, panels
from ui.periods import PeriodForm


@require_safe
@requires(Perm.CTAS_READ)
def slots(request):
    rows = editor.rows()
    context = {"rows": rows, "mocks": editor.mocks(rows), "may": request.user.can(Perm.CTAS_MANAGE)}
    return panels.render(request, "ctas/panels/slots.html", context, title="Slots")


@require_safe
@requires(Perm.CTAS_READ)
def placements(request):
    period = PeriodForm.of(request)
    rows = queries.placements(period=period)
    if lists.csv_asked(request):
        return csv.stream(rows, queries.TALLY_COLUMNS, csv.name("ctas", period.label))
    context = {"rows": rows, "period": period, "shown": any(row.impressions + row.clicks for row in rows)}
    return panels.render(request, "ctas/panels/placements.html", context)


@require_safe
@requires(Perm.CTAS_READ)
def history(request):
    page = lists.page(queries.history(), request, order=("-at", "-id"), size=10)
    context = {"page": page, "may": request.user.can(Perm.CTAS_MANAGE)}
    return panels.render(request, "ctas/panels/history.html", context)
