"""From Stripe's word about a subscription to its row: the newest state counts, whatever the order in which all came.

Each state is kept as a version. Two different ones of one second cannot be told apart, and events name a discount only
by its id: in both cases Stripe is asked.
"""

import calendar
import hashlib
import json
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import tunables.values
from billing import stripe_api
from billing.fulfilment import card_of
from billing.models import StripeCustomer
from billing.stripe_objects import NotOurs, ParentMissing, Quarantined, known, when
from jobs.models import Job
from memberships import discounts, doubles, ending, movements, owners, recognition
from memberships.discounts import mrr_of
from memberships.models import Interval, Price, Subscription, Version

SKEW = timedelta(minutes=5)  # by which our clock may be ahead of Stripe's
SMALLER = ("invoice", "invoice_item", "subscription_item", "checkout_session")  # a session of a single payment
DISCOUNTS = {"expand": ["discounts.source.coupon"]}


class AskedMeanwhile(Exception):
    """Another answer came first: which of both is the newer one cannot be told."""


def apply_created(subscription: dict, at: datetime) -> None:
    """customer.subscription.created"""
    keep(subscription, at, Version.Rank.CREATED)


def apply_updated(subscription: dict, at: datetime) -> None:
    """customer.subscription.updated, .paused, .resumed and the rest."""
    keep(subscription, at, Version.Rank.UPDATED)


def apply_deleted(subscription: dict, at: datetime) -> None:
    """customer.subscription.deleted"""
    keep(subscription, at, Version.Rank.DELETED)


def apply_discount(discount: dict, at: datetime) -> None:
    """customer.discount.created, .updated: what a subscription costs now is asked for; a customer's is kept.

    One of something smaller takes off nothing else. Raises ParentMissing for a customer whom nobody knows here.
    """
    _apply_discount(discount, at, is_over=False)


def apply_discount_deleted(discount: dict, at: datetime) -> None:
    """customer.discount.deleted"""
    _apply_discount(discount, at, is_over=True)


def _apply_discount(discount: dict, at: datetime, *, is_over: bool) -> None:
    if discount.get("subscription"):
        Job.enqueue("memberships.ask_subscription", {"id": discount["subscription"], "at": at.timestamp()})
    elif not any(discount.get(name) for name in SMALLER) and discount.get("customer"):
        discounts.lock(discount["customer"])
        if not StripeCustomer.objects.filter(stripe_id=discount["customer"]).exists():
            raise ParentMissing(f"The customer {discount['customer']} is no member of ours.")
        follow_customer(discounts.keep(discount, at, is_over=is_over).customer_id)


def follow_customer(customer: str) -> None:
    """Bring all that they subscribe to, or did, to what their discounts take off. Inside a transaction."""
    discounts.lock(customer)
    for row in Subscription.objects.select_for_update(no_key=True).filter(customer_id=customer).order_by("pk"):
        _take_newest(row)


def keep(told: dict, at: datetime, rank: int) -> Subscription:
    """Keep this state, and bring the row to the newest. Inside a transaction; safe to repeat.

    Raises NotOurs, Quarantined.
    """
    _check(told)
    discounts.lock(told["customer"])
    member, facts = owners.member_of(told["customer"], told["metadata"]), facts_of(told)
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    first = {"member": member, "customer_id": told["customer"], "started_at": when(told["start_date"]), "heard_at": at}
    _, begins = Subscription.objects.get_or_create(stripe_id=told["id"], defaults=first | _columns(facts))
    row = Subscription.objects.select_for_update(no_key=True).get(stripe_id=told["id"])
    renewed = row.renews and not begins
    state = {"status": facts["status"], "mrr": mrr_of(facts), "facts": facts}
    _, new = row.versions.get_or_create(at=at, rank=rank, digest=digest, defaults=state)
    if new:
        _take_newest(row)
    doubles.look_at_renewal(row, renewed=renewed)
    if rank != Version.Rank.ASKED and _leaves_doubt(row, facts, at, rank):
        Job.enqueue("memberships.ask_subscription", {"id": told["id"], "at": at.timestamp()})
    return row


def _leaves_doubt(row: Subscription, facts: dict, at: datetime, rank: int) -> bool:
    """Another state of that second, an answer about it or shortly after, or a discount that only has an id."""
    answers = _answers(row.stripe_id).filter(at__gte=at, at__lt=at + SKEW)
    bare = any("percent" not in discount for discount in facts.get("discounts", ()))
    return bare or answers.exists() or row.versions.filter(at=at, rank=rank).count() > 1


def ask(stripe_id: str, at: datetime) -> None:
    """What Stripe says now ends the doubt about that second, until something else is told of it.

    An answer that is one of that second's states, the newest that we know, was the last of them; any other is newer,
    and stands where it was asked for. Within a second answers stand in the order in which they came. Outside a
    transaction; errors of `stripe_api.call`, and `AskedMeanwhile`, after which it is asked again.
    """
    asked, since = _answers(stripe_id).count(), max(at, timezone.now().replace(microsecond=0))
    told = stripe_api.call("subscriptions", "retrieve", stripe_id, DISCOUNTS)
    with suppress(NotOurs), transaction.atomic():  # of what is left alone there is no doubt
        discounts.lock(told["customer"])
        list(Subscription.objects.select_for_update(no_key=True).filter(stripe_id=stripe_id))
        if _answers(stripe_id).count() != asked:
            raise AskedMeanwhile
        second = at if _is_of(at, stripe_id, facts_of(told)) else since
        there = _answers(stripe_id).filter(at__gte=second, at__lt=second + timedelta(seconds=1)).count()
        keep(told, second + (1 + there) * timedelta.resolution, Version.Rank.ASKED)


