"""What the adapters share: a row before the call, the call, and what became of it on the row."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from poemvision.outside import Failure, NotSent, Provider, Rejected
from pricing import costs

Made = TypeVar("Made")


class Failed(Exception):
    """Nothing was made. The text is a sentence for the person who asked."""


BUSY = "The model did not answer. Nothing was charged; try again in a minute."


def make(
    service: str,
    at: str,
    provider: Provider,
    path: str,
    body: dict,
    read: Callable[[dict], Made],
    *,
    key: str,
    cut_id: int | None = None,
    **limits,
) -> Made:
    """Ask once under `key`, book what it costs, and return what `read` finds in the answer. Outside a transaction.

    The same key is never sent twice: these interfaces cannot be asked what became of a call.
    """
    call = costs.ask(service, at, key, cut_id=cut_id)
    if not call.is_new:
        raise Failed("This was asked for already, and nothing came of it. Start again.")
    try:
        answer = provider.ask("POST", path, body, **limits)
    except (NotSent, Rejected) as error:
        call.failed(str(error))
        raise Failed(BUSY) from error
    except Failure as error:
        call.unknown(str(error))
        raise Failed(BUSY) from error
    call.answered(external_id=str(answer.get("id") or "")[:200], reported=_reported(answer))
    try:
        return read(answer)
    except (KeyError, IndexError, AttributeError, TypeError, ValueError) as error:
        raise Failed("What came back could not be used. Try again.") from error


def _reported(answer: dict) -> Decimal | None:
    """Some providers say in US dollars what it cost; most do not."""
    said = (answer.get("usage") or {}).get("cost")
    try:
        cost = None if said is None else Decimal(str(said))
    except InvalidOperation:
        return None
    return cost if cost is not None and cost.is_finite() and 0 <= cost < 1000 else None
