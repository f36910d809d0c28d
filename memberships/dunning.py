"""Mails about money that did not come: after the first failure, before the grace is over. And about the end of Premium,
whoever decided it: that it is not renewed, that it has ended; whose account is suspended has no other way to know.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

import tunables.values
from accounts import mail
from accounts.models import PlanOverride
from memberships.models import Invoice, Notice, Subscription

LAST_DAYS = timedelta(days=2)  # of the grace, which a mail comes before
FRESH = timedelta(days=3)  # what is older is told to nobody any more
Kind = Notice.Kind


def send_due() -> int:
    """Write to everybody whom something concerns that they were not told; returns how many mails."""
    return sum(
        _write(row, kind, about, facts)
        for row, kind, about, facts in [*_failed(), *_last_days(), *_ending(), *_ended()]
    )


def _mine(**whose):
    return Subscription.objects.filter(**whose).select_related("member")


def _in_use():
    return _mine(member__is_active=True)


def _last(rows):
    """Of those who have no other subscription, and no plan that staff gave: when theirs ends, so does Premium."""
    others = Subscription.objects.live().filter(member=OuterRef("member")).exclude(pk=OuterRef("pk"))
    given = PlanOverride.objects.in_force().filter(user=OuterRef("member"))
    return rows.exclude(Exists(others)).exclude(Exists(given))


def _failed() -> Iterator[tuple]:
    """Renewals that the bank refused, while the subscription waits for the money."""
    owed = Invoice.objects.filter(status=Invoice.Status.OPEN, attempts__gt=0, heard_at__gt=timezone.now() - FRESH)
    rows = {row.stripe_id: row for row in _in_use().filter(status__in=Subscription.OWING)}
    ending = set(_last(_in_use()).filter(pk__in=[row.pk for row in rows.values()]).values_list("pk", flat=True))
    for invoice in owed.filter(subscription_id_at_stripe__in=rows):
        row = rows[invoice.subscription_id_at_stripe]
        ends = row.pk in ending and row.grace_until
        yield row, Kind.FAILED, invoice.stripe_id, partial(dict, invoice=invoice, ends=ends)


def _last_days() -> Iterator[tuple]:
    soon = (timezone.now(), timezone.now() + LAST_DAYS)
    for row in _last(_in_use()).filter(status=Subscription.Status.PAST_DUE, grace_until__range=soon):
        yield row, Kind.LAST_DAYS, row.grace_until.isoformat(), partial(_unpaid, row)


def _ending() -> Iterator[tuple]:
    """Also where staff decided it, at once or for the end of what is paid."""
    lately = timezone.now() - FRESH
    paid = (Subscription.Status.ACTIVE, Subscription.Status.TRIALING)
    rows = _last(_mine(member__deleted_at=None)).filter(status__in=paid, canceled_at__gt=lately)
    for row in rows.filter(cancel_at__gt=timezone.now()):
        yield row, Kind.ENDING, f"{row.canceled_at.isoformat()} {row.cancel_at.isoformat()}", dict


def _ended() -> Iterator[tuple]:
    """However it ended; a second subscription that was taken by mistake is told of on the member's page."""
    lately = timezone.now() - FRESH
    rows = _last(_mine(member__deleted_at=None))
    for row in rows.filter(status=Subscription.Status.CANCELED, ended_at__gt=lately, is_double=False):
        yield row, Kind.ENDED, "", dict if row.cancel_at else partial(_unpaid, row)


def _unpaid(row: Subscription) -> dict:
    """The newest invoice that could not be taken; that of one who cancelled is not why it ended."""
    tried = Invoice.objects.filter(subscription_id_at_stripe=row.stripe_id, attempts__gt=0)
    return {"invoice": tried.filter(status__in=(Invoice.Status.OPEN, Invoice.Status.UNCOLLECTIBLE)).first()}


def _write(row: Subscription, kind: str, about: str, facts: Callable[[], dict]) -> bool:
    """The notice and the mail commit together: two schedulers may tick at once. `facts` are asked for a new one."""
    with transaction.atomic():
        _, is_new = Notice.objects.get_or_create(subscription=row, kind=kind, about=about)
        if is_new:
            url = f"{settings.BASE_URL}/me/membership/"
            context = {"member": row.member, "subscription": row, "url": url, **facts()}
            context["support_email"] = tunables.values.get("support_email")
            mail.send(row.member.email, f"memberships/mail/{kind}", context)
    return is_new
