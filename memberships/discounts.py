"""What discounts take off, so that MRR is net of them: those of a subscription itself, else the one of its customer.

A subscription's own stand in its facts. When a customer's begins or ends no subscription is told of: the states in
which it left each are added here. https://docs.stripe.com/billing/subscriptions/coupons
"""

from datetime import datetime, timedelta
from decimal import Decimal

from billing import stripe_api
from billing.stripe_objects import when
from jobs.models import Job
from memberships.models import CustomerDiscount, Interval, Subscription, Version

SIX_PLACES = Decimal("0.000001")
SECOND = timedelta(seconds=1)
AFTER_ANSWERS = timedelta(milliseconds=500)  # within a second: what Stripe answered stands before
KEY = "of_customer"


def mrr_of(facts: dict) -> Decimal:
    """Its price normalised to a month, net of discounts, while it counts."""
    if facts["status"] not in Subscription.COUNTED:
        return Decimal(0)
    amount = Decimal(facts["amount"])
    for discount in facts.get("discounts") or facts.get(KEY, ()):
        amount -= amount * Decimal(discount.get("percent", 0)) / 100 + Decimal(discount.get("off", 0)) / 100
    months = Interval(facts["interval"]).months * facts["every"]
    return (max(Decimal(0), amount) / months).quantize(SIX_PLACES)


def terms_of(coupon: dict) -> dict:
    """What a coupon takes off each payment. One of a single payment is no matter of months."""
    lasts = coupon["duration"] != "once"
    percent, off = (str(coupon[name] or 0) if lasts else "0" for name in ("percent_off", "amount_off"))
    return {"percent": percent, "off": off}


def of_subscription(told: dict | str) -> dict:
    """One of a subscription's, as far as it is told."""
    if isinstance(told, str):
        return {"id": told}
    coupon = told["source"]["coupon"]
    return {"id": told["id"], **({} if isinstance(coupon, str) else terms_of(coupon))}


def keep(told: dict, ended_at: datetime | None = None) -> CustomerDiscount:
    """A customer's, or that it was taken away, in any order. An event names its coupon only: a job asks for that."""
    coupon = told["source"]["coupon"]
    known, key = (None, coupon) if isinstance(coupon, str) else (terms_of(coupon), coupon["id"])
    facts = {"customer_id": told["customer"], "coupon_id": key, "terms": known, "starts_at": when(told["start"])}
    row, _ = CustomerDiscount.objects.get_or_create(stripe_id=told["id"], defaults=facts)
    if ended_at:
        row.ended_at = ended_at
        row.save(update_fields=["ended_at"])
    if row.terms is None:
        Job.enqueue("memberships.ask_coupon", {"discount": row.pk}, dedupe_key=f"memberships.ask_coupon:{row.pk}")
    return row


def ask_coupon(row: CustomerDiscount) -> None:
    """What its coupon takes off. Outside a transaction; errors: those of `stripe_api.call`."""
    row.terms = terms_of(stripe_api.call("coupons", "retrieve", row.coupon_id))
    row.save(update_fields=["terms"])


def follow(row: Subscription) -> None:
    """Add the states that the discounts of its customer lack, at each second in which it or one of them changed.

    What was added before stays; of one second the latest counts. Inside a transaction, the row locked.
    """
    known = list(CustomerDiscount.objects.filter(customer_id=row.customer_id, terms__isnull=False))
    if not known:
        return
    states = list(row.versions.order_by(*Version.ORDER))
    told = [state for state in states if state.rank != Version.Rank.DISCOUNT]
    moments = {state.at.replace(microsecond=0) for state in told} | {each.starts_at for each in known}
    for moment in sorted(moments | {each.ended_at for each in known if each.ended_at}):
        before = [state for state in told if state.at < moment + SECOND]
        if before:
            _add(row, states, moment, before[-1], _facts(before[-1].facts, known, moment))


def _facts(facts: dict, known: list[CustomerDiscount], moment: datetime) -> dict:
    """With the newest that held at that moment, unless the subscription has some of its own."""
    held = [each for each in known if each.starts_at <= moment and not (each.ended_at and each.ended_at <= moment)]
    if not held or facts.get("discounts"):
        return facts
    return facts | {KEY: [{"id": held[-1].stripe_id, **held[-1].terms}]}


def _add(row: Subscription, states: list[Version], moment: datetime, of: Version, facts: dict) -> None:
    so_far = [state for state in states if state.at < moment + SECOND]
    if so_far[-1].facts == facts:
        return
    ours = [state for state in so_far if state.rank == Version.Rank.DISCOUNT and state.at >= moment]
    at = moment + AFTER_ANSWERS + len(ours) * timedelta.resolution
    state = {"status": of.status, "mrr": mrr_of(facts), "facts": facts}
    states.append(row.versions.create(at=at, rank=Version.Rank.DISCOUNT, digest=of.digest, **state))
    states.sort(key=lambda each: (each.at, each.rank, each.digest))
