"""Stripe's side of a soak: one payment after the other, its refunds and its dispute, and the letters about them."""

import json
import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from accounts.models import User
from billing import stripe_api, webhook
from billing.models import StripeEvent, TopUp
from billing.tests.make import make_dispute, make_event, make_refund, make_session, make_top_up
from jobs import runner
from jobs.models import Job

PAID = ("checkout.session.completed", "checkout.session.async_payment_succeeded")
FEE = 59  # cents of each payment
DISPUTE_FEE = 1500


@dataclass
class Payment:
    """One payment: what Stripe knows of it, and the model's top-up once it is booked here."""

    top_up: object
    session: dict
    booked: object = None
    refunds: list = field(default_factory=list)  # [refund, what undoes it in the model or None while it waits]
    dispute: dict | None = None
    undo: object = None  # of the dispute

    @property
    def cents(self) -> int:
        return self.session["amount_total"]

    @property
    def left(self) -> int:
        """Cents that can still be refunded."""
        return self.cents - sum(refund["amount"] for refund, _ in self.refunds if refund["status"] != "failed")

    @property
    def is_disputed(self) -> bool:
        """Whether the bank has the money, or may take it: then Stripe refuses a refund."""
        return self.is_undecided or (self.dispute is not None and self.dispute["status"] == "lost")

    @property
    def is_undecided(self) -> bool:
        return self.dispute is not None and self.dispute["status"] in ("needs_response", "warning_needs_response")


def member() -> User:
    """Somebody new, in whatever process."""
    return User.objects.create(email=f"{uuid.uuid4().hex}@poemvision.example")


def pay(member, cents: int, bonus: Decimal, taxed: bool, created: int) -> Payment:
    """A payment at Stripe that nobody here has heard of yet."""
    top_up = make_top_up(member, Decimal(cents) / 100, bonus)
    tax = cents // 11 if taxed else 0
    total = {"amount_total": cents + tax, "total_details": {"amount_tax": tax, "amount_discount": 0}}
    return Payment(top_up, make_session(top_up, created=created, **total))


def refund(payment: Payment, cents: int) -> dict:
    return make_refund(payment.top_up, cents, payment_intent=payment.session["payment_intent"])


def dispute(payment: Payment, cents: int, status: str, moved: tuple) -> dict:
    key = payment.dispute["id"] if payment.dispute else None
    of = {"payment_intent": payment.session["payment_intent"], **({"id": key} if key else {})}
    return make_dispute(payment.top_up, cents, status=status, moved=moved, fee=DISPUTE_FEE, **of)


def letter(type_: str, thing: dict, at: int) -> dict:
    return make_event(type_, dict(thing), created=at)


def deliver(event: dict) -> str:
    """Store an event as the webhook does and do its work as a worker does; its state, or "known" for a second time."""
    stored = webhook.parsed(json.dumps(event))
    if not webhook.store(stored):
        return "known"
    return work(stored.event_id)


def work(event_id: str) -> str:
    """Run the job of an event, and what follows from it; the state of the event."""
    runner.run(Job.objects.get(dedupe_key=f"billing.apply_event:{event_id}").pk, only_due=False)
    event = StripeEvent.objects.get(event_id=event_id)
    if event.type in PAID and event.state == "applied":
        top_up = TopUp.objects.get(public_id=event.object["metadata"]["top_up"])
        for job in Job.objects.filter(dedupe_key=f"billing.complete_top_up:{top_up.pk}", state="new"):
            runner.run(job.pk, only_due=False)
    return event.state


def answer(resource: str, method: str, intent: str, *_) -> dict:
    """In place of `stripe_api.call`: the charge of a payment, with its fee."""
    if (resource, method) != ("payment_intents", "retrieve"):
        raise stripe_api.Unreachable(f"Nobody answers {resource}.{method} in a soak.")
    balance = {"id": f"txn_{intent}", "currency": "usd", "fee": FEE, "created": 1_700_000_000}
    charge = {"id": f"ch_{intent.removeprefix('pi_')}", "receipt_url": "", "amount_refunded": 0}
    return {"id": intent, "latest_charge": charge | {"balance_transaction": balance}}
