"""What money of a member is still on its way, so that their account has to wait."""

from datetime import datetime

from django.db.models import Max, Q

from billing.models import Dispute, Refund, RefundRequest, TopUp
from memberships.models import MoneyBack, Subscription


def obstacles(member) -> list[str]:
    """Sentences, one for each reason; none where nothing is open."""
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
        "Premium still runs: cancel it first.": Subscription.objects.live().filter(member=member, ended_at=None),
        "A payment is being processed.": TopUp.objects.filter(member=member, status=TopUp.Status.PROCESSING),
    }
    return [sentence for sentence, rows in found.items() if rows.exists()]


def last_paid_at(member) -> datetime | None:
    """When the member last paid for a top-up."""
    return TopUp.objects.filter(member=member, status=TopUp.Status.PAID).aggregate(last=Max("paid_at"))["last"]
