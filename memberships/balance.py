"""What waits at Stripe for the next invoice of a member, on their customer's balance."""

from decimal import Decimal

from django.db.models import F, Sum

from accounts.models import User
from memberships.models import Invoice


def of_member(member: User) -> Decimal:
    """What invoices put there and no later one used, in US dollars."""
    counted = (Invoice.Status.OPEN, Invoice.Status.UNCOLLECTIBLE, Invoice.Status.PAID)
    rows = Invoice.objects.filter(member=member, status__in=counted)
    return max(Decimal(0), rows.aggregate(left=Sum(F("due") - F("total"), default=Decimal(0)))["left"])
