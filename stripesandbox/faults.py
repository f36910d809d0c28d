"""Trouble on order: a slow Stripe, a broken Stripe, an answer that gets lost after the work was done."""

import time
from dataclasses import dataclass

from django.db import transaction

from stripesandbox.errors import StripeError
from stripesandbox.models import Switch


@dataclass(frozen=True)
class Fault:
    """`seconds` of delay and, if set, the error `status`; before the work is done, or after."""

    seconds: float = 0
    status: int | None = None
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
        if self.status:
            raise StripeError("The sandbox was told to fail.", status=self.status, type="api_error")


def order(fault: Fault) -> None:
    """From now on, `times` times (or until cleared), for paths that begin with `path`."""
    Switch.objects.update_or_create(name="fault", defaults={"value": fault.__dict__})


def clear() -> None:
    """All is well again."""
    Switch.objects.filter(name="fault").delete()


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
