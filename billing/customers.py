"""Stripe's customers: what became of those that stand for our members. Others are not ours to keep."""

from datetime import datetime

from django.db.models import Q

from billing import saved_cards
from billing.models import StripeCustomer


def apply_customer(customer: dict, at: datetime) -> None:
    """Keep the address that Stripe writes receipts to; an older word never overwrites a newer one."""
    ours = StripeCustomer.objects.filter(stripe_id=customer["id"])
    newer = ours.filter(Q(heard_at=None) | Q(heard_at__lte=at), member__purged_at=None)
    newer.update(email=customer.get("email") or "", heard_at=at)


def forget_customer(customer: dict, at: datetime) -> None:
    """Deleted at Stripe: the next payment makes a new one. The id stays, so that old payments are found by it.

    Their saved card is gone with them.
    """
    StripeCustomer.objects.filter(stripe_id=customer["id"], deleted_at=None).update(deleted_at=at)
    saved_cards.forget_customer(customer["id"])
