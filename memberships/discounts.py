"""What discounts take off, so that MRR is net of them: those of a subscription itself, else the one of its customer.

A subscription's own stand in its facts, with their ends. When one is over by itself, or a customer's begins or ends, no
subscription is told of: the states in which it left each are added here. A customer has one: the next takes its place,
and no word tells that it ended. About those of people who subscribe to nothing here Stripe is not asked; of
customers who are no members none is kept. Of two that began in one second the one that was told of last counts.
https://docs.stripe.com/billing/subscriptions/coupons
"""

from datetime import datetime, timedelta
from decimal import Decimal
from math import inf

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from alerts.models import raise_alert
from billing import stripe_api
from billing.stripe_objects import when
from jobs.models import Job
from memberships.models import CustomerDiscount, Interval, Subscription, Version
from ui import clock

SIX_PLACES = Decimal("0.000001")
SECOND = timedelta(seconds=1)
LATER = timedelta(minutes=15)  # by then no worker runs what was before
AFTER_ANSWERS = timedelta(milliseconds=500)  # within a second: what Stripe answered stands before
KEY = "of_customer"


def mrr_of(facts: dict) -> Decimal:
    """Its price normalised to a month, net of discounts, while it counts."""
    if facts["status"] not in Subscription.COUNTED:
        return Decimal(0)
    months = Interval(facts["interval"]).months * facts["every"]
    return (net_of(facts) / months).quantize(SIX_PLACES)


def net_of(facts: dict) -> Decimal:
    """What it costs each time that it renews, net of discounts, in US dollars."""
    amount = Decimal(facts["amount"])
    for discount in facts.get("discounts") or facts.get(KEY, ()):
        amount -= amount * Decimal(discount.get("percent", 0)) / 100 + Decimal(discount.get("off", 0)) / 100
    return max(Decimal(0), amount)


def lasting(row: Subscription) -> dict | None:
    """Its facts as its period ends, with the discounts that are not over then: what the next one costs follows from
    these. None where nothing was told of it.
    """
    states = list(row.versions.order_by(*Version.ORDER))
    told = _told(states)
    known = list(CustomerDiscount.objects.filter(customer_id=row.customer_id))
    return _facts(_whole(told[-1], told), states[-1].facts, known, row.period_end) if told else None


def _told(states: list[Version]) -> list[Version]:
    return [state for state in states if state.rank != Version.Rank.DISCOUNT]


def _whole(state: Version, told: list[Version]) -> dict:
    """Its facts, with what the discounts take off that an event only names: as told last before it, else first after.

    No movement is made up of what is known.
    """
    if all("percent" in each for each in state.facts.get("discounts", ())):
        return state.facts
    position, known = told.index(state), {}
    for other in [*reversed(told[position:]), *told[:position]]:  # the last one counts
        known |= {each["id"]: each for each in other.facts.get("discounts", ()) if "percent" in each}
    return state.facts | {"discounts": [known.get(each["id"], {}) | each for each in state.facts["discounts"]]}


def _after(facts: dict, moment: float) -> dict:
    """Facts without the discounts that are over by that Unix time."""
    names = [name for name in ("discounts", KEY) if name in facts]
    return facts | {name: [each for each in facts[name] if each.get("until", inf) > moment] for name in names}


def terms_of(coupon: dict) -> dict:
    """What a coupon takes off each payment. One of a single payment is no matter of months."""
    lasts = coupon["duration"] != "once"
    percent, off = (str(coupon[name] or 0) if lasts else "0" for name in ("percent_off", "amount_off"))
    return {"percent": percent, "off": off}


def of_subscription(told: dict | str) -> dict:
    """One of a subscription's, as far as it is told."""
    if isinstance(told, str):
        return {"id": told}
    coupon, until = told["source"]["coupon"], told.get("end")
    terms = {} if isinstance(coupon, str) else terms_of(coupon)
    return {"id": told["id"], **terms, **({"until": until} if until else {})}


