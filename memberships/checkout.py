"""From a member's choice of a plan to Stripe's Checkout page."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Least, Now
from django.utils import timezone

import tunables.values
from accounts.models import User
from alerts.models import raise_once, settle
from billing import payment_page, stripe_api
from billing.stripe_objects import UNREADABLE, Quarantined
from jobs.models import Job
from memberships import attempts, owners, subscription_events
from memberships.models import Enrolment, FailedAttempt, Interval, Price, Subscription
from memberships.models.enrolment import LIFETIME
from memberships.models.invoice import COMES_BACK_WITHIN
from ui.format import money

AMOUNTS = {Interval.MONTH: "premium_monthly_usd", Interval.YEAR: "premium_yearly_usd"}
ABOUT_TO_END = timedelta(minutes=10)  # a page that is not worth going back to
EVENTS_ARE_LATE = timedelta(minutes=1)
TOLD_WITHIN = timedelta(days=3)  # as long as Stripe sends again what did not arrive
PAGE = "/me/membership/"


class NotNow(Exception):
    """The member has Premium already, or has just chosen it: the text says so."""


PAID_ALREADY = "Your payment has arrived: Premium begins in a moment."
STILL_OPEN = "The payment page that you opened before is still open. Go on there, or try again in a moment."


def price_now(interval: str) -> Price:
    """What is offered now, as a row; whoever subscribed before keeps the price of then."""
    credit = tunables.values.get("premium_credit_usd") * Interval(interval).months
    amount = tunables.values.get(AMOUNTS[interval])
    return Price.objects.get_or_create(interval=interval, amount=amount, credit=credit)[0]


def start(member: User, interval: str) -> Enrolment:
    """The payment page of a subscription. Errors: NotNow, those of `stripe_api.call` (it stays `creating`)."""
    enrolment = reserve(member, price_now(interval))
    open_session(enrolment)
    if enrolment.status != Enrolment.Status.OPEN:
        raise NotNow("Premium was chosen in another tab meanwhile. Go on there, or choose again here.")
    return enrolment


def reserve(member: User, price: Price) -> Enrolment:
    """The member's one payable enrolment: that of before, if it is of this price, else a new one in its place.

    Nobody can pay two pages: one that is open for another price, or soon over, is closed at Stripe first.
    """
    while True:
        with transaction.atomic():
            payment_page.lock_payer(member)
            _refuse_second(member)
            other = Enrolment.objects.payable().filter(member=member).first()
            if other is None:
                return Enrolment.objects.create(member=member, price=price)
            if other.price_id == price.pk and other.expires_at > timezone.now() + ABOUT_TO_END:
                return other
        _close(other)


def _refuse_second(member: User) -> None:
    if Subscription.objects.live().filter(member=member).exists():
        raise NotNow("You have Premium already.")
    if is_paid(member):
        raise NotNow(PAID_ALREADY)


def _paid_unheard(member: User) -> QuerySet[Enrolment]:
    """Pages that were paid lately, while nothing is heard of their subscription, or only that it awaits the payment."""
    mine = Enrolment.objects.filter(member=member, status=Enrolment.Status.COMPLETE).exclude(subscription_id="")
    heard = Subscription.objects.heard().filter(stripe_id=OuterRef("subscription_id"))
    return mine.filter(~Exists(heard), created_at__gt=timezone.now() - TOLD_WITHIN)


def is_paid(member: User) -> bool:
    """Whether a page was paid, and Stripe's word of the subscription is still to come."""
    return _paid_unheard(member).exists()


def is_on_its_way(member: User) -> bool:
    """Whether a page was paid, or may have been, and Stripe's word of it is still to come."""
    return Enrolment.objects.filter(member=member, status=Enrolment.Status.OPEN).exists() or is_paid(member)


def _close(enrolment: Enrolment) -> None:
    """Raises NotNow where it was paid, or still can be."""
    status = payment_page.close(enrolment)
    if status != "expired":
        raise NotNow(PAID_ALREADY if status == "complete" else STILL_OPEN)


def open_session(enrolment: Enrolment) -> None:
    """Create the page of a `creating` enrolment, see payment_page."""
    if enrolment.status == Enrolment.Status.CREATING:
        price = at_stripe(enrolment.price).stripe_id
        payment_page.open_session(enrolment, lambda: _session_params(enrolment, price), LIFETIME)


