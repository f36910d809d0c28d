"""Whose a subscription or an invoice of Stripe's is."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from audit.models import record
from billing import lost_top_ups
from billing.models import StripeCustomer
from billing.stripe_objects import NotOurs, Quarantined
from jobs.models import Job
from memberships.models import Enrolment, Price, Subscription

KEY = "enrolment"  # in the metadata of what we ask Stripe for
GIVEN_UP_WITHIN = timedelta(minutes=10)  # what is told of the discount of a customer whom nobody knows yet
UNDER_WAY = timedelta(seconds=10)  # by then an event that is looked at now has found nobody, and is in quarantine


def names_one(metadata: dict | None) -> bool:
    """Whether an object names an enrolment, be it in our database or not."""
    try:
        UUID((metadata or {}).get(KEY) or "")
    except ValueError:
        return False
    return True


def check_ours(subscription: str, metadata: dict | None, sold: Iterable[tuple[str, str]]) -> None:
    """Raises NotOurs for a subscription that is none of Premium: another product of the same Stripe account.

    Premium names an enrolment, or sells (price, product) of ours, as it does where somebody made it at Stripe. One
    that is kept here goes on to its end.
    """
    prices, products = ({each for each in ids if each} for ids in zip(*sold, strict=True)) if sold else ((), ())
    ours = Price.objects.filter(Q(stripe_id__in=prices) | Q(product_id__in=products))
    kept = Subscription.objects.filter(stripe_id=subscription)
    if not (names_one(metadata) or ours.exists() or kept.exists()):
        raise NotOurs(f"Not ours: {subscription} sells nothing of Premium. It is left alone.")


def enrolment_of(metadata: dict | None) -> Enrolment | None:
    """The enrolment that an object names in its metadata."""
    if not names_one(metadata):
        return None
    text = metadata[KEY]
    return Enrolment.objects.select_related("member", "price").filter(public_id=text).first()


def member_of(customer: str, metadata: dict | None) -> User:
    """By the enrolment, else by the customer. Raises Quarantined for somebody whom we do not know."""
    if enrolment := enrolment_of(metadata):
        _, new = StripeCustomer.objects.get_or_create(stripe_id=customer, defaults={"member": enrolment.member})
        if new:
            _ask_discount(customer)
        return enrolment.member
    known = StripeCustomer.objects.select_related("member").filter(stripe_id=customer).first()
    if known is None:
        raise Quarantined(f"Neither its metadata nor the customer {customer} name a member of ours.")
    return known.member


def _ask_discount(customer: str) -> None:
    """What was told of it while nobody knew whose it is may have been left alone."""
    key = f"memberships.ask_discount:known:{customer}"[:200]
    late = timezone.now() + GIVEN_UP_WITHIN
    Job.enqueue("memberships.ask_discount", {"customer": customer}, dedupe_key=key, run_at=late)


def keep_lost(session: dict) -> None:
    """Whose a completed page is whose enrolment a restored backup does not know: by that, their events find them.

    Those that came before wait in quarantine, and are applied after this. Inside a transaction. Raises Quarantined
    where it is not certain whose it is.
    """
    member, customer = lost_top_ups.member_of(session), session.get("customer")
    if member is None or not customer:
        raise Quarantined("It names an enrolment that is not known here, and whose it is is not certain.")
    kept, new = StripeCustomer.objects.get_or_create(stripe_id=customer, defaults={"member": member})
    if kept.member_id != member.pk:
        raise Quarantined(f"The customer {customer} is another member’s.")
    if new:
        record(None, "enrolment.made_again", member, after={"session": session["id"], "customer": customer})
    late = timezone.now() + UNDER_WAY
    key = f"billing.replay_customer:{session['id']}"
    Job.enqueue("billing.replay_customer", {"customer": customer}, dedupe_key=key, run_at=late)
