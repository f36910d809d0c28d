"""What happens by itself: a session expires, a bank debit settles."""

import time

from django.db import transaction

from stripesandbox import records
from stripesandbox.events import Cause
from stripesandbox.models import Timer


def set_timer(seconds_from_now: float, verb: str, target: str) -> None:
    """Let `verb` happen to `target` later."""
    Timer.objects.create(due_at=time.time() + seconds_from_now, verb=verb, target=target)


def run_due() -> None:
    """Do what is due. A timer whose object has moved on does nothing."""
    for timer in Timer.objects.filter(due_at__lte=time.time()).order_by("due_at")[:50]:
        with transaction.atomic():
            if Timer.objects.filter(id=timer.id).delete()[0]:
                _act(timer)


def _act(timer: Timer) -> None:
    from stripesandbox import payments, refunds, sessions

    record = records.find(timer.target)
    if record is None:
        return
    match timer.verb:
        case "expire_session":
            if record["status"] == "open" and record["expires_at"] <= time.time():
                sessions.expire_record(Cause(), record)
        case "settle" | "bounce":
            if record["status"] == "processing":
                payments.settle(Cause(), record, succeed=timer.verb == "settle")
        case "fail_refund":
            refunds.fail(Cause(), record, "lost_or_stolen_card")
        case "complete_refund":
            refunds.complete(Cause(), record)
