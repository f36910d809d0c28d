"""What a member’s own page says of their plan."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

import tunables.values
from accounts.models import Plan, PlanOverride, User
from accounts.plans import override_of
from memberships import balance, checkout
from memberships.models import Enrolment, Interval, Invoice, Subscription

TOLD_FOR = timedelta(days=30)  # that there was a second subscription


@dataclass(frozen=True)
class Offer:
    """Premium for one interval, in US dollars; `saved` beside paying by month."""

    interval: str
    label: str
    amount: Decimal
    credit: Decimal
    saved: Decimal


def offers() -> list[Offer]:
    """What Premium costs now."""
    monthly = tunables.values.get(checkout.AMOUNTS[Interval.MONTH])
    credit = tunables.values.get("premium_credit_usd")
    found = []
    for interval in Interval:
        months, amount = interval.months, tunables.values.get(checkout.AMOUNTS[interval])
        saved = max(Decimal(0), monthly * months - amount)
        found.append(Offer(interval.value, interval.label, amount, credit * months, saved))
    return found


@dataclass(frozen=True)
class Mine:
    """A member's plan: what Stripe says, what staff gave, what was billed; `balance` waits at Stripe, US dollars."""

    subscription: Subscription | None
    given: PlanOverride | None
    ended: Subscription | None
    unpaid: Invoice | None
    invoices: list[Invoice]
    enrolment: Enrolment | None
    double: Subscription | None
    balance: Decimal

    @property
    def just_paid(self) -> Invoice | None:
        """The first invoice of what runs already: it was paid, and its own word comes a moment after that."""
        now = self.subscription
        if now is None or now.status != Subscription.Status.ACTIVE:
            return None
        first = {"subscription_id_at_stripe": now.stripe_id, "reason": Invoice.FIRST, "status": Invoice.Status.OPEN}
        return next((row for row in self.invoices if all(getattr(row, key) == it for key, it in first.items())), None)

    @property
    def stays_until(self) -> datetime | None:
        """Until when Premium is left to who has not paid; None where what staff decided says more."""
        until = self.subscription.grace_until if self.subscription else None
        if until is None or self.given is None:
            return until
        outlasted = self.given.plan == Plan.COMPED and self.given.until and self.given.until < until
        return until if outlasted else None


def of_member(member: User) -> Mine:
    """Everything that a member's own page says."""
    mine = Subscription.objects.filter(member=member)
    live = mine.live().order_by("started_at", "pk").first()  # as the portal is of
    owed = Invoice.objects.filter(member=member, status=Invoice.Status.OPEN, attempts__gt=0)
    owes = live is not None and live.is_owing
    return Mine(
        subscription=live,
        given=override_of(member),
        ended=None if live else mine.filter(status=Subscription.Status.CANCELED).first(),
        unpaid=owed.filter(subscription_id_at_stripe=live.stripe_id).first() if owes else None,
        invoices=list(
            Invoice.objects.filter(member=member)
            .exclude(status=Invoice.Status.DRAFT)
            .order_by("-created_at", "-pk")
            .prefetch_related("money_back")[:24]
        ),
        enrolment=Enrolment.objects.payable().filter(member=member).first(),
        double=mine.filter(is_double=True, started_at__gt=timezone.now() - TOLD_FOR).first(),
        balance=balance.of_member(member),
    )
