"""Deliver events to webhook endpoints, beside the API and never in its way."""

import hashlib
import hmac
import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import httpx
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min

from stripesandbox import clock, mishaps
from stripesandbox.models import Delivery, Record, Switch

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.5
KEPT_OF_ANSWER = 2000

_bell = threading.Event()


def wake() -> None:
    """Something is to be delivered."""
    _bell.set()


def start() -> None:
    """Deliver in the background for as long as this process lives; what a former one left behind comes first."""
    Delivery.objects.filter(state=Delivery.SENDING).update(state=Delivery.PENDING)
    threading.Thread(target=_run, name="courier", daemon=True).start()


def _run() -> None:
    from stripesandbox import timers

    pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="delivery")
    in_line = ThreadPoolExecutor(max_workers=1, thread_name_prefix="delivery-in-line")
    with pool, in_line:
        while True:
            try:
                timers.run_due()
                claimed = [] if paused() else claim()
                ordered = set(Delivery.objects.filter(id__in=claimed, twist__held=True).values_list("id", flat=True))
                for delivery_id in claimed:
                    (in_line if delivery_id in ordered else pool).submit(_send_and_close, delivery_id)
            except Exception:
                log.exception("The courier stumbled and goes on.")
                claimed = []
            if not claimed:
                _bell.wait(_until_next())
            _bell.clear()


def _until_next() -> float:
    due = Delivery.objects.filter(state=Delivery.PENDING).aggregate(first=Min("due_at"))["first"]
    return min(IDLE_SECONDS, max(0.02, due - clock.seconds())) if due and not paused() else IDLE_SECONDS


def paused() -> bool:
    """Tests hold deliveries back to look at them, drop them or send them in another order."""
    return Switch.objects.filter(name="paused", value=True).exists()


def claim(limit: int = 20) -> list[int]:
    """Take deliveries that are due, each by one courier only."""
    due = Delivery.objects.filter(state=Delivery.PENDING, due_at__lte=clock.seconds()).order_by("due_at", "id")
    ids = list(due.values_list("id", flat=True)[:limit])
    return [
        id for id in ids if Delivery.objects.filter(id=id, state=Delivery.PENDING).update(state=Delivery.SENDING) == 1
    ]


def _send_and_close(delivery_id: int) -> None:
    try:
        send(delivery_id)
    except Exception:
        log.exception("Delivery %s broke.", delivery_id)
        Delivery.objects.filter(id=delivery_id).update(state=Delivery.PENDING, due_at=clock.seconds() + 5)
    finally:
        connection.close()


def send(delivery_id: int) -> dict:
    """One attempt, outside any transaction; what came of it is written down."""
    delivery = Delivery.objects.select_related("event", "endpoint").get(id=delivery_id)
    body, headers = letter(delivery)
    attempt, started = {"at": clock.seconds(), "status": None, "answer": ""}, time.monotonic()
    try:
        answer = _client().post(delivery.endpoint["url"], content=body, headers=headers)
        attempt |= {"status": answer.status_code, "answer": answer.text[:KEPT_OF_ANSWER]}
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        attempt["answer"] = f"{type(error).__name__}: {error}"
    attempt["seconds"] = round(time.monotonic() - started, 3)
    return _write_down(delivery_id, attempt)


@cache
def _client() -> httpx.Client:
    fresh = httpx.Limits(max_keepalive_connections=0)  # an endpoint that restarts must not cost an attempt
    return httpx.Client(timeout=settings.SANDBOX_WEBHOOK_TIMEOUT, trust_env=False, limits=fresh)


def _write_down(delivery_id: int, attempt: dict) -> dict:
    with transaction.atomic():
        delivery = Delivery.objects.select_related("event").get(id=delivery_id)
        delivered_before = any(_accepted(earlier) for earlier in delivery.attempts)
        delivery.attempts.append(attempt)
        if _accepted(attempt):
            delivery.state = Delivery.DELIVERED
            if not delivered_before and not delivery.twist.get("copy"):
                event = delivery.event
                event.change(pending_webhooks=max(0, event["pending_webhooks"] - 1))
        elif delivered_before:
            delivery.state = Delivery.DELIVERED
        elif len(delivery.attempts) <= len(settings.SANDBOX_RETRY_SECONDS):
            delivery.state = Delivery.PENDING
            delivery.due_at = clock.seconds() + settings.SANDBOX_RETRY_SECONDS[len(delivery.attempts) - 1]
        else:
            delivery.state = Delivery.FAILED
        delivery.save()
    return attempt


def _accepted(attempt: dict) -> bool:
    return attempt["status"] is not None and 200 <= attempt["status"] < 300


def letter(delivery: Delivery) -> tuple[bytes, dict]:
    """The exact bytes and headers of a delivery, signed now, in the endpoint's own API version."""
    event = dict(delivery.event.wire)
    event["api_version"] = delivery.endpoint["api_version"] or event["api_version"]
    twist = delivery.twist
    if twist.get("livemode"):
        event["livemode"] = True
    if twist.get("api_version"):
        event["api_version"] = mishaps.OTHER_VERSION
    body = json.dumps(event, indent=2).encode()
    signers = ["whsec_of_somebody_else"] if twist.get("forged") else secrets_of(delivery.endpoint)
    signed_at = int(time.time()) - (600 if twist.get("stale") else 0)
    return body, {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": signature(body, signers, signed_at),
    }


def secrets_of(endpoint: Record) -> list[str]:
    """The signing secret, and the one before it for as long as a roll lets it live."""
    former = endpoint.private.get("former_secret")
    live = former and endpoint.private["former_secret_until"] > clock.seconds()
    return [endpoint.private["secret"], *([former] if live else [])]


def signature(body: bytes, secrets: list[str], timestamp: int) -> str:
    """Stripe-Signature: HMAC-SHA256 of "timestamp.body", once per secret."""
    signed = f"{timestamp}.".encode() + body
    marks = [f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets]
    return ",".join([f"t={timestamp}", *marks])
