"""Every component in every state, on made-up figures and real accounts."""

import datetime as dt
import math
from decimal import Decimal

from django import forms
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

import ui.csv
from accounts.access import requires
from accounts.permissions import Perm
from ui import actions, charts, filters, lists, panels
from ui.forms import ConfirmForm, Form, MoneyField, OnceField
from ui.periods import PeriodForm

COLUMNS = [("user", "User"), ("role", "Role"), ("status", "Status"), ("joined", "Joined")]
seen = {"broken": 0, "job": 0, "grants": []}


class GrantForm(Form):
    once = OnceField()
    amount = MoneyField(label="Amount", help_text="In US dollars; a minus removes.", negative=True)
    reason = forms.CharField(label="Reason", max_length=200)
    kind = forms.ChoiceField(label="Kind", choices=[("grant", "Grant"), ("adjust", "Adjustment")])
    notify = forms.BooleanField(label="Tell the member by e-mail", required=False)


@require_GET
@requires(Perm.OVERVIEW_READ)
def index(request):
    confirm = ConfirmForm("ada@example.com", {"typed": "ada"})
    return render(request, "gallery/index.html", {"period": PeriodForm.of(request), "confirm": confirm})


@require_GET
@requires(Perm.OVERVIEW_READ)
def bare(request):
    return render(request, "gallery/bare.html")


@require_GET
@requires(Perm.OVERVIEW_READ)
def customer(request):
    return render(request, "gallery/customer.html")


@require_GET
@requires(Perm.OVERVIEW_READ)
def figures(request):
    wave = [Decimal(200 + i * 4) + Decimal(str(round(30 * math.sin(i), 2))) for i in range(30)]
    return panels.render(request, "gallery/panels/figures.html", {"wave": wave, "now": wave[-1], "before": wave[0]})


@require_GET
@requires(Perm.OVERVIEW_READ)
def trend(request):
    period = PeriodForm.of(request)
    days = [period.first + dt.timedelta(days=i) for i in range(period.days)]
    revenue = [Decimal(str(round(220 + i * 5 + 40 * math.sin(i * 1.3), 2))) for i in range(len(days))]
    chart = charts.Chart(
        "trend",
        f"Revenue and cost by day, {period.label}",
        [f"{day.day} {day:%b}" for day in days],
        [
            charts.Series("Revenue", revenue, "1", filled=True),
            charts.Series("Cost", [value / 3 for value in revenue], "2"),
            charts.Series(
                f"Revenue, {period.previous.label}", [value * Decimal("0.85") for value in revenue], "previous"
            ),
        ],
        updated=timezone.now(),
    )
    return panels.render(request, "gallery/panels/trend.html", {"chart": chart})


@require_GET
@requires(Perm.OVERVIEW_READ)
def services(request):
    rows = [
        charts.Bar("Image generation", "$2,412.40", [(0.46, "2"), (0.54, "1")], "Cost $1,098.10 · margin 54%"),
        charts.Bar("Poem generation", "$1,986.75", [(0.16, "2"), (0.66, "1")], "Cost $402.33 · margin 80%"),
        charts.Bar("Video render", "$1,204.20", [(0.36, "2"), (0.14, "1")], "Cost $871.92 · margin 28%"),
        charts.Bar("Narration", "$640.10", [(0.07, "2"), (0.19, "1")], "Cost $188.04 · margin 71%"),
        charts.Bar("MusicGen fallback", "$118.20", [(0.03, "2"), (0.015, "1")], "Cost $79.68 · margin 33%"),
    ]
    return panels.render(
        request, "gallery/panels/services.html", {"rows": rows, "legend": [("Cost", "2"), ("Margin", "1")]}
    )


@require_GET
@requires(Perm.USERS_READ)
def people(request):
    words = filters.text(request)
    role = filters.choice(request, "role", ("staff", "member"))
    found = get_user_model().objects.filter(email__icontains=words)
    if role:
        found = found.exclude(role="") if role == "staff" else found.filter(role="")
    if lists.count_asked(request):
        return lists.count_response(found)
    if lists.csv_asked(request):
        columns = [("email", "User"), ("role", "Role"), ("date_joined", "Joined")]
        return ui.csv.stream(found.order_by("email"), columns, ui.csv.name("people", words, role))
    page = lists.page(
        found,
        request,
        order=("-date_joined", "-pk"),
        sorts={"user": "email", "role": "role", "joined": "date_joined"},
        size=8,
        counted=True,
    )
    choices = [("", "All"), ("member", "Members"), ("staff", "Staff")]
    context = {
        "page": page,
        "columns": COLUMNS,
        "chips": filters.chips(request, "role", choices, {"": 78, "member": 72, "staff": 6}),
        "applied": filters.applied(request, {"q": "Search", "role": ("Role", dict(choices))}),
    }
    return panels.render(request, "gallery/panels/people.html", context)


@require_GET
@requires(Perm.OVERVIEW_READ)
def rules(request):
    return panels.render(request, "gallery/panels/rules.html")


@require_GET
@requires(Perm.OVERVIEW_READ)
def grant(request):
    return panels.render(request, "gallery/panels/grant.html", {"form": GrantForm()})


@require_POST
@requires(Perm.OVERVIEW_READ)
def add_grant(request):
    form = GrantForm(request.POST)
    if not form.is_valid():
        return actions.invalid(request, "gallery/_grant_form.html", {"form": form})
    seen["grants"].append(form.cleaned_data["amount"])
    return actions.done(request, "gallery-changed", toast="Granted.", redirect="/admin/gallery/")


@require_POST
@requires(Perm.OVERVIEW_READ)
def switch(request):
    if "refuse" in request.POST:
        return HttpResponse("Not today.", status=409, content_type="text/plain")
    return actions.done(request, toast="Saved. In force at the next sign-in.", redirect="/admin/gallery/")


@require_POST
@requires(Perm.OVERVIEW_READ)
def remove(request):
    return actions.done(
        request, toast="Bram de Vries suspended.", undo_url="/admin/gallery/switch/", redirect="/admin/gallery/"
    )


@require_GET
@requires(Perm.OVERVIEW_READ)
def facts(request):
    return panels.render(request, "gallery/panels/facts.html", {"moment": timezone.now() - dt.timedelta(hours=3)})


@require_GET
@requires(Perm.JOBS_READ)
def job(request):
    seen["job"] = min(48, seen["job"] + 16)
    response = panels.render(request, "gallery/panels/job.html", {"done": seen["job"], "total": 48})
    return response if seen["job"] < 48 or not request.htmx else panels.finished(response)


@require_GET
@requires(Perm.OVERVIEW_READ)
def nothing(request):
    return panels.render(request, "gallery/panels/nothing.html")


@require_GET
@requires(Perm.OVERVIEW_READ)
def broken(request):
    seen["broken"] += 1
    if "mended" not in request.GET and seen["broken"] < 3:
        raise RuntimeError("This panel fails twice.")
    return panels.render(request, "gallery/panels/nothing.html")


@require_GET
@requires("nobody:holds-this")
def denied(request):
    return panels.render(request, "gallery/panels/nothing.html")
