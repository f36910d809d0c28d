"""Premium: what it costs, who has it, what was billed for it. All but enrolments is written from Stripe's webhook."""

from memberships.models.discount import CustomerDiscount
from memberships.models.enrolment import Enrolment
from memberships.models.invoice import FailedAttempt, Invoice, MoneyBack
from memberships.models.movement import Movement
from memberships.models.notice import Notice
from memberships.models.portal import PortalConfiguration
from memberships.models.price import Interval, Price
from memberships.models.subscription import Subscription, Version

__all__ = [
    "CustomerDiscount",
    "Enrolment",
    "FailedAttempt",
    "Interval",
    "Invoice",
    "MoneyBack",
    "Movement",
    "Notice",
    "PortalConfiguration",
    "Price",
    "Subscription",
    "Version",
]
