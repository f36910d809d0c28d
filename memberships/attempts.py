"""Attempts to take the money of an invoice that came to nothing. Their payment tells which invoice."""

from datetime import datetime

from billing.models import StripeCustomer
from billing.stripe_objects import dollars
from memberships.models import FailedAttempt, Invoice

DESCRIBED = "Subscription "  # as Stripe describes such payments: Subscription creation, Subscription update


def is_one(thing: dict) -> bool:
    """Whether a payment intent or a charge is about an invoice of a subscription."""
    named = (thing.get("metadata") or {}).get("top_up")
    return not named and (thing.get("description") or "").startswith(DESCRIBED)


def note(thing: dict, attempt_id: str, at: datetime, **words) -> None:
    """Keep it once, however often it is told; the fullest word of the bank stays."""
    intent = thing["id"] if thing["object"] == "payment_intent" else thing["payment_intent"]
    # Held before the attempt, in the order of those who change an invoice and with it the outcome of its attempts
    invoice = Invoice.objects.select_for_update(no_key=True).filter(payment_intent_id=intent).first()
    customer = StripeCustomer.objects.filter(stripe_id=thing.get("customer") or "").first()
    said = {name: words[name] for name in ("code", "decline_code", "message", "card")}
    row, created = FailedAttempt.objects.select_for_update().get_or_create(
        attempt_id=attempt_id,
        defaults={
            "member": invoice.member if invoice else customer and customer.member,
            "invoice": invoice,
            "payment_intent_id": intent,
            "amount": dollars(thing["amount"]),
            "happened_at": at,
            **said,
        },
    )
    if not created:
        for name, word in said.items():
            setattr(row, name, max(getattr(row, name), word, key=lambda each: (len(each), each)))
        row.save(update_fields=said)
