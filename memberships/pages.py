"""Full pages: what a member sees of their plan."""

from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

import tunables.values
from accounts.access import members, requires
from accounts.permissions import Perm
from billing.waiting import Wait
from memberships import checkout, entries, history, queries
from ui import csv, lists

PAID = "Thank you. Stripe tells us of your payment in a moment."
LOOKS = "We are asking Stripe whether you have paid. Premium shows here as soon as you have."


@require_safe
@members
def membership(request):
    """/me/membership/: the plan, until when it runs, how it is paid; or what Premium costs."""
    return render(request, "memberships/membership.html", membership_context(request))


def membership_context(request) -> dict:
    """What membership.html needs. `wait`: a payment is on its way, so the page asks again."""
    mine = queries.of_member(request.user)
    waits = "paid" in request.GET and not mine.subscription and checkout.is_on_its_way(request.user)
    return {
        "mine": mine,
        "offers": queries.offers(),
        "offered": tunables.values.get("premium_offered"),
        "configured": bool(settings.STRIPE_SECRET_KEY),
        "came_back": {name for name in ("paid", "left") if name in request.GET},
        "wait": Wait(waits_for(request.user), reverse("memberships:refresh_membership")) if waits else None,
        "support_email": tunables.values.get("support_email"),
    }


def waits_for(member) -> str:
    """What the page says that waits for Stripe's word: it thanks for what was paid alone."""
    return PAID if checkout.is_paid(member) else LOOKS


@require_safe
@members
def payments(request):
    """/me/payments/: all that one paid and got back, whatever for; also a file (`?format=csv`)."""
    rows = history.payments(member=request.user)
    if lists.csv_asked(request):
        return csv.stream(rows, entries.OWN_COLUMNS, "payments")
    return render(
        request, "memberships/payments.html", {"page": lists.page(rows, request, order=history.ORDER, size=25)}
    )


@require_safe
@requires(Perm.BILLING_READ)
def index(request):
    """/admin/memberships/: who has Premium, what was billed, what was not paid."""
    return render(request, "memberships/index.html")
