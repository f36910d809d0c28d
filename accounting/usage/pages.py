"""Full pages: Poem & Usage Analytics, and the cuts that add up to a figure."""

from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounting.asking import PRESETS, period_of
from accounting.figures import titles
from accounting.usage import cards, queries, savings
from accounting.usage.asking import makers_of, only_of
from accounts.access import requires
from accounts.permissions import Perm
from tunables import values
from ui import csv, filters, lists

COLUMNS = [
    *[("created_at", "When"), ("slug", "Cut"), ("get_state_display", "State")],
    *[("category", "Category"), ("frame", "Frame design"), ("style", "AI style"), ("mood", "Tone")],
    *[("language", "Language"), ("genre", "Music"), ("took", "Took (s)"), ("queued", "Queued (s)")],
    *[("provider_ms", "Providers (ms)"), ("render_ms", "Rendered (ms)"), ("downloads", "Downloads")],
    *[("shares", "Shares"), ("saved", "Saved (min)"), ("low", "At least"), ("high", "At most"), ("error", "Error")],
]


@require_safe
@requires(Perm.USAGE_READ)
def usage(request):
    """/admin/usage/: Poem & Usage Analytics."""
    labels = [(key, label) for key, (label, _) in queries.MAKERS.items()]
    context = {"period": period_of(request.GET), "presets": PRESETS, "zone": values.business_zone()}
    chips, makers = filters.chips(request, "makers", labels), makers_of(request)
    demo = chips[list(queries.MAKERS).index("demo")].url if settings.DEMO_MONTHS and not makers else ""
    context |= {"chips": chips, "makers": makers, "demo_url": demo, "cap": savings.CAP}
    return render(request, "accounting/usage/index.html", context)


@require_safe
@requires(Perm.USAGE_READ)
def usage_cuts(request):
    """/admin/usage/cuts/?what=failed&part=frame&value=3: the cuts that add up to a figure, without whose they are."""
    period, only = period_of(request.GET), only_of(request)
    found = queries.cuts(period, **only).select_related("category", "frame", "style")
    if lists.csv_asked(request):
        name = csv.name("usage", only["makers"], only["what"], only["part"], period.label)
        names = titles()
        service = ("service", "Service", lambda cut: names.get(cut.service, cut.service))
        told = savings.told(found.order_by("-created_at", "-id").iterator(1000))
        return csv.stream(told, [*COLUMNS[:3], service, *COLUMNS[3:]], name)
    page = lists.page(found, request, order=("-created_at", "-id"), size=50)
    context = {
        "period": period,
        "presets": PRESETS,
        "label": queries.WHAT[only["what"]][0],
        "makers": queries.MAKERS[only["makers"]][0],
        "part": queries.PARTS[only["part"]][0] if only["part"] else "",
        "value": cards.value_name(only["part"], only["value"]) if only["part"] else "",
        "total": queries.total(period, **only),
        "whole": only["what"] in ("asked", "made", "kept"),  # the others are no sums of savings
        "page": page,
        "rows": list(savings.told(page.rows)),
    }
    return render(request, "accounting/usage/cuts.html", context)
