"""A top-up from the member's choice to Stripe's Checkout page and back."""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

import tunables.values
from billing import fulfilment, payment_page, stripe_api
from billing.models import TopUp
from billing.models.top_up import CHECKOUT_LIFETIME
from jobs.models import Job

WATCHED = timedelta(days=14)  # a bank debit may take that long
SHORTEST_SESSION = timedelta(minutes=31)  # Stripe's 30, and a minute for clocks that differ


class DailyLimit(Exception):
    """This top-up would pass the member's limit of 24 hours."""


class KeyTaken(Exception):
    """The one-time key of this form belongs to somebody else's top-up."""


def bonus_for(amount: Decimal) -> Decimal:
    """The bonus in US dollars that the highest reached tier of `topup_bonus_tiers` gives."""
    reached = [(limit, bonus) for limit, bonus in tunables.values.get("topup_bonus_tiers") if amount >= limit]
    return max(reached)[1] if reached else Decimal(0)


def left_today(member, *, besides: Decimal | None = None) -> Decimal | None:
    """US dollars that `member` may still top up in these 24 hours, or None without a limit.

    Checkout pages that are still open count as well: each of them can be paid at any moment. The one for `besides`
    does not, because a second top-up of that amount leads to the same page.
    """
    limit = tunables.values.get("topup_daily_limit_usd")
    if not limit:
        return None
    counted = (TopUp.Status.PAID, *TopUp.UNFINISHED)
    recent = TopUp.objects.filter(
        member=member, status__in=counted, created_at__gte=timezone.now() - timedelta(hours=24)
    )
    if besides is not None:
        recent = recent.exclude(amount=besides, status__in=(TopUp.Status.CREATING, TopUp.Status.OPEN))
    return max(Decimal(0), limit - (recent.aggregate(Sum("amount"))["amount__sum"] or 0))


def start(member, amount: Decimal, form_key) -> TopUp:
    """`reserve`, and Stripe's payment page for it. Errors: those of both; after Stripe's the row stays `creating`."""
    top_up = reserve(member, amount, form_key)
    open_session(top_up)
    return top_up


def reserve(member, amount: Decimal, form_key) -> TopUp:
    """The top-up of this form, or the payable one that this member already has for this amount, or a new one.

    The row, and with it the idempotency key, is committed before Stripe is called. Errors: DailyLimit, KeyTaken.
    """
    TopUp.objects.payable().filter(member=member, expires_at__lte=timezone.now()).end()
    try:
        with transaction.atomic():
            payment_page.lock_payer(member)  # one form of a member after the other share the daily limit as well
            return _existing(member, amount, form_key) or _new(member, amount, form_key)
    except IntegrityError as error:
        raise KeyTaken("This form was used by somebody else. Reload the page.") from error


def _existing(member, amount, form_key) -> TopUp | None:
    mine = TopUp.objects.filter(member=member, amount=amount)
    return mine.filter(form_key=form_key).first() or mine.payable().first()


def _new(member, amount, form_key) -> TopUp:
    left = left_today(member, besides=amount)
    if left is not None and amount > left:
        raise DailyLimit(f"You can top up ${left:.2f} more today. Open payment pages count as well.")
    return TopUp.objects.create(
        member=member,
        amount=amount,
        bonus=bonus_for(amount),
        form_key=uuid.uuid4() if TopUp.objects.filter(member=member, form_key=form_key).exists() else form_key,
        expires_at=timezone.now() + CHECKOUT_LIFETIME,
    )


def open_session(top_up: TopUp) -> None:
    """Create the Checkout Session of a `creating` top-up, see payment_page.

    After half an hour the key is new as well: Stripe refuses sessions that end sooner than the lifetime that is left.
    """
    if top_up.status == TopUp.Status.CREATING and top_up.expires_at < timezone.now() + SHORTEST_SESSION:
        payment_page.take_new_key(top_up, CHECKOUT_LIFETIME)
    payment_page.open_session(top_up, lambda: _session_params(top_up), CHECKOUT_LIFETIME)


def _session_params(top_up: TopUp) -> dict:
    """As https://docs.stripe.com/api/checkout/sessions/create says; adaptive pricing would charge another currency."""
    address = f"{settings.BASE_URL}{top_up.get_absolute_url()}"
    metadata = {"top_up": str(top_up.public_id)}
    return {
        "mode": "payment",
        "currency": "usd",
        "adaptive_pricing": {"enabled": False},
        "invoice_creation": {"enabled": True},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "usd",
                    "unit_amount": top_up.cents,
                    "product_data": {"name": "Poem Vision AI credit"},
                },
            }
        ],
        "client_reference_id": str(top_up.member_id),
        "metadata": metadata | {"bonus": f"{top_up.bonus:.6f}"},
        "payment_intent_data": {"metadata": metadata, "description": "Poem Vision AI credit"},
        "success_url": f"{address}?paid=1",
        "cancel_url": f"{address}?left=1",
        "expires_at": int(top_up.expires_at.timestamp()),
        **_customer_params(top_up.member),
    }


def _customer_params(member) -> dict:
    customer = member.stripe_customers.filter(deleted_at=None).first()
    if customer:
        return {"customer": customer.stripe_id}
    return {"customer_creation": "always", "customer_email": member.email}


def refresh(top_up: TopUp) -> TopUp:
    """Ask Stripe how the payment stands and apply it as the webhook would. Errors: those of `stripe_api.call`."""
    if top_up.session_id and top_up.status in (*TopUp.UNFINISHED, TopUp.Status.EXPIRED):
        session = stripe_api.call("checkout.sessions", "retrieve", top_up.session_id)
        with transaction.atomic():
            fulfilment.apply_session(session, timezone.now())
        top_up.refresh_from_db()
    return top_up


def look_after(limit: int = 200) -> int:
    """Ask Stripe about top-ups whose webhook may be lost, each at most once an hour; returns how many were queued.

    A member who paid and never came back is credited by this. Rows that never reached Stripe are let go.
    """
    now = timezone.now()
    TopUp.objects.filter(status=TopUp.Status.CREATING, expires_at__lte=now).end()
    asked_for = TopUp.objects.filter(
        status__in=(TopUp.Status.OPEN, TopUp.Status.PROCESSING, TopUp.Status.EXPIRED),
        session_id__isnull=False,
        created_at__range=(now - WATCHED, now - timedelta(minutes=5)),
    )
    queued = 0
    for pk in asked_for.order_by("-pk").values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            key = f"billing.refresh_top_up:{pk}:{now:%Y-%m-%dT%H}"
            queued += Job.enqueue("billing.refresh_top_up", {"top_up": pk}, dedupe_key=key) is not None
    return queued
