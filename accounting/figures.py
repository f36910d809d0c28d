"""Revenue, cost, margin and what stands beside them, read from the rows of days: definitions of domain.md's figures.

Every amount is a Decimal in US dollars. Revenue is what members were charged in paid credit, and subscriptions; what
granted credit paid stands apart as promotional usage.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Figures:
    """Of some whole days. `unspent` is the liability at the end of the last one: paid credit not used, held included."""

    revenue: Decimal
    cost: Decimal
    promotional: Decimal
    fees: Decimal
    refunds: Decimal
    disputes: Decimal
    breakage: Decimal
    unspent: Decimal
    unreconciled: Decimal  # the part of the cost of provider calls that no invoice proves yet

    @property
    def margin(self) -> Decimal:
        return self.revenue - self.cost

    @property
    def margin_ratio(self) -> Decimal | None:
        """Of the revenue; None without revenue."""

    @property
    def net_margin(self) -> Decimal:
        """Margin less Stripe's fees and what disputes lost."""

    @property
    def unreconciled_ratio(self) -> Decimal | None:
        """Of the cost; None without cost."""


@dataclass(frozen=True)
class ServiceFigures:
    """One service in a period. `service` is its key; "subscription" for Premium."""

    service: str
    units: int
    charged_paid: Decimal
    charged_granted: Decimal
    cost: Decimal
    matched: Decimal

    @property
    def margin(self) -> Decimal:
        return self.charged_paid - self.cost


@dataclass(frozen=True)
class Month:
    """One month of the trend. A closed one has the figures it was closed with; `restated` is what came later."""

    first: dt.date
    figures: Figures
    state: str  # "running", "open" or "closed"
    restated: dict[str, Decimal]


def period(first: dt.date, last: dt.date) -> Figures:
    """The figures of whole business days, both included."""


def by_service(first: dt.date, last: dt.date) -> list[ServiceFigures]:
    """Every service that sold or cost something in these days, in the order of the price book."""


def months(count: int, *, until: dt.date | None = None) -> list[Month]:
    """The last `count` months, the oldest first, the running one included."""