def at_stripe(price: Price) -> Price:
    """The price with Stripe's id, made there when it is first sold; one that was lost is sold to nobody.

    Errors: those of `stripe_api.call`; of an error that Stripe answers staff are told until it is made.
    """
    alert = f"memberships.price.{price.interval}"
    if price.stripe_id is None or not price.product_id:
        try:
            made = stripe_api.call("prices", "retrieve", price.stripe_id) if price.stripe_id else _make_price(price)
        except (stripe_api.Broken, stripe_api.Rejected) as error:
            title = f"{price}, cannot be sold: Stripe does not make its price"
            raise_once(alert, title, f"{money(price.amount)}: {error}", severity="bad", url="/admin/billing/")
            raise
        first = Price.objects.filter(pk=price.pk, stripe_id=price.stripe_id)  # of two answers that one is sold
        first.update(stripe_id=made["id"], product_id=made["product"])
        price.refresh_from_db()
    settle(alert)
    return price


def _make_price(price: Price) -> dict:
    asked = {
        "currency": "usd",
        "unit_amount": int(price.amount * 100),
        "recurring": {"interval": price.interval},
        "product_data": {"name": "Poem Vision AI Premium"},
        "metadata": {"price": str(price.pk)},
    }
    return stripe_api.make("prices", asked, price.idempotency_key)


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


def apply_session(session: dict, at: datetime | None = None) -> None:
    """What became of the page. The subscription itself is told by its own events, and asked for should they be lost."""
    if not owners.names_one(session.get("metadata")):
        return
    rows = Enrolment.objects.filter(public_id=session["metadata"][owners.KEY])
    if session["status"] == "complete":
        if not rows.exists():
            owners.keep_lost(session)
        made = session.get("subscription") or ""
        over = Least("expires_at", at or Now())
        rows.update(status=Enrolment.Status.COMPLETE, checkout_url="", subscription_id=made, expires_at=over)
        if made:
            asked = {"id": made, "at": int((at or timezone.now()).timestamp()), "if_lost": True}
            late = timezone.now() + EVENTS_ARE_LATE
            key = f"memberships.began:{made}"
            Job.enqueue("memberships.ask_subscription", asked, dedupe_key=key, run_at=late)
    elif session["status"] == "expired":
        rows.payable().filter(session_id=session["id"]).end(at)


def refresh(enrolment: Enrolment) -> None:
    """How a page ended whose event may be lost. Outside a transaction; errors: those of `stripe_api.call`."""
    session = stripe_api.call("checkout.sessions", "retrieve", enrolment.session_id)
    with transaction.atomic():
        apply_session(session)


def look_again(member: User) -> bool:
    """Whether there is nothing to wait for: Premium has begun, or no page can be paid any more.

    Until then Stripe is asked, should its word be late. Errors as `refresh`.
    """
    mine = Subscription.objects.live().filter(member=member)
    page = Enrolment.objects.filter(member=member, status=Enrolment.Status.OPEN, session_id__isnull=False).first()
    if page and not mine.exists():
        refresh(page)
    for paid in () if mine.exists() else _paid_unheard(member):
        # Its events tell staff what cannot be booked
        with suppress(subscription_events.AskedMeanwhile, Quarantined, *UNREADABLE):
            subscription_events.ask(paid.subscription_id, paid.expires_at.replace(microsecond=0))  # when it was paid
    return mine.exists() or not is_on_its_way(member)


def let_go() -> int:
    """Pages that are over: Stripe is asked how they ended. Those that nobody ever saw just go. Returns how many.

    So does what was tried, and is nobody's.
    """
    FailedAttempt.objects.filter(member__isnull=False, happened_at__lt=timezone.now() - 2 * LIFETIME).give_up()
    lately = FailedAttempt.objects.filter(happened_at__gt=timezone.now() - 2 * COMES_BACK_WITHIN)
    lately.recover()  # where its page and the payment on another were told in one moment
    attempts.drop_unclaimed()
    over = Enrolment.objects.payable().filter(expires_at__lte=timezone.now())
    gone = over.filter(session_id=None).end()
    for pk in over.values_list("pk", flat=True)[:200]:
        key = f"memberships.refresh_enrolment:{pk}:{timezone.now():%Y-%m-%dT%H}"
        gone += Job.enqueue("memberships.refresh_enrolment", {"enrolment": pk}, dedupe_key=key) is not None
    return gone
