"""What the pages and panels of Premium read."""

from memberships.queries.own import Mine, Offer, of_member, offers
from memberships.queries.staff import (
    FAILED_COLUMNS,
    INVOICE_COLUMNS,
    SUBSCRIPTION_COLUMNS,
    SUBSCRIPTION_STATES,
    Standing,
    failed_attempts,
    invoices,
    standing,
    subscriptions,
)

__all__ = [
    "FAILED_COLUMNS",
    "INVOICE_COLUMNS",
    "SUBSCRIPTION_COLUMNS",
    "SUBSCRIPTION_STATES",
    "Mine",
    "Offer",
    "Standing",
    "failed_attempts",
    "invoices",
    "of_member",
    "offers",
    "standing",
    "subscriptions",
]
