"""The member's own page about auto top-ups."""

from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

import tunables.values
from accounts.access import members, typed_before
from billing import queries
from billing.forms import AutoTopUpForm
from billing.waiting import Wait
from ledger.queries import balances

WAITS = "Stripe tells us of your card in a moment."
SUGGESTED = {"threshold": "5", "amount": "20", "monthly_cap": "100"}


@require_safe
@members
def auto_top_up(request):
    """/me/credit/auto/: the card, what was agreed to, what it did."""
    return render(request, "billing/auto_top_up.html", auto_top_up_context(request))


def auto_top_up_context(request, form: AutoTopUpForm | None = None) -> dict:
    """What auto_top_up.html needs. `wait`: a card was saved at Stripe, whose word is still to come."""
    own = queries.own_auto_top_up(member=request.user)
    has_card = bool(own.auto and own.auto.payment_method_id)
    waits = "saved" in request.GET and _is_on_its_way(request.user)
    return {
        "own": own,
        "has_card": has_card,
        "form": form or AutoTopUpForm(initial=_kept(own) | typed_before(request)),
        "balances": balances(request.user),
        "offered": tunables.values.get("auto_topup_offered"),
        "configured": bool(settings.STRIPE_SECRET_KEY),
        "minutes": tunables.values.get("auto_topup_minutes_between"),
        "attempts_before_off": tunables.values.get("auto_topup_failures_before_off"),
        "wait": Wait(WAITS, reverse("billing:refresh_card")) if waits else None,
    }


def _kept(own) -> dict:
    if own.auto is None or own.auto.amount is None:
        return SUGGESTED
    return {name: f"{getattr(own.auto, name):.2f}" for name in SUGGESTED}


def _is_on_its_way(member) -> bool:
    newest = member.card_setups.first()
    return bool(newest and newest.session_id and newest.kept_at is None and newest.status in ("open", "complete"))
