"""Trouble on order: a slow Stripe, a broken Stripe, an answer that gets lost after the work was done."""

import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction

from stripesandbox.errors import StripeError
from stripesandbox.models import Switch


class Cut(Exception):
    """The connection breaks instead of an answer."""


@dataclass(frozen=True)
class Fault:
    """`seconds` of delay, then the error `status` or a `reset` of the connection; before the work is done, or after."""

    seconds: float = 0
    status: int | None = None
    reset: bool = False
    when: str = "before"
    path: str = ""
    times: int | None = None

    def before(self) -> None:
        if self.when == "before":
            self._happen()

    def after(self) -> None:
        if self.when == "after":
            self._happen()

    def _happen(self) -> None:
        time.sleep(self.seconds)
        if self.reset:
            raise Cut
        if self.status:
            code, type = ("rate_limit", "invalid_request_error") if self.status == 429 else (None, "api_error")
            raise StripeError("The sandbox was told to fail.", status=self.status, type=type, code=code)


def order(fault: Fault) -> None:
    """From now on, `times` times (or until cleared), for paths that begin with `path`."""
    Switch.objects.update_or_create(name="fault", defaults={"value": fault.__dict__})


def clear() -> None:
    """All is well again."""
    Switch.objects.filter(name="fault").delete()


def ordered() -> Fault | None:
    """What is ordered at the moment."""
    switch = Switch.objects.filter(name="fault").first()
    return Fault(**switch.value) if switch else None


def cut(request) -> None:
    """Reset the caller's connection, as a network does that loses an answer."""
    connection = request.META.get("gunicorn.socket")
    if connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def strike(path: str) -> Fault | None:
    """The fault that meets this request, if any; its `before` part has then happened."""
    if not Switch.objects.filter(name="fault").exists():
        return None
    with transaction.atomic():
        switch = Switch.objects.filter(name="fault").first()
        fault = Fault(**switch.value) if switch else None
        if fault is None or not path.startswith(fault.path):
            return None
        if fault.times is not None:
            switch.value["times"] -= 1
            switch.save() if switch.value["times"] > 0 else switch.delete()
    fault.before()
    return fault
