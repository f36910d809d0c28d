"""Full pages: Financial Reports, and what stands behind its figures."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounting.asking import day_of
from accounts.access import requires
from accounts.models import User
from accounts.permissions import Perm
from billing.models import TopUp
from reports import definitions, files, money, queries
from reports.asking import MEMBERS, PARTS, PRESETS, cohort_in, money_of, months_in, period_of, who_in
from reports.definitions import DEFINITIONS
from tunables import values
from ui import filters, format, lists
from ui.clock import today

SIZE = 50
MEMBERS_ORDER = ("-month", "-id")  # of each figure this meets its rows soon
MEMBER_COLUMNS = [
    *[("member", "Member", lambda row: str(row.member)), files.month("month", "Month")],
    *[("kind", "What changed", lambda row: row.get_kind_display()), ("before", "Before"), ("after", "After")],
    *[files.month("first", "First paid"), ("amount", "Counts"), ("net", "Change"), ("restated", "Restated")],
    ("member_id", "Member ID"),
]
MOVEMENT_COLUMNS = [
    *[("at", "Happened"), ("kind", "Kind", lambda row: row.get_kind_display()), ("amount", "Amount")],
    ("takes_back", "Takes back"),
    *[files.month("month", "Counts in"), files.month("restates", "Restates"), ("posted_at", "Learnt")],
    ("status", "State at Stripe", lambda row: row.version.get_status_display()),
    *[("version.subscription.stripe_id", "Subscription")],
]
DAY_COLUMNS = [
    *[("day", "Day"), ("what", "What", lambda row: row.get_what_display())],
    *[("plan", "Plan", lambda row: row.get_plan_display()), ("country", "Country"), ("number", "Payments")],
    *[("amount", "Amount"), ("restates", "Restates")],
]
ROW_COLUMNS = [
    *[("at", "Time"), ("member", "Member", lambda row: str(payment_of(row).member))],
    *[("payment", "Payment", lambda row: _named(payment_of(row))), ("card", "Card", lambda row: payment_of(row).card)],
]
ID = ("id", "ID", lambda row: getattr(row, "stripe_id", None) or row.payment_intent_id)


@require_safe
@requires(Perm.ACCOUNTING_READ)
def index(request):
    """/admin/reports/: Financial Reports."""
    context = {"period": period_of(request), "presets": PRESETS, "zone": values.business_zone()}
    return render(request, "reports/index.html", context)


@require_safe
@requires(Perm.ACCOUNTING_READ)
def members(request):
    """/admin/reports/members/?who=churn&from=2026-01&to=2026-03&first=2025-11: the members behind a figure."""
    who, asked, first = who_in(request.GET), months_in(request.GET), cohort_in(request.GET)
    found = queries.members(asked, who, first)
    count, total = queries.members_total(asked, who, first)
    if files.asked(request):
        name = ("members", who, asked.label, first and f"first-{first:%Y-%m}")
        return files.answer(request, found.order_by(*MEMBERS_ORDER), MEMBER_COLUMNS, *name)
    context = {
        "who": who,
        "title": MEMBERS[who],
        "definition": definitions.MEMBERS[who],
        "about": DEFINITIONS,
        "asked": asked,
        "first": first,
        "count": count,
        "total": total,
        "excel": count <= files.EXCEL_ROWS,
        "page": lists.page(found, request, order=MEMBERS_ORDER, size=SIZE),
    }
    return render(request, "reports/members.html", context)


@require_safe
@requires(Perm.ACCOUNTING_READ)
def movements(request, pk):
    """/admin/reports/members/7/: every movement of a member's MRR, with its cause."""
    member = get_object_or_404(User, pk=pk)
    found = queries.movements(member)
    if files.asked(request):
        return files.answer(request, found.order_by("-at", "-pk"), MOVEMENT_COLUMNS, "mrr-movements", pk)
    running = today().replace(day=1)
    total = sum(row.amount for row in found if row.month <= running)
    rows = found.order_by("-at", "-pk")
    context = {"person": member, "rows": rows, "total": total, "running": running, "about": DEFINITIONS}
    return render(request, "reports/movements.html", context)


@require_safe
@requires(Perm.ACCOUNTING_READ)
def money_days(request):
    """/admin/reports/money/?what=refund&plan=top_up&country=DE: the rows of days that add up to a figure of money."""
    asked = money_of(request)
    found = queries.money_days(asked)
    order = ("-day", "-id")
    if files.asked(request):
        return files.answer(request, found.order_by(*order), DAY_COLUMNS, "money", asked.label, asked.period.label)
    count, total = queries.money_total(asked)
    labels = {name: (name.capitalize(), choices) for name, choices in PARTS.items()} | {"country": "Country"}
    applied = filters.applied(request, labels)
    context = {
        "asked": asked,
        "period": asked.period,
        "presets": PRESETS,
        "total": total,
        "definition": DEFINITIONS[asked.what or "net"],
        "about": DEFINITIONS,
        "excel": count <= files.EXCEL_ROWS,
        "applied": applied,
        "clear_url": filters.clear_url(request, applied),
        "page": lists.page(found, request, order=order, size=SIZE),
    }
    return render(request, "reports/money_days.html", context)


@require_safe
@requires(Perm.ACCOUNTING_READ)
def money_rows(request):
    """/admin/reports/money/rows/?day=…&what=…&plan=…&country=…: the payments, refunds or disputes of one such row."""
    asked, day = money_of(request), day_of(request.GET)
    if not asked.what or not asked.plan or asked.country is None:
        raise Http404
    found, amounts = money.rows_of(day, asked.what, asked.plan, asked.country)
    if files.asked(request):
        columns = [*ROW_COLUMNS, ("amount", "Amount", lambda row: amounts[row.pk]), ID]
        return files.answer(request, found.order_by("-at", "-id"), columns, "money", asked.label, day)
    page = lists.page(found, request, order=("-at", "-id"), size=SIZE)
    context = {
        "asked": asked,
        "day": day,
        "page": page,
        "excel": len(amounts) <= files.EXCEL_ROWS,
        "rows": [(row, payment_of(row), amounts[row.pk]) for row in page.rows],
        "plan": PARTS["plan"][asked.plan],
        "about": DEFINITIONS,
        "total": sum(amounts.values(), money.ZERO),
        "kept": queries.kept_of_day(asked, day),
    }
    return render(request, "reports/money_rows.html", context)


def payment_of(row):
    """The top-up or invoice that a row of money is, or goes back of."""
    return getattr(row, "top_up", None) or getattr(row, "invoice", None) or row


def _named(payment) -> str:
    if isinstance(payment, TopUp):
        return f"Top-up of {format.money(payment.amount)}"
    return f"Invoice {payment.number or payment.stripe_id}"
