"""Mails before granted credit expires: `expiry_notice_days` ahead, from the lots themselves.

Days are those of the business time zone: what expires at any hour of a day counts as that day, so what expires together
is told together. Where some notices were missed, only the one that the days left ask for is sent. A lot that was given
with fewer days than a notice looks ahead gets none of that: whoever gave it has just said so.
"""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

import tunables.values
from accounts import mail
from accounts.models import User
from billing.models import ExpiryNotice
from ledger import posting
from ledger.models import Lot
from ui import clock

BATCH = 500


def send_due(now: dt.datetime | None = None) -> int:
    """Write to the members with credit that expires soon, one mail each; returns how many."""
    days = sorted(tunables.values.get("expiry_notice_days"))
    if not days:
        return 0
    now = now or timezone.now()
    soonest = _due(now, days).order_by("expires_at", "id").values_list("member_id", flat=True)[:BATCH]
    return sum(_notify(member, now, days) for member in User.objects.in_bulk(list(soonest)).values())


def _due(now: dt.datetime, days: list[int]):
    """Lots with something left whose next notice was not sent. `days` in rising order."""
    zone = clock.zone()
    lives = TruncDate("expires_at", tzinfo=zone) - TruncDate("transaction__posted_at", tzinfo=zone)
    windows = Q()
    for nearer, ahead in zip([-1, *days], days, strict=False):
        sent = ExpiryNotice.objects.filter(lot=OuterRef("pk"), days__lte=ahead)
        begin, end = _midnight(now, nearer + 1), _midnight(now, ahead + 1)
        within = Q(expires_at__gte=begin, expires_at__lt=end, lives__gt=dt.timedelta(days=ahead))
        windows |= within & ~Q(Exists(sent))
    return _open_lots(now).annotate(lives=lives).filter(windows, member__is_active=True)


def _open_lots(now: dt.datetime):
    return Lot.objects.filter(has_rest=True, frozen_at=None, expires_at__gt=now)


def _notify(member: User, now: dt.datetime, days: list[int]) -> bool:
    """Two schedulers may tick at once: the wallet's lock lets one of them write, and holds the amounts still."""
    with transaction.atomic():
        posting.lock(member)
        due = [(lot, _next_notice(lot, now, days)) for lot in _due(now, days).filter(member=member)]
        if not due:
            return False
        ExpiryNotice.objects.bulk_create(ExpiryNotice(lot=lot, days=ahead, sent_at=now) for lot, ahead in due)
        window = max(ahead for _, ahead in due)
        lots = (
            _open_lots(now).filter(member=member, expires_at__lt=_midnight(now, window + 1)).order_by(F("expires_at"))
        )
        lines = [(lot.remaining, lot.expires_at, _in_words(_days_left(lot, now))) for lot in lots]
        context = {
            "member": member,
            "lines": lines,
            "total": sum(amount for amount, _, _ in lines),
            "first": lines[0][2],
            "url": f"{settings.BASE_URL}/me/credit/",
        }
        mail.send(member.email, "billing/mail/expiry", context)
    return True


def _next_notice(lot: Lot, now: dt.datetime, days: list[int]) -> int:
    return min(ahead for ahead in days if _days_left(lot, now) <= ahead)


def _days_left(lot: Lot, now: dt.datetime) -> int:
    zone = clock.zone()
    return (lot.expires_at.astimezone(zone).date() - now.astimezone(zone).date()).days


def _in_words(days: int) -> str:
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def _midnight(now: dt.datetime, days: int) -> dt.datetime:
    """When the day `days` after today begins."""
    return clock.midnight(now.astimezone(clock.zone()).date() + dt.timedelta(days=days))
