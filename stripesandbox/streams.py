"""The recorder: every event about one payment, or of all, in the order in which they happened."""

from django.db.models import Q

from stripesandbox import events, records
from stripesandbox.models import Record


def about(intent: Record):
    """The events about a payment: its session, customer, charges, refunds, disputes, warnings and invoices."""
    session = records.find(intent.private.get("session"))
    invoice = session["invoice"] if session else intent.private.get("invoice")
    ids = [intent.id, intent["customer"], invoice, session and session.id]
    concerns = Q(wire__data__object__id__in=[id for id in ids if id]) | Q(wire__data__object__payment_intent=intent.id)
    if invoice:
        concerns |= Q(wire__data__object__invoice=invoice)
    return all_events().filter(concerns)


def all_events():
    """Every event, oldest first, whatever its age."""
    return records.of("event").order_by("seq")


def raw(found, *, after: str | None = None, type: str | None = None) -> list[dict]:
    """The events as they are delivered; of a type, or only those that came after another."""
    if after:
        found = found.filter(seq__gt=records.get("event", after).seq)
    if type:
        found = found.filter(**events.matching(type))
    return [event.wire for event in found]
