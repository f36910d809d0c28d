"""What a script has made so far, and how its steps name it."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from stripesandbox import records
from stripesandbox.errors import StripeError
from stripesandbox.events import Cause
from stripesandbox.models import Record


@dataclass
class Play:
    """The ids that a script has made so far."""

    sessions: list[str] = field(default_factory=list)  # and the payments that no session is behind
    refunds: list[str] = field(default_factory=list)
    disputes: list[str] = field(default_factory=list)
    payouts: list[str] = field(default_factory=list)
    subscriptions: list[str] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    cause: Cause = field(default_factory=Cause)
    since: int = field(default_factory=records.newest)  # the last record before it

    def made(self) -> dict:
        """What goes back to whoever ran the script."""
        found = [records.find(id) for id in self.sessions]
        intents = [self._intent(record) for record in found]
        saved = [records.get("payment_method", id) for id in self.cards]
        return {
            "sessions": self.sessions,
            "payment_intents": [intent and intent.id for intent in intents],
            "charges": [intent and intent["latest_charge"] for intent in intents],
            "customers": list(dict.fromkeys(thing["customer"] for thing in [*found, *saved] if thing["customer"])),
            "refunds": self.refunds,
            "disputes": self.disputes,
            "payouts": self.payouts,
            "subscriptions": self.subscriptions,
            "cards": self.cards,
        }

    def session(self, of) -> Record:
        return records.get("checkout.session", _chosen(self.sessions, of, "payment"))

    def intent(self, of) -> Record:
        chosen = records.find(_chosen(self.sessions, of, "payment"))
        return self._intent(chosen) or records.get("payment_intent", "")

    @staticmethod
    def _intent(thing: Record) -> Record | None:
        """The payment of a session, or one that needs none."""
        return thing if thing.kind == "payment_intent" else records.find(thing["payment_intent"])

    def charge(self, of) -> Record:
        return records.get("charge", self.intent(of)["latest_charge"] or "")

    def refund(self, of) -> Record:
        return records.get("refund", _chosen(self.refunds, of, "refund"))

    def dispute(self, of) -> Record:
        return records.get("dispute", _chosen(self.disputes, of, "dispute"))

    def payout(self, of) -> Record:
        return records.get("payout", _chosen(self.payouts, of, "payout"))

    def subscription(self, of) -> Record:
        return records.get("subscription", _chosen(self.subscriptions, of, "subscription"))

    def card(self, of) -> Record:
        return records.get("payment_method", _chosen(self.cards, of, "card"))

    def next_top_up(self) -> str:
        """metadata.top_up of the script's first, second, … payment"""
        return f"00000000-0000-4000-8000-{len(self.sessions) + 1:012}"

    def customer(self, of) -> str:
        return _chosen(self.made()["customers"], of, "customer")


def _chosen(ids: list[str], of, noun: str) -> str:
    place = _number(of) - 1 if of else len(ids) - 1
    if not 0 <= place < len(ids):
        raise StripeError(f"The script has made {len(ids)} {noun}s so far: there is no {noun} {of or 1}.")
    return ids[place]


def _number(text) -> int:
    if not str(text).isdecimal():
        raise StripeError(f"{text!r} is no number.")
    return int(text)


def cents(dollars) -> int | None:
    """12.34 → 1234; nothing stays nothing."""
    if dollars is None:
        return None
    try:
        return int(Decimal(str(dollars)) * 100)
    except (InvalidOperation, OverflowError, ValueError):
        raise StripeError(f"{dollars!r} is no amount.") from None
