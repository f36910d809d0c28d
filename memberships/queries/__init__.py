"""What the pages and panels of Premium read."""

from memberships.history import payments
from memberships.queries.auto_top_ups import AUTO_COLUMNS, AUTO_STATES, auto_top_ups, state_words
from memberships.queries.own import Mine, Offer, of_member, offers
from memberships.queries.staff import (
    FAILED_COLUMNS,
    INVOICE_COLUMNS,
    SUBSCRIPTION_COLUMNS,
    SUBSCRIPTION_STATES,
    MemberPremium,
    Standing,
    ahead,
    failed_attempts,
    invoices,
    member_premium,
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
    "MemberPremium",
    "Mine",
    "Offer",
    "Standing",
    "ahead",
    "auto_top_ups",
    "failed_attempts",
    "invoices",
    "member_premium",
    "of_member",
    "offers",
    "payments",
    "standing",
    "state_words",
    "subscriptions",
]
