"""Premium: what it costs, who has it, what was billed for it. Written from Stripe's webhook only, but for enrolments."""

from memberships.models.enrolment import Enrolment
from memberships.models.invoice import FailedAttempt, Invoice, MoneyBack
from memberships.models.price import Interval, Price
from memberships.models.subscription import Subscription, Version

__all__ = ["Enrolment", "FailedAttempt", "Interval", "Invoice", "MoneyBack", "Price", "Subscription", "Version"]
