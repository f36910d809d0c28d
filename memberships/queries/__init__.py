"""What the pages and panels of Premium read."""

from memberships.queries.auto_top_ups import AUTO_COLUMNS, AUTO_STATES, auto_top_ups, state_words
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
    "AUTO_COLUMNS",
    "AUTO_STATES",
    "FAILED_COLUMNS",
    "INVOICE_COLUMNS",
    "SUBSCRIPTION_COLUMNS",
    "SUBSCRIPTION_STATES",
    "Mine",
    "Offer",
    "Standing",
    "auto_top_ups",
    "failed_attempts",
    "invoices",
    "of_member",
    "offers",
    "standing",
    "state_words",
    "subscriptions",
]
