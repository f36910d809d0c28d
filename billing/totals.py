"""Whether Stripe's list is complete: the sum of all that it lists against what Stripe says it holds."""

from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from billing import balance, stripe_api
from billing.models import BalanceTransaction, Difference
from billing.stripe_objects import dollars

TRIES = 3
KIND = Difference.Kind.STRIPE_TOTAL


def compare() -> Decimal | None:
    """What Stripe holds in US dollars, with the difference opened or settled; None while it moves too fast to tell."""
    for _ in range(TRIES):
        before = _held()
        balance.fetch_new()
        if before == _held():
            _note(before - _listed())
            return before
    return None


def is_off() -> bool:
    """Whether the last comparison found a difference."""
    return Difference.objects.open().filter(kind=KIND).exists()


def _held() -> Decimal:
    """https://docs.stripe.com/api/balance/balance_object: what is available, and what will be."""
    held = stripe_api.call("balance", "retrieve")
    parts = [part["amount"] for name in ("available", "pending") for part in held[name] if part["currency"] == "usd"]
    return dollars(sum(parts))


def _listed() -> Decimal:
    return BalanceTransaction.objects.filter(currency="usd").aggregate(total=Sum("net", default=Decimal(0)))["total"]


def _note(off: Decimal) -> None:
    found = Difference.objects.open().filter(kind=KIND)
    if not off:
        found.update(settled_at=timezone.now())
    elif not found.update(amount=off):
        Difference.objects.create(kind=KIND, subject="balance", amount=off, happened_at=timezone.now())