def lock(customer: str) -> None:
    """One word about a customer at a time: what they pay follows from their subscriptions and discounts together.

    Inside a transaction, before any row of theirs is locked.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"customer {customer}"])


def keep(told: dict, at: datetime, *, is_over: bool = False) -> CustomerDiscount:
    """A customer's, as told at that moment, or that it was taken away then; in any order, inside a transaction.

    An event names its coupon only: once they subscribe a job asks for what that takes off.
    """
    lock(told["customer"])
    coupon = told["source"]["coupon"]
    terms = None if isinstance(coupon, str) else terms_of(coupon)
    row, _ = CustomerDiscount.objects.get_or_create(**_which(told), defaults={"customer_id": told["customer"]})
    row.terms = terms or row.terms
    row.ends_at = when(told["end"]) if told["end"] else None  # as its coupon and its start say: no other word differs
    row.ended_at = min(row.ended_at or at, at) if is_over else row.ended_at
    row.heard_at = max(row.heard_at or at, at)
    row.save()
    return row


def _ask_later(row: CustomerDiscount) -> None:
    about = {"discount": row.pk}
    if row.heard_at is None and row.ended_at is None:  # kept by what was before, without its end
        key = f"memberships.ask_discount:{row.pk}:{clock.now():%Y-%m-%dT%H}"
        asked = {"customer": row.customer_id}
        Job.enqueue("memberships.ask_discount", asked, dedupe_key=key, run_at=timezone.now() + LATER)
    if row.terms is None:
        Job.enqueue("memberships.ask_coupon", about, dedupe_key=f"memberships.ask_coupon:{row.pk}")
    if row.ends_at and row.ends_at > clock.now():
        key = f"memberships.end_discount:{row.pk}:{row.ends_at.timestamp()}"
        Job.enqueue("memberships.end_discount", about, dedupe_key=key, run_at=row.ends_at)


def _end_later(row: Subscription, end: datetime) -> None:
    if end <= clock.now():
        return
    key = f"memberships.end_own_discount:{row.pk}:{end.timestamp()}"
    about = {"subscription": row.pk, "until": end.timestamp()}
    Job.enqueue("memberships.end_own_discount", about, dedupe_key=key, run_at=end)


def ask_coupon(row: CustomerDiscount) -> None:
    """What its coupon takes off. Outside a transaction; errors: those of `stripe_api.call`.

    Who has the discount keeps its terms, though the coupon was deleted and made again under its id since.
    """
    here = _told_of(row.customer_id).get("discount")
    if here and CustomerDiscount.objects.filter(pk=row.pk, **_which(here)).exists():
        terms = terms_of(here["source"]["coupon"])
    else:
        terms = _terms_of_coupon(row)
    if terms is None:
        return
    with transaction.atomic():
        lock(row.customer_id)
        CustomerDiscount.objects.filter(pk=row.pk).update(terms=terms)


def _which(told: dict) -> dict:
    """One stretch of a discount of a customer."""
    coupon = told["source"]["coupon"]
    key = coupon["id"] if isinstance(coupon, dict) else coupon
    return {"stripe_id": told["id"], "coupon_id": key, "starts_at": when(told["start"])}


def _terms_of_coupon(row: CustomerDiscount) -> dict | None:
    """Of who has the discount no more; where the coupon is gone as well, nobody knows them, which staff are told."""
    try:
        return terms_of(stripe_api.call("coupons", "retrieve", row.coupon_id))
    except stripe_api.Rejected as error:
        if error.code != "resource_missing":
            raise
    title = f"What the coupon {row.coupon_id} took off is not known any more"
    text = f"It was deleted at Stripe, and {row.customer_id} has it no more. MRR of that time is as if nothing changed."
    raise_alert(f"memberships.coupon:{row.pk}", title, text, url="/admin/memberships/")
    return None


def _told_of(customer: str) -> dict:
    return stripe_api.call("customers", "retrieve", customer, {"expand": ["discount.source.coupon"]})


def ask(customer: str) -> None:
    """Which of those that were kept before it was kept when they end is still there. Safe to repeat.

    Any other was over at a time that nobody knows any more: it counts until now. Outside a transaction; errors: those
    of `stripe_api.call`.
    """
    told = _told_of(customer)
    with transaction.atomic():
        lock(customer)
        now = clock.now().replace(microsecond=0)
        if here := told.get("discount"):
            keep(here, now)
        unheard = CustomerDiscount.objects.filter(customer_id=customer, heard_at=None, ended_at=None)
        unheard.update(heard_at=F("starts_at"), ended_at=now)


def follow(row: Subscription) -> None:
    """Add the states that its discounts and its customer's lack, at each second in which it or one of them changed.

    What was added before stays; of one second the latest counts. Inside a transaction, the row locked.
    """
    known = list(CustomerDiscount.objects.filter(customer_id=row.customer_id))
    states = list(row.versions.order_by(*Version.ORDER))
    told = _told(states)
    moments = {state.at.replace(microsecond=0) for state in told} | {each.starts_at for each in known}
    ends = {each.over_at for each in known if each.ended_at or (each.ends_at and each.ends_at <= clock.now())}
    own_ends = {when(each["until"]) for state in told for each in state.facts.get("discounts", ()) if "until" in each}
    if not known and not any("discounts" in state.facts for state in told):
        return
    for each in known:
        _ask_later(each)
    for end in own_ends:
        _end_later(row, end)
    ends |= {end for end in own_ends if end <= clock.now()}
    for moment in sorted(moments | ends):
        so_far = [state for state in told if state.at < moment + SECOND]
        if so_far:
            before = next((state.facts for state in reversed(states) if state.at < moment), {})
            facts = _facts(_whole(so_far[-1], told), before, known, moment)
            _add(row, states, moment, so_far[-1], facts)


def _facts(facts: dict, before: dict, known: list[CustomerDiscount], moment: datetime) -> dict:
    """Without its own that were over by that moment; where none is left, with the customer's newest that had begun,
    unless that was over.

    Until it is known what that takes off, what was taken off `before` it still is: no movement is made up.
    """
    if "discounts" in facts:
        facts = _after(facts, moment.timestamp())
    newest = next((each for each in reversed(known) if each.starts_at <= moment), None)
    if newest is None or (newest.over_at and newest.over_at <= moment) or facts.get("discounts"):
        return facts
    if newest.terms is None:
        return facts | ({KEY: before[KEY]} if KEY in before else {})
    until = {"until": int(newest.ends_at.timestamp())} if newest.ends_at else {}
    return facts | {KEY: [{"id": newest.stripe_id, **newest.terms, **until}]}


def _add(row: Subscription, states: list[Version], moment: datetime, of: Version, facts: dict) -> None:
    so_far = [state for state in states if state.at < moment + SECOND]
    if so_far[-1].facts == facts:
        return
    ours = [state for state in so_far if state.rank == Version.Rank.DISCOUNT and state.at >= moment]
    at = moment + AFTER_ANSWERS + len(ours) * timedelta.resolution
    state = {"status": of.status, "mrr": mrr_of(facts), "facts": facts}
    states.append(row.versions.create(at=at, rank=Version.Rank.DISCOUNT, digest=of.digest, **state))
    states.sort(key=lambda each: (each.at, each.rank, each.digest))
