"""Whose a subscription or an invoice of Stripe's is."""

from uuid import UUID

from accounts.models import User
from billing.models import StripeCustomer
from billing.stripe_objects import Quarantined
from memberships.models import Enrolment

KEY = "enrolment"  # in the metadata of what we ask Stripe for


def enrolment_of(metadata: dict | None) -> Enrolment | None:
    """The enrolment that an object names in its metadata."""
    text = (metadata or {}).get(KEY) or ""
    try:
        UUID(text)
    except ValueError:
        return None
    return Enrolment.objects.select_related("member", "price").filter(public_id=text).first()


def member_of(customer: str, metadata: dict | None) -> User:
    """By the enrolment, else by the customer. Raises Quarantined for somebody whom we do not know."""
    if enrolment := enrolment_of(metadata):
        StripeCustomer.objects.get_or_create(stripe_id=customer, defaults={"member": enrolment.member})
        return enrolment.member
    known = StripeCustomer.objects.select_related("member").filter(stripe_id=customer).first()
    if known is None:
        raise Quarantined(f"Neither its metadata nor the customer {customer} name a member of ours.")
    return known.member
