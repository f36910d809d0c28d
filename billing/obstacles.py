"""What money of a member is still on its way, so that their account has to wait."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q

from billing.models import Dispute, Refund, RefundRequest, TopUp
from memberships.models import MoneyBack, Subscription
from ui.format import plain_day


@dataclass(frozen=True)
class Obstacle:
    """What it is and when the account can be deleted; `page` is the name of the one where a member settles it."""

    text: str
    page: str = ""

    def __str__(self):
        return self.text


def obstacles(member) -> list[Obstacle]:
    """One for each reason; none where nothing is open."""
    pending = {"status__in": (Refund.Status.PENDING, Refund.Status.REQUIRES_ACTION)}
    found = {
        "A dispute is open.": Dispute.objects.of(member).open(),
        "A refund is on its way.": Refund.objects.filter(top_up__member=member, **pending),
        "A refund of Premium is on its way.": MoneyBack.objects.filter(
            invoice__member=member, kind=MoneyBack.Kind.REFUND, **pending
        ),
        "A refund was asked for and has no answer yet.": RefundRequest.objects.filter(
            Q(top_up__member=member) | Q(invoice__member=member), status__in=RefundRequest.OPEN
        ),
        "A payment is being processed.": TopUp.objects.filter(member=member, status=TopUp.Status.PROCESSING),
    }
    open_ones = [Obstacle(f"{what} It has to be settled first.") for what, rows in found.items() if rows.exists()]
    return _premium(member) + open_ones


def _premium(member) -> list[Obstacle]:
    """Premium that runs: until it is cancelled, or until the end that is set."""
    ends = list(Subscription.objects.live().filter(member=member, ended_at=None).values_list("cancel_at", flat=True))
    if None in ends:
        return [Obstacle("Premium still runs: cancel it first.", page="memberships:membership")]
    return [Obstacle(f"Premium ends on {plain_day(max(ends))}; the account can be deleted then.")] if ends else []


def last_paid_at(member) -> datetime | None:
    """When the member last paid for a top-up."""
    return TopUp.objects.filter(member=member, status=TopUp.Status.PAID).aggregate(last=Max("paid_at"))["last"]
