"""What goes wrong on the way of an event to the project, on order: lost, late, twice, in another order, or not ours."""

from dataclasses import asdict, dataclass

from stripesandbox import clock, orders
from stripesandbox.errors import StripeError
from stripesandbox.models import Delivery, Record

LIST = "mishaps"

KINDS = {
    "duplicate": "Deliver it twice",
    "reorder": "Deliver in reverse order",
    "delay": "Deliver it late",
    "drop": "Lose it for good",
    "livemode": "Claim to be live mode",
    "api_version": "Use another API version",
    "forged": "Sign it with a wrong secret",
    "stale": "Sign it ten minutes ago",
}
OTHER_VERSION = "2024-06-20"
STEP = 0.2  # seconds between letters that go out in reverse
LOST = "Lost on the way: the sandbox was told to lose it."


@dataclass(frozen=True)
class Mishap:
    """One kind of trouble for the next `times` events (None: for all) whose type begins with `types`."""

    kind: str
    types: str = ""
    times: int | None = None
    seconds: float = 3

    def __post_init__(self):
        if self.kind not in KINDS:
            raise StripeError(f"There is no mishap {self.kind}: choose one of {', '.join(KINDS)}.", param="kind")
        if self.times is not None and self.times < 1:
            raise StripeError("A mishap happens at least once.", param="times")


def order(mishap: Mishap) -> dict:
    """From now on, `times` times or until it is switched off. What is lost stays lost."""
    return orders.add(LIST, asdict(mishap))


def strike(type: str) -> Mishap | None:
    """The mishap that meets this event, if any. Runs in the write transaction of the event."""
    struck = orders.take(LIST, lambda order: type.startswith(order["types"]))
    return Mishap(**{name: value for name, value in struck.items() if name != "id"}) if struck else None


def post(event: Record, endpoint: Record, mishap: Mishap | None) -> None:
    """Put the letter in the box, as it should be or not."""
    letter = Delivery(event=event, endpoint=endpoint, due_at=clock.seconds(), created=event.created)
    match mishap and mishap.kind:
        case "duplicate":
            facts = {"event": event, "endpoint": endpoint, "due_at": clock.seconds(), "created": event.created}
            Delivery.objects.create(**facts, twist={"copy": True})
        case "delay":
            letter.due_at += mishap.seconds
        case "reorder":
            letter.due_at = _before_all_others(endpoint, mishap.seconds)
            letter.twist = {"held": True}
        case "drop":
            letter.state = Delivery.FAILED
            letter.attempts = [{"at": clock.seconds(), "status": None, "answer": LOST, "seconds": 0}]
        case "livemode" | "api_version" | "forged" | "stale":
            letter.twist = {mishap.kind: True}
    letter.save()


def _before_all_others(endpoint: Record, seconds: float) -> float:
    """The newest letter leaves first: all that are held move back by one step."""
    held = Delivery.objects.filter(endpoint=endpoint, state=Delivery.PENDING, attempts=[], twist__held=True)
    start = clock.seconds() + seconds
    for place, earlier in enumerate(held.order_by("-id"), 1):
        earlier.due_at = start + place * STEP
        earlier.save(update_fields=["due_at"])
    return start
