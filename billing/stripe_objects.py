"""How Stripe's objects are read here, and how what moved its balance is booked."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError

from alerts.models import raise_alert
from ledger import posting

# What trying again would not change: fields that are missing or of another kind, amounts that nothing can hold,
# a posting that the ledger refuses
UNREADABLE = (
    *(LookupError, TypeError, ValueError, AttributeError, ArithmeticError),
    *(DataError, IntegrityError, ValidationError, posting.LedgerError),
)
PAGES = re.compile(r"https://([\w-]+\.)*stripe\.com/")


class Quarantined(Exception):
    """The object contradicts what we asked for: nothing is booked, a person looks. `topic` names a shared cause."""

    def __init__(self, message: str, topic: str = ""):
        super().__init__(message)
        self.topic = topic


class NotOurs(Exception):
    """The object is about something else that this Stripe account sells: it is left alone, and nobody is alarmed."""


class ParentMissing(Exception):
    """The payment that this object belongs to is not known or not booked yet."""


def dollars(cents: int) -> Decimal:
    """Stripe's integer cents as US dollars. Raises TypeError for anything else."""
    if type(cents) is not int:
        raise TypeError(f"{cents!r} is no number of cents")
    return Decimal(cents) / 100


def known(status: str, statuses) -> None:
    """Refuse a status that the pinned version of Stripe's API does not have. Raises Quarantined."""
    if status not in statuses:
        raise Quarantined(f"Stripe says “{status}”, which this installation does not know.")


def movements_of(dispute: dict) -> list[dict]:
    """What the bank withdrew, then what it gave back: each of this dispute, once, and no more than it is about.

    Raises Quarantined for anything else, and for a part that is given back: a person books that.
    """
    found = sorted(dispute["balance_transactions"], key=lambda movement: movement["amount"])
    signs = [movement["amount"] > 0 for movement in found]
    if len(set(signs)) < len(signs):
        raise Quarantined("The bank moved the money of one dispute twice the same way.")
    for movement in found:
        if movement["currency"] != "usd":
            raise Quarantined(f"The dispute moved {movement['currency']}, not usd.")
        if movement["source"] != dispute["id"] or abs(movement["amount"]) > dispute["amount"]:
            raise Quarantined(f"The movement {movement['id']} does not belong to this dispute.")
    return found


def page_at_stripe(url: str | None) -> str:
    """The address of one of Stripe's pages (or of the sandbox's), for a link; empty for any other."""
    ours = url and (PAGES.match(url) or url.startswith(f"{settings.STRIPE_API_BASE}/"))
    return url if ours else ""


def when(seconds: int) -> datetime:
    """Stripe's Unix seconds as an aware time."""
    return datetime.fromtimestamp(seconds, UTC)


def move(kind: str, counter: str, amount: Decimal, **facts) -> posting.Posting:
    """Book that Stripe's balance grew by `amount` (fell, below zero) against another of our own accounts."""
    debit, credit = ("stripe", counter) if amount > 0 else (counter, "stripe")
    return posting.transfer(kind, debit=debit, credit=credit, amount=abs(amount), **facts)


def in_dollars(balance: dict | None) -> bool:
    """Whether the fee of a charge is there and can be booked; staff are told where it is no dollars."""
    if balance and balance["currency"] != "usd":
        title = f"Stripe settles {balance['source']} in {balance['currency']}"
        raise_alert("billing.settlement_currency", title, "Only US dollars can be booked; no fee was.", severity="bad")
        return False
    return bool(balance)


def book_fee(balance: dict, note: str) -> None:
    """Book the fee of one of Stripe's balance transactions, once; a negative one is a fee that Stripe gave back."""
    if balance["fee"]:
        facts = {"external_id": f"stripe:fee:{balance['id']}", "happened_at": when(balance["created"]), "note": note}
        move("fee", "stripe_fees", -dollars(balance["fee"]), **facts)
