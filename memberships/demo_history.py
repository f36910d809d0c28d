"""Premium in the demo's history: lived at the local sandbox at the time of the story, and told as Stripe tells it.

Each time on it is one script, played once by its name; its events are applied day by day by those who apply Stripe's,
with the clock standing at the moment of each.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from accounts.models import User
from billing.demo_history import play
from billing.stripe_events import HANDLERS
from memberships import checkout
from memberships.models import Enrolment
from ui import clock

NAMESPACE = uuid.UUID("0b8f4c0e-6c3c-4a7e-8d5e-2f9d1c7b5a10")
FIRST = {"customer.subscription.created"}


@dataclass(frozen=True)
class Told:
    """One event of it."""

    type: str
    at: datetime
    object: dict


def live(number: int, email: str, begins: datetime, until: datetime, steps, country: str) -> list[Told]:
    """A time on Premium, from its first payment to `until`, and what Stripe told of it. Outside a transaction.

    Steps are (seconds after the beginning, verb, choice), in order. The first one is `subscribe`, which
    chooses an interval, as `switch` does.
    """
    lines = []
    for after, verb, choice in steps:
        if verb in ("subscribe", "switch"):
            choice = f"price={checkout.at_stripe(checkout.price_now(choice)).stripe_id}"
        who = f" email={email} country={country} enrolment={_public_id(number, begins)}" if verb == "subscribe" else ""
        lines.append(f"+{after}s {verb} {choice}{who}")
    lines.append(f"+{int((until - begins).total_seconds())}s wait")
    made = play(f"premium {email} {begins:%y%m%d}", lines, int(begins.timestamp()))
    return [Told(one["type"], datetime.fromtimestamp(one["created"], UTC), one["object"]) for one in made["events"]]


def tell(told: Told, number: int, member: User) -> None:
    """Apply one event as of its time, in a transaction of the caller."""
    if told.type in FIRST:
        _enrol(told, number, member)
    if handler := HANDLERS.get(told.type):
        with clock.standing(told.at):
            handler(told.object, told.at)


def _enrol(told: Told, number: int, member: User) -> None:
    """The choice that stands behind a subscription."""
    public_id = uuid.UUID(told.object["metadata"]["enrolment"])
    price = checkout.price_now(told.object["items"]["data"][0]["price"]["recurring"]["interval"])
    facts = {"price": price, "status": Enrolment.Status.COMPLETE, "subscription_id": told.object["id"]}
    times = {"created_at": told.at, "expires_at": told.at + checkout.LIFETIME}
    Enrolment.objects.get_or_create(public_id=public_id, defaults={"member": member, **facts, **times})


def _public_id(number: int, begins: datetime) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"{number}:{begins:%y%m%d}")
