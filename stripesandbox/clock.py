"""The sandbox's clock: the real one, or moved by hand, so that nobody waits two days for a payout.

Everything that Stripe dates follows it: created, expiries, deadlines, timers, retries of webhooks. Only signatures are
made by the real clock, because the project that checks them has no other; so is the time at which a page that it asks
for ends, which is moved along.
"""

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import transaction

_moved: dict[str, float] = {}  # read from the database once; the sandbox is one process
_past = threading.local()


def seconds() -> float:
    """Unix seconds by the sandbox's clock."""
    if is_past():
        return _past.moment
    return _moved["stands"] if "stands" in _moved else time.time() + ahead()


def ahead() -> float:
    """How far the clock was moved; below zero when it stands in the past."""
    if "by" not in _moved:
        from stripesandbox.models import Switch

        kept = Switch.objects.filter(name="clock").first()
        _moved["by"] = kept.value if kept else 0.0
    return _moved["by"]


def by_hands(moment: int) -> int:
    """A moment that a caller told by the real clock. In a script or of the past they go by these hands already."""
    return moment if is_past() or "stands" in _moved else moment + int(ahead())


def set_to(moment: float | None) -> None:
    """Move the hands; None goes back to real time. What falls due on the way is the timers' business."""
    from stripesandbox.models import Switch

    by = 0.0 if moment is None else moment - time.time()
    if moment is None:
        Switch.objects.filter(name="clock").delete()
    else:
        Switch.objects.update_or_create(name="clock", defaults={"value": by})
    moved = {"by": by, "stands": moment} if "stands" in _moved else {"by": by}
    transaction.on_commit(lambda: _moved.update(moved))


@contextmanager
def standing_still():
    """The hands move only when they are moved, in whole seconds: a script has the same times whenever it plays."""
    _moved["stands"] = int(seconds())
    try:
        yield
    finally:
        del _moved["stands"]


@contextmanager
def past():
    """`travel` moves this thread alone, and nobody is told: history is made beside a site that lives in the present."""
    _past.moment = seconds()
    try:
        yield
    finally:
        del _past.moment


def travel(moment: float) -> None:
    """Move the hands of `past`."""
    _past.moment = moment


def is_past() -> bool:
    """Whether what happens now happened long ago."""
    return hasattr(_past, "moment")


def today():
    """The date in UTC."""
    return datetime.fromtimestamp(seconds(), UTC).date()


def shown(request) -> dict:
    """For the ribbon of every page."""
    by = ahead()
    return {"clock": {"now": seconds(), "by": by, "moved": abs(by) >= 1}}
