"""Trouble of the API on order: slow, silent, broken, or an answer that gets lost after the work was done."""

import socket
import struct
import time
from contextlib import suppress
from dataclasses import asdict, dataclass

from stripesandbox import orders
from stripesandbox.errors import StripeError

LIST = "faults"
SILENCE = 60  # seconds that a silent API keeps a caller waiting; nobody's patience lasts so long


class Cut(Exception):
    """The connection breaks instead of an answer."""


@dataclass(frozen=True)
class Fault:
    """`seconds` of delay, then the error `status`, a `reset` of the connection or `silent`; before the work, or after.

    It meets calls whose path begins with `path` and whose method is `method`, `times` times or until switched off.
    """

    seconds: float = 0
    status: int | None = None
    reset: bool = False
    silent: bool = False
    when: str = "before"
    path: str = ""
    method: str = ""
    times: int | None = None

    def __post_init__(self):
        if self.when not in ("before", "after"):
            raise StripeError(f"A fault happens before or after the work, not {self.when}.", param="when")
        if self.times is not None and self.times < 1:
            raise StripeError("A fault happens at least once.", param="times")
        if self.status and not 400 <= self.status <= 599:
            raise StripeError(f"{self.status} is no error.", param="status")

    def before(self) -> None:
        if self.when == "before":
            self._happen()

    def after(self) -> None:
        if self.when == "after":
            self._happen()

    def _happen(self) -> None:
        time.sleep(SILENCE if self.silent else self.seconds)
        if self.reset or self.silent:
            raise Cut
        if self.status:
            code, type = ("rate_limit", "invalid_request_error") if self.status == 429 else (None, "api_error")
            raise StripeError("The sandbox was told to fail.", status=self.status, type=type, code=code)


def order(fault: Fault) -> dict:
    """From now on, `times` times or until it is switched off."""
    return orders.add(LIST, asdict(fault))


def cut(request) -> None:
    """Reset the caller's connection, as a network does that loses an answer."""
    connection = request.META.get("gunicorn.socket")
    if connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def strike(method: str, path: str) -> Fault | None:
    """The fault that meets this request, if any; its `before` part has then happened."""
    struck = orders.take(LIST, lambda order: path.startswith(order["path"]) and order["method"] in ("", method))
    if struck is None:
        return None
    fault = Fault(**{name: value for name, value in struck.items() if name != "id"})
    fault.before()
    return fault
