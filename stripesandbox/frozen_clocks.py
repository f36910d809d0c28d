"""Test clocks. The sandbox has one clock: each of them is a handle on it, and moves all that is in the sandbox.

Advancing answers `advancing` and has happened when the answer is there, as a second look shows: `ready`.
"""

from django.db import transaction

from stripesandbox import clock, events, records, timers
from stripesandbox.errors import StripeError
from stripesandbox.events import Cause
from stripesandbox.models import Record, now

KIND, URL = "test_helpers.test_clock", "/v1/test_helpers/test_clocks"
KEPT_FOR = 30 * 24 * 3600
LEAP = 2 * 366 * 24 * 3600
READY = {"status": "ready", "status_details": {}}


def create(cause, params):
    """POST /v1/test_helpers/test_clocks"""
    moment = params["frozen_time"]
    fields = {"deletes_after": now() + KEPT_FOR, "frozen_time": moment, "name": params.get("name"), **READY}
    made = records.add(KIND, "clock", fields)
    events.emit(cause, f"{KIND}.created", made)
    transaction.on_commit(lambda: timers.travel(moment))
    return made.wire


def advance(cause, params, id):
    """POST /v1/test_helpers/test_clocks/:id/advance"""
    found, moment = records.get(KIND, id), params["frozen_time"]
    if moment <= clock.seconds():
        raise StripeError("A test clock can only be advanced to a time in the future.", param="frozen_time")
    if moment > clock.seconds() + LEAP:
        raise StripeError("A test clock cannot be advanced by more than two years at once.", param="frozen_time")
    details = {"advancing": {"target_frozen_time": moment}}
    before = found.change(status="advancing", status_details=details)
    events.emit(cause, f"{KIND}.advancing", found, before)
    transaction.on_commit(lambda: _arrive(found, moment))
    return dict(found.wire)


def _arrive(found: Record, moment: int) -> None:
    timers.travel(moment)
    with transaction.atomic():
        before = found.change(frozen_time=moment, **READY)
        events.emit(Cause(), f"{KIND}.ready", found, before)
