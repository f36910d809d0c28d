"""One mail when a member's credit runs low, and none again before new credit came in and was spent down."""

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone

import tunables.values
from accounts import mail
from accounts.models import User
from billing.models import LowBalanceNotice
from ledger.models import Kind, Transaction
from ledger.queries import balances

BATCH = 200
INCOMING = (Kind.TOP_UP, Kind.GRANT)
SPENDING = (Kind.CHARGE, Kind.SETTLE)


def send_due() -> int:
    """Write to every member whose credit fell below `low_balance_alert_usd`; returns how many. 0 switches it off."""
    threshold = tunables.values.get("low_balance_alert_usd")
    if not threshold:
        return 0
    return sum(_notify(member, threshold) for member in _candidates(threshold)[:BATCH])


def _candidates(threshold):
    """Members below the threshold who spent something, and got no notice since credit last came in."""
    mine = Transaction.objects.filter(member=OuterRef("pk"))
    last_in = Subquery(mine.filter(kind__in=INCOMING).order_by("-posted_at", "-id").values("id")[:1])
    return (
        User.objects.filter(is_active=True, wallet__isnull=False, wallet__frozen_at=None)
        .annotate(stored=F("wallet__paid") + F("wallet__granted"), last_in=last_in)
        .filter(Exists(mine.filter(kind__in=SPENDING)), stored__lt=threshold, last_in__isnull=False)
        .filter(Q(low_balance_notice=None) | Q(low_balance_notice__after_transaction__lt=F("last_in")))
        .order_by("pk")
    )


def _notify(member, threshold) -> bool:
    with transaction.atomic():
        if not _claim(member):
            return False
        context = {
            "member": member,
            "available": balances(member).available,
            "threshold": threshold,
            "url": f"{settings.BASE_URL}/me/credit/",
        }
        mail.send(member.email, "billing/mail/low_balance", context)
    return True


def _claim(member) -> bool:
    """Whether this process is the one to write: two schedulers may tick at once."""
    now = {"after_transaction": member.last_in, "sent_at": timezone.now()}
    _, created = LowBalanceNotice.objects.get_or_create(member=member, defaults=now)
    older = LowBalanceNotice.objects.filter(member=member, after_transaction__lt=member.last_in)
    return created or bool(older.update(**now))
