"""Events: what happened, in Stripe's words, and who is to be told."""

import typing
from dataclasses import dataclass

import stripe
from django.db import transaction

from stripesandbox import clock, courier, mishaps, records
from stripesandbox.models import Record

TYPES = typing.get_args(typing.get_type_hints(stripe.Event)["type"])
KEPT_FOR = 30 * 24 * 3600


@dataclass(frozen=True)
class Cause:
    """The API request behind a change; a change made on a page or by the clock has none."""

    request_id: str | None = None
    idempotency_key: str | None = None
    version: str = stripe.api_version


def emit(cause: Cause, type: str, record: Record, previous: dict | None = None) -> Record:
    """Store an event with a snapshot of the object, and a delivery for every endpoint that asked for its type.

    What happened in the past is told to nobody any more: Stripe tries for three days.
    """
    told = [
        endpoint
        for endpoint in Record.objects.filter(kind="webhook_endpoint", wire__status="enabled")
        if not clock.is_past() and ("*" in endpoint["enabled_events"] or type in endpoint["enabled_events"])
    ]
    data = {"object": dict(record.wire)}
    if previous is not None:
        data["previous_attributes"] = previous
    event = records.add(
        "event",
        "evt",
        {
            "api_version": cause.version,
            "data": data,
            "pending_webhooks": len(told),
            "request": {"id": cause.request_id, "idempotency_key": cause.idempotency_key},
            "type": type,
        },
    )
    mishap = mishaps.strike(type) if told else None
    for endpoint in told:
        mishaps.post(event, endpoint, mishap)
    transaction.on_commit(courier.wake)
    return event


def kept():
    """The events that Stripe still answers: those of the last 30 days, newest first."""
    return records.of("event").filter(created__gt=clock.seconds() - KEPT_FOR)


def matching(type: str) -> dict:
    """The filter for a type, or for a group of them: `charge.dispute.*`."""
    return {"wire__type__startswith": type[:-1]} if type.endswith("*") else {"wire__type": type}
