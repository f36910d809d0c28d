"""From a member's choice of a plan to Stripe's Checkout page, and to the portal for card, plan and end."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import tunables.values
from accounts.models import User
from billing import stripe_api
from billing.stripe_objects import when
from memberships import owners
from memberships.models import Enrolment, Interval, Price, Subscription

AMOUNTS = {Interval.MONTH: "premium_monthly_usd", Interval.YEAR: "premium_yearly_usd"}
MONTHS = {Interval.MONTH: 1, Interval.YEAR: 12}
ABOUT_TO_END = timedelta(minutes=10)  # a page that is not worth going back to
PAGE = "/me/membership/"


class AlreadyMember(Exception):
    """The member has a subscription that runs."""


def price_now(interval: str) -> Price:
    """What is offered now, as a row; whoever subscribed before keeps the price of then."""
    credit = tunables.values.get("premium_credit_usd") * MONTHS[interval]
    amount = tunables.values.get(AMOUNTS[interval])
    return Price.objects.get_or_create(interval=interval, amount=amount, credit=credit)[0]


def start(member: User, interval: str) -> Enrolment:
    """The payment page of a subscription. Errors: AlreadyMember, those of `stripe_api.call` (it stays `creating`)."""
    enrolment = reserve(member, price_now(interval))
    open_session(enrolment)
    return enrolment


def reserve(member: User, price: Price) -> Enrolment:
    """The member's one payable enrolment: that of before, if it is of this price, else a new one in its place."""
    _close_others(member, price)
    with transaction.atomic():
        # Two tabs at once share one payment page
        User.objects.select_for_update(no_key=True).get(pk=member.pk)
        if Subscription.objects.live().filter(member=member).exists():
            raise AlreadyMember("You have Premium already.")
        mine = Enrolment.objects.payable().filter(member=member)
        mine.filter(expires_at__lte=timezone.now() + ABOUT_TO_END).update(status=Enrolment.Status.EXPIRED)
        return mine.filter(price=price).first() or Enrolment.objects.create(member=member, price=price)


def _close_others(member: User, price: Price) -> None:
    """Nobody can pay two pages: one that is open for another price, or soon over, is closed at Stripe first."""
    late = timezone.now() + ABOUT_TO_END
    for other in Enrolment.objects.payable().filter(member=member):
        if other.price_id == price.pk and other.expires_at > late:
            continue
        if other.session_id:
            _expire(other)
        Enrolment.objects.filter(pk=other.pk, status__in=Enrolment.PAYABLE).update(status=Enrolment.Status.EXPIRED)


def _expire(enrolment: Enrolment) -> None:
    try:
        stripe_api.call(
            "checkout.sessions",
            "expire",
            enrolment.session_id,
            {},
            {"idempotency_key": f"{enrolment.idempotency_key}:expire"},
        )
    except stripe_api.Rejected:  # paid, or over: ask how it ended
        session = stripe_api.call("checkout.sessions", "retrieve", enrolment.session_id)
        if session["status"] == "complete":
            raise AlreadyMember("Your payment has arrived: Premium begins in a moment.") from None


def open_session(enrolment: Enrolment) -> None:
    """Create the page of a `creating` enrolment; nothing to do for any other.

    A lost answer is repeated with the same key. After a definite no or a 5xx, which Stripe repeats, the key is new.
    """
    if enrolment.status != Enrolment.Status.CREATING:
        return
    try:
        session = stripe_api.call(
            "checkout.sessions",
            "create",
            _session_params(enrolment, _known_at_stripe(enrolment.price)),
            {"idempotency_key": enrolment.idempotency_key},
        )
    except (stripe_api.Broken, stripe_api.Rejected):
        Enrolment.objects.filter(pk=enrolment.pk, status=Enrolment.Status.CREATING, attempt=enrolment.attempt).update(
            attempt=enrolment.attempt + 1
        )
        raise
    Enrolment.objects.filter(pk=enrolment.pk, status=Enrolment.Status.CREATING).update(
        status=Enrolment.Status.OPEN,
        session_id=session["id"],
        checkout_url=session["url"],
        expires_at=when(session["expires_at"]),
    )
    enrolment.refresh_from_db()


def _known_at_stripe(price: Price) -> str:
    """Stripe's id of the price, made there when it is first sold; one that nobody heard of again is sold to nobody."""
    if price.stripe_id is None:
        made = stripe_api.call(
            "prices",
            "create",
            {
                "currency": "usd",
                "unit_amount": int(price.amount * 100),
                "recurring": {"interval": price.interval},
                "product_data": {"name": "Poem Vision AI Premium"},
                "metadata": {"price": str(price.pk)},
            },
            {"idempotency_key": price.idempotency_key},
        )
        Price.objects.filter(pk=price.pk, stripe_id=None).update(stripe_id=made["id"])
        price.refresh_from_db()
    return price.stripe_id


def _session_params(enrolment: Enrolment, price: str) -> dict:
    """As https://docs.stripe.com/api/checkout/sessions/create says, in subscription mode."""
    named = {owners.KEY: str(enrolment.public_id)}
    customer = enrolment.member.stripe_customers.filter(deleted_at=None).first()
    who = {"customer": customer.stripe_id} if customer else {"customer_email": enrolment.member.email}
    return {
        "mode": "subscription",
        "adaptive_pricing": {"enabled": False},
        "line_items": [{"price": price, "quantity": 1}],
        "client_reference_id": str(enrolment.member_id),
        "metadata": named,
        "subscription_data": {"metadata": named},
        "success_url": f"{settings.BASE_URL}{PAGE}?paid=1",
        "cancel_url": f"{settings.BASE_URL}{PAGE}?left=1",
        **who,
    }


def portal_of(subscription: Subscription) -> str:
    """The address of Stripe's portal for its customer. A second session of it does no harm, so the key is used once."""
    session = stripe_api.call(
        "billing_portal.sessions",
        "create",
        {"customer": subscription.customer_id, "return_url": f"{settings.BASE_URL}{PAGE}"},
        {"idempotency_key": f"portal:{uuid.uuid4()}"},
    )
    return session["url"]


def apply_session(session: dict) -> None:
    """What became of the page. The subscription itself is told by its own events."""
    enrolment = owners.enrolment_of(session.get("metadata"))
    status = {"complete": Enrolment.Status.COMPLETE, "expired": Enrolment.Status.EXPIRED}.get(session["status"])
    if enrolment is not None and status:
        payable = Enrolment.objects.filter(pk=enrolment.pk)
        if status == Enrolment.Status.EXPIRED:
            payable = payable.filter(status__in=Enrolment.PAYABLE, session_id=session["id"])
        payable.update(status=status, checkout_url="")


def let_go() -> int:
    """Pages that are over; returns how many."""
    over = Enrolment.objects.payable().filter(expires_at__lte=timezone.now())
    return over.update(status=Enrolment.Status.EXPIRED)
