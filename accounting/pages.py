"""Full pages: System Accounting, and what stands behind its figures."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounting import behind, queries
from accounting.asking import PARTS, PRESETS, day_of, figure_of, month_of, period_of
from accounting.figures import ZERO, titles
from accounting.forms import CloseForm
from accounts.access import confirmed, requires, typed_before
from accounts.masking import sees_addresses
from accounts.permissions import Perm
from tunables import values
from ui import csv, filters, lists, periods

SIZE = 50


@require_safe
@requires(Perm.ACCOUNTING_READ)
def index(request):
    """/admin/accounting/: System Accounting."""
    context = {"period": period_of(request.GET), "presets": PRESETS, "zone": values.business_zone()}
    return render(request, "accounting/index.html", context)


@require_safe
@requires(Perm.ACCOUNTING_READ)
def rows(request):
    """/admin/accounting/rows/?figure=revenue&from=…&to=…: the rows of days that add up to a figure."""
    figure, period = figure_of(request.GET), period_of(request.GET)
    found = figure.rows()
    if lists.csv_asked(request):
        return _file(found.order_by("day", "account", "kind"), _row_columns(), figure, period.label)
    parts = figure.parts()
    context = {
        "figure": figure,
        "period": period,
        "presets": PRESETS,
        "total": sum((part["total"] for part in parts), 0 if figure.is_count else ZERO),
        "parts": parts,
        "page": lists.page(found, request, order=("-day", "account", "kind"), size=SIZE),
        "until": min(period.last, periods.today()),
        "restated": queries.restated(figure),
        "zone": queries.zone_of_days(),
        **_links(request),
    }
    return render(request, "accounting/rows.html", context)


@require_safe
@requires(Perm.ACCOUNTING_READ)
def entries(request):
    """/admin/accounting/entries/?figure=revenue&day=…: what the ledger has of one day; of estimates, the calls."""
    figure = figure_of(request.GET)
    figure = figure.of(day_of(request.GET))
    calls = figure.name == "unreconciled"
    found, order = (figure.calls(), CALL_ORDER) if calls else (figure.entries(), ENTRY_ORDER)
    if lists.csv_asked(request):
        columns = CALLS if calls else _entry_columns(request)
        return _file(found.order_by(*order), columns, figure, f"{figure.first}")
    context = {
        "figure": figure,
        "calls": calls,
        "total": queries.summed(figure, found),
        "page": lists.page(found, request, order=order, size=SIZE),
        **_links(request, "day"),
    }
    return render(request, "accounting/entries.html", context)


@require_safe
@requires(Perm.ACCOUNTING_READ)
def balances(request):
    """/admin/accounting/balances/?day=…: what each member had unspent at the end of a day."""
    day = day_of(request.GET)
    if day > periods.today():
        raise Http404
    found = behind.balances(day)
    figure = behind.Figure("unspent", day, day)
    if lists.csv_asked(request):
        return _file(found.order_by("-member_id"), _balance_columns(request), figure, f"{day}")
    page = lists.page(found, request, order=("-member_id",), size=SIZE)
    context = {"figure": figure, "day": day, "page": page, "total": figure.total(), **_links(request, "day")}
    return render(request, "accounting/balances.html", context)


@require_safe
@requires(Perm.ACCOUNTING_CLOSE)
@confirmed("to close a month")
def new_close(request, month):
    """/admin/accounting/months/2026-03/: what closing that month would write down."""
    form = CloseForm(month_of(month), initial={"typed": typed_before(request).get("typed", "")})
    return render(request, "accounting/new_close.html", closing_context(form))


def closing_context(form: CloseForm) -> dict:
    """What new_close.html needs; the action that refuses shows the same page with the form's errors."""
    amounts = queries.month_figures(form.month)
    return {"form": form, "month": form.month, "amounts": amounts, "open": form.month in queries.closable()}


ENTRY_ORDER = ("-transaction__happened_at", "-transaction_id", "-line")
CALL_ORDER = ("-answered_at", "-id")
CALLS = [
    *[("answered_at", "Answered"), ("provider", "Provider"), ("service.title", "Service"), ("external_id", "Their id")],
    *[("cut_id", "Cut"), ("expected", "Expected"), ("reported", "Reported"), ("signed", "Amount")],
]


def _row_columns() -> list:
    names = titles()
    account = ("account", "Account", lambda row: names.get(row.account, row.account))
    return [("day", "Day"), account, ("kind", "Kind"), ("amount", "Amount")]


def _entry_columns(request) -> list:
    who, names = "transaction.member", titles()
    service = ("service", "Service", lambda entry: names.get(entry.transaction.service, entry.transaction.service))
    return [
        *[
            ("transaction.happened_at", "Happened"),
            ("transaction.posted_at", "Posted"),
            ("transaction_id", "Transaction"),
        ],
        *[("transaction.get_kind_display", "Kind"), (f"{who}.id", "Member"), *_address(request, who)],
        *[service, ("account.name", "Account"), ("signed", "Amount")],
        *[("transaction.note", "Note"), ("transaction.external_id", "External ID")],
    ]


def _balance_columns(request) -> list:
    return [("member_id", "Member"), ("member.name", "Name"), *_address(request, "member"), ("unspent", "Unspent")]


def _address(request, who: str) -> list:
    return [(f"{who}.email", "E-mail")] if sees_addresses(request.user) else []


def _links(request, *without) -> dict:
    """Every filter in force with its way out, and the addresses of the list beside it."""
    names, asked = titles(), filters.text(request, "service")
    words = {**PARTS, "service": (PARTS["service"], {asked: asked, **names})}
    applied, left_out = filters.applied(request, words), dict.fromkeys((*without, *PARTS))
    clear = filters.clear_url(request, applied)
    return {"applied": applied, "clear_url": clear, "bare": lists.query(request, **left_out), "titles": names}


def _file(found, columns, figure: behind.Figure, when: str):
    """What the page lists, as a file."""
    return csv.stream(found, columns, csv.name(figure.name, *(getattr(figure, part) for part in PARTS), when))