def _answers(stripe_id: str):
    return Version.objects.filter(subscription__stripe_id=stripe_id, rank=Version.Rank.ASKED)


def _is_of(at: datetime, stripe_id: str, facts: dict) -> bool:
    """Whether an answer is a state of that second, and nothing is known since; or whether nothing is known at all."""
    known = Version.objects.filter(subscription__stripe_id=stripe_id).exclude(rank=Version.Rank.DISCOUNT)
    latest = list(known.filter(at__gte=at).only("at", "facts"))
    if any(version.at >= at + timedelta(seconds=1) for version in latest):
        return False
    return not known.exists() or any(_bare(version.facts) == _bare(facts) for version in latest)


def _bare(facts: dict) -> dict:
    """As an event tells it: discounts by their ids, and not its customer's."""
    named = {"discounts": [discount["id"] for discount in facts.get("discounts", ())]}
    return {name: value for name, value in facts.items() if name != discounts.KEY} | named


def _check(told: dict) -> None:
    sold = [(item["price"]["id"], item["price"]["product"]) for item in told["items"]["data"]]
    owners.check_ours(told["id"], told["metadata"], sold)
    if told["livemode"] != settings.STRIPE_LIVEMODE:
        raise Quarantined("The subscription is of the other mode (test or live).")
    if told["currency"] != "usd":
        raise Quarantined(f"Subscribed in {told['currency']}, not in usd.")
    known(told["status"], Subscription.Status)
    for item in told["items"]["data"]:
        known(item["price"]["recurring"]["interval"], Interval)


def facts_of(told: dict) -> dict:
    """What of a subscription means something here, as plain JSON. The period stands on the items since basil."""
    items = told["items"]["data"]
    price, recurring = items[0]["price"], items[0]["price"]["recurring"]
    amount = sum((_of_one_interval(item, _months(recurring)) for item in items), Decimal(0)) / 100
    own = [discounts.of_subscription(each) for each in told.get("discounts") or ()]
    return {
        **({"discounts": own} if own else {}),
        "status": told["status"],
        "price": price["id"],
        "interval": recurring["interval"],
        "every": recurring["interval_count"],
        "amount": str(amount),
        "period": [items[0]["current_period_start"], items[0]["current_period_end"]],
        "cancel_at": told["cancel_at"] or (items[0]["current_period_end"] if told["cancel_at_period_end"] else None),
        "canceled_at": told["canceled_at"],
        "ended_at": told["ended_at"],
        "is_collected": told["pause_collection"] is None,
        "method": told["default_payment_method"] or "",
    }


def _months(recurring: dict) -> int:
    return Interval(recurring["interval"]).months * recurring["interval_count"]


def _of_one_interval(item: dict, months: int) -> Decimal:
    """What an item costs in so many months, in cents; its own interval may be another one."""
    price = item["price"]
    return Decimal(price["unit_amount_decimal"]) * item["quantity"] * months / _months(price["recurring"])


def _columns(facts: dict) -> dict:
    start, end = facts["period"]
    return {
        "status": facts["status"],
        "price": Price.objects.filter(stripe_id=facts["price"]).first(),
        "interval": facts["interval"],
        "amount": Decimal(facts["amount"]),
        "mrr": mrr_of(facts),
        "period_start": when(start),
        "period_end": when(end),
        **{name: facts[name] and when(facts[name]) for name in ("cancel_at", "canceled_at", "ended_at")},
        "is_collected": facts["is_collected"],
        "method_id": facts["method"],
    }


def _take_newest(row: Subscription) -> None:
    discounts.follow(row)
    newest = row.versions.order_by(*Version.ORDER).last()
    another_card = row.method_id != newest.facts["method"] or not row.card
    for name, value in (_columns(newest.facts) | {"heard_at": newest.at, "grace_until": _grace(row, newest)}).items():
        setattr(row, name, value)
    row.save()
    movements.catch_up(row.member)
    doubles.look(row.member)
    if row.ended_at:
        recognition.recognise_ended(row)
        ending.void_later(row.stripe_id)
    if row.method_id and another_card:
        Job.enqueue("memberships.look_at_card", {"subscription": row.pk})


def _grace(row: Subscription, newest: Version) -> datetime | None:
    """Until when Premium is left to somebody whose renewal was not paid."""
    if newest.status != Subscription.Status.PAST_DUE:
        return None
    before = row.versions.exclude(status=Subscription.Status.PAST_DUE).order_by(*Version.ORDER).last()
    since = (
        row.versions.filter(at__gte=before.at, status=Subscription.Status.PAST_DUE) if before else row.versions.all()
    )
    return since.order_by("at").first().at + timedelta(days=tunables.values.get("premium_grace_days"))


def look_at_card(row: Subscription) -> None:
    """The card that renewals are taken from, and when it runs out. Outside a transaction."""
    method = stripe_api.call("payment_methods", "retrieve", row.method_id)
    card = method.get("card") or {}
    last_day = None
    if card:
        year, month = card["exp_year"], card["exp_month"]
        last_day = date(year, month, calendar.monthrange(year, month)[1])
    Subscription.objects.filter(pk=row.pk, method_id=row.method_id).update(card=card_of(card), card_expires=last_day)
