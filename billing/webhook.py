"""Stripe's webhook: verify the raw bytes, store the event and its job, answer. Nothing else happens in the request."""

import json
import time
from datetime import UTC, datetime

import stripe
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from alerts.models import raise_alert
from billing.models import StripeEvent
from billing.stripe_events import HANDLERS, no_handler
from jobs.models import Job

MAX_BYTES = 256 * 1024
TOLERANCE = 300  # seconds, into the past and into the future
MINUTE = 60  # seconds; in each, a process writes three alerts about refused calls at most: strangers make no work
BURST = 20
_minute, _refused, _skewed = -MINUTE, 0, False
COLUMNS = ("event_id", "type", "object_id", "livemode", "api_version", "created", "payload", "received_at")
INSERT = """
    INSERT INTO billing_stripeevent (event_id, type, object_id, livemode, api_version, created, payload, received_at,
                                     state, attempts, error)
    VALUES (%(event_id)s, %(type)s, %(object_id)s, %(livemode)s, %(api_version)s, %(created)s, %(payload)s,
            %(received_at)s, 'new', 0, '')
    ON CONFLICT (event_id) DO NOTHING
    RETURNING jsonb_build_object('event', id), 'billing.apply_event:' || event_id
"""


class BadSignature(Exception):
    """The bytes are not from Stripe, or not from now."""


class ClockSkew(BadSignature):
    """Stripe signed these bytes, but at another time than ours: a clock is wrong, or an old call is played again."""


@login_not_required
@csrf_exempt
@require_POST
def stripe_webhook(request):
    """POST /webhooks/stripe/: 200 stored (or known already), 400 not Stripe's, 413 too large, 503 no secret is set."""
    if not settings.STRIPE_WEBHOOK_SECRETS:
        return HttpResponse("STRIPE_WEBHOOK_SECRET is not set.", status=503, content_type="text/plain")
    if _length(request) > MAX_BYTES:
        return HttpResponse("Too large.", status=413, content_type="text/plain")
    try:
        payload = verified(request.body, request.headers.get("Stripe-Signature", ""))
        event = parsed(payload)
    except (BadSignature, ValueError) as error:
        _warn(error)
        return HttpResponse("Not accepted.", status=400, content_type="text/plain")
    store(event)
    return HttpResponse("Stored.", content_type="text/plain")


def _length(request) -> int:
    """What the caller says; Django reads nothing of a body whose length is no number."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def verified(body: bytes, header: str) -> str:
    """The text of `body`, if one of the configured secrets signed it within 300 s of now, either way.

    stripe-python accepts times in the future, so they are checked here as well.
    https://docs.stripe.com/webhooks#verify-manually. Raises BadSignature, or ValueError for bytes that are no UTF-8.
    """
    text = body.decode("utf-8")
    if not header.isascii():
        raise BadSignature("The signature is not ASCII.")
    stamp = next((part[2:] for part in header.split(",") if part.startswith("t=")), "")
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        raise BadSignature("The time of the signature is missing.")
    if not any(_signed(text, header, secret) for secret in settings.STRIPE_WEBHOOK_SECRETS):
        raise BadSignature("No configured secret signed these bytes.")
    if abs(ahead := int(stamp) - round(time.time())) > TOLERANCE:
        raise ClockSkew(f"It was signed {abs(ahead)} s {'after' if ahead > 0 else 'before'} now by our clock.")
    return text


def _signed(text: str, header: str, secret: str) -> bool:
    try:
        return stripe.WebhookSignature.verify_header(text, header, secret)
    except stripe.SignatureVerificationError:
        return False


def parsed(payload: str) -> StripeEvent:
    """The unsaved event of a verified JSON text. Raises ValueError for anything that is not a v1 event."""
    try:
        data = json.loads(payload)
        if data["object"] != "event" or not isinstance(data["livemode"], bool):
            raise ValueError("Not an event.")
        return StripeEvent(
            event_id=_text("event_id", data["id"]),
            type=_text("type", data["type"]),
            object_id=_text("object_id", data["data"]["object"].get("id") or ""),
            livemode=data["livemode"],
            api_version=_text("api_version", data["api_version"] or ""),
            created=datetime.fromtimestamp(data["created"], UTC),
            payload=payload,
        )
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError, OSError) as error:
        raise ValueError(f"Not an event of Stripe's v1 API: {error!r}.") from error


def _text(column: str, value) -> str:
    """A text that the column holds. Raises TypeError, or ValueError as the rest of `parsed`."""
    field = StripeEvent._meta.get_field(column)
    if not isinstance(value, str):
        raise TypeError(f"{column} is no text")
    value.encode()  # half a character, which JSON can write, is a ValueError
    if len(value) > field.max_length or "\x00" in value or not (value or field.blank):
        raise ValueError(f"Not an event: its {column} is empty, too long or holds a NUL.")
    return value


def store(event: StripeEvent) -> bool:
    """Keep the event and the job that applies it in one statement. False when the event is known already.

    An event that nothing here handles gets no job: it would only stand in the way of money.
    """
    if event.type not in HANDLERS:
        fields = {name: getattr(event, name) for name in COLUMNS if name != "event_id"}
        unhandled = {"state": StripeEvent.State.UNHANDLED, "error": no_handler(event.type)}
        return StripeEvent.objects.get_or_create(event_id=event.event_id, defaults=fields | unhandled)[1]
    values = {name: getattr(event, name) for name in COLUMNS}
    return Job.enqueue_with("billing.apply_event", INSERT, values) is not None


def _warn(error: Exception) -> None:
    """An alert for the first refused call of a minute, and a critical one when they come in a burst.

    Calls that Stripe did sign, at another time than ours, have an alert of their own: forged ones must not hide them.
    """
    global _minute, _refused, _skewed
    now = time.monotonic()
    if now - _minute >= MINUTE:
        _minute, _refused, _skewed = now, 0, False
    if isinstance(error, ClockSkew):
        if not _skewed:
            title = "Clock skew: calls that Stripe signed are refused"
            detail = f"{error} Set this machine's clock; Stripe sends again what was refused, for three days."
            raise_alert("billing.webhook.clock", title, detail, severity="bad", url="/admin/billing/")
        _skewed = True
        return
    _refused += 1
    detail = f"{error} Forged calls are harmless; if they are Stripe's own, check STRIPE_WEBHOOK_SECRET."
    if _refused == 1:
        raise_alert("billing.webhook.refused", "Webhook calls were refused", detail, url="/admin/billing/")
    elif _refused == BURST:
        title = f"A burst of refused webhook calls: {BURST} within a minute"
        raise_alert("billing.webhook.burst", title, detail, severity="bad", url="/admin/billing/")
