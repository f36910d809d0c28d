"""Invoices that were booked before it was kept what their lines sell and give back of unused time.

Stripe's word about them is stored, and read again, once: migration 0020 has it done. Those of a first period give
nothing back: they stay as they are.
"""

import logging

from django.db import transaction
from django.template.defaultfilters import pluralize

from alerts.models import raise_once
from billing.models import StripeEvent
from billing.stripe_objects import UNREADABLE
from memberships import recognition
from memberships.invoice_events import switched
from memberships.models import Invoice

log = logging.getLogger("billing")
AT_ONCE = 500
SAYS = "What they give back of unused time is not known: their revenue stays as it was. The log names each."


def read(after: int, unread: int = 0) -> tuple[int | None, int]:
    """Read the next of them with ids above `after`. Returns the last id that was looked at, None at the end, and how
    many are `unread` by now: at the end a person is told.

    Each in a transaction of its own; safe to repeat. One that cannot be read stays as it is, and is in nobody's way.
    """
    older = Invoice.objects.filter(pk__gt=after, paid_at__isnull=False, bought=0, unused=0)
    found = list(older.exclude(reason=Invoice.FIRST).order_by("pk")[:AT_ONCE])
    for row in found:
        try:
            with transaction.atomic():
                _read(row)
        except UNREADABLE:
            log.exception("What the lines of invoice %s say could not be read", row.pk)
            unread += 1
    if not found and unread:
        raise_once("memberships.older_invoices", f"{unread} older invoice{pluralize(unread)} could not be read", SAYS)
    return (found[-1].pk if found else None), unread


def _read(row: Invoice) -> None:
    """From the last that was told of it; where time was given back, the books of its subscription follow."""
    told = StripeEvent.objects.filter(object_id=row.stripe_id, type__startswith="invoice.").order_by("created").last()
    if told is None:
        return
    row = recognition.together(row.subscription_id_at_stripe).get(pk=row.pk)
    row.bought, row.unused = switched(told.object)
    row.save(update_fields=["bought", "unused"])
    if row.unused:
        recognition.recognise_together(row)
