"""Events whose webhook never arrived: listed from Stripe, stored and applied as if it had."""

import json
from datetime import datetime, timedelta

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from alerts.models import raise_alert
from audit.models import AuditEvent
from billing import stripe_api, webhook
from billing.models import Backfill, StripeEvent
from billing.stripe_events import HANDLERS
from jobs.models import Job

OVERLAP = timedelta(hours=1)  # an event may be listed late, and times have whole seconds
KEPT_BY_STRIPE = timedelta(days=29)  # Stripe lists events of 30 days: https://docs.stripe.com/api/events/list
ON_THEIR_WAY = timedelta(minutes=5)  # younger ones may still arrive by themselves
TYPES = 20
LATELY = timedelta(minutes=30)  # two runs


def fetch_missed() -> Backfill:
    """Store each event since the last run that we do not have; tells how many, and raises an alert if there were any.

    Twice at once or again is harmless: an event is stored once, whoever brings it. Errors: those of `stripe_api.call`;
    the next run then begins where the last complete one ended.
    """
    until = timezone.now() - ON_THEIR_WAY
    since = _since(until)
    missed = fetch_between(since, until)
    if missed:
        title = f"Stripe’s webhook missed {len(missed)} event{'s' if len(missed) > 1 else ''}"
        detail = f"They were fetched and are being applied: {', '.join(missed[:10])}. Look at Stripe Status."
        raise_alert("billing.backfill", title, detail, url="/admin/billing/")
    return Backfill.objects.create(since=since, until=until, found=len(missed))


def fetch_between(since: datetime, until: datetime) -> list[str]:
    """Store each event of this span that we do not have; their ids."""
    return [event["id"] for event in _listed(since, until) if _store(event)]


def is_up_to_date() -> bool:
    """Whether the payments that Stripe knows of are known here.

    It was asked lately, since a backup was restored, and what it told of payments is applied. False before the first
    run.
    """
    last = Backfill.objects.first()
    if last is None or last.ran_at < timezone.now() - LATELY:
        return False
    settled = (StripeEvent.State.APPLIED, StripeEvent.State.UNHANDLED)  # nearly all; the others have an index
    found = StripeEvent.objects.exclude(state__in=settled).filter(state__in=StripeEvent.OPEN, created__lte=last.until)
    restored = AuditEvent.objects.filter(verb="backup.restored", at__gte=last.until)
    return not (found.filter(type__startswith="payment_intent.").exists() or restored.exists())


def ask_soon() -> None:
    """Somebody waits for it: not only at the next quarter of an hour. Once an hour, as Stripe may be away."""
    if settings.STRIPE_SECRET_KEY:
        key = f"billing.fetch_missed_events:soon:{timezone.now():%Y-%m-%dT%H}"
        with transaction.atomic():
            Job.enqueue("billing.fetch_missed_events", {}, dedupe_key=key)


def _since(until: datetime) -> datetime:
    last = Backfill.objects.order_by("-until").first()
    return max(last.until - OVERLAP, until - KEPT_BY_STRIPE) if last else until - KEPT_BY_STRIPE


def _listed(since: datetime, until: datetime):
    """Stripe's events of the types that are handled here, page by page; Stripe takes twenty types at once."""
    handled, span = sorted(HANDLERS), {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
    for first in range(0, len(handled), TYPES):
        yield from stripe_api.listed("events", types=handled[first : first + TYPES], created=span)


def _store(event: dict) -> bool:
    return webhook.store(webhook.parsed(json.dumps(event, cls=DjangoJSONEncoder)))
