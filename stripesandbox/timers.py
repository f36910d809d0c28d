"""What happens by itself: a session expires, a bank debit settles, a deadline passes, a payout arrives."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import F

from stripesandbox import clock, courier, records
from stripesandbox.errors import StripeError
from stripesandbox.events import Cause
from stripesandbox.models import Delivery, Record, Timer


def set_timer(seconds_from_now: float, verb: str, target: str) -> None:
    """Let `verb` happen to `target` later."""
    Timer.objects.create(due_at=clock.seconds() + seconds_from_now, verb=verb, target=target)


def drop_timers(target: str) -> None:
    """The object has come to its end: nothing happens to it by itself any more."""
    Timer.objects.filter(target=target).delete()


def run_due() -> None:
    """Do what is due. A timer whose object has moved on does nothing."""
    for timer in Timer.objects.filter(due_at__lte=clock.seconds()).order_by("due_at")[:50]:
        _run(timer)


def travel(moment: float | None) -> None:
    """Move the clock; what falls due on the way happens at its own time, in its order."""
    before = clock.seconds()
    while moment and (timer := Timer.objects.filter(due_at__lte=moment).order_by("due_at").first()):
        clock.set_to(max(timer.due_at, clock.seconds()))
        _run(timer)
    clock.set_to(moment)
    if (back := before - clock.seconds()) > 0:  # what waits for its next try waits as long as before
        waiting = Delivery.objects.filter(state=Delivery.PENDING, due_at__gt=clock.seconds())
        waiting.update(due_at=F("due_at") - back)
    courier.wake()


def live_through(moment: float, targets: Callable[[], list[str]]) -> None:
    """In the past: what falls due for these objects until then happens at its own time."""
    while timer := Timer.objects.filter(due_at__lte=moment, target__in=targets()).order_by("due_at", "id").first():
        clock.travel(timer.due_at)
        _run(timer)
    clock.travel(moment)


def _run(timer: Timer) -> None:
    with transaction.atomic():
        if Timer.objects.filter(id=timer.id).delete()[0]:
            _act(timer)


def _act(timer: Timer) -> None:
    from stripesandbox import payouts

    record = records.find(timer.target)
    if timer.verb == "daily_payout":
        payouts.pay_out_daily(Cause())
    elif record is not None:
        _happen(timer.verb, record)


def _happen(verb: str, record: Record) -> None:
    from stripesandbox import disputes, payments, payouts, refunds, renewals, sessions, subscriptions

    match verb:
        case "expire_session":
            if record["status"] == "open" and record["expires_at"] <= clock.seconds():
                sessions.expire_record(Cause(), record)
        case "settle" | "bounce":
            if record["status"] == "processing":
                payments.settle(Cause(), record, succeed=verb == "settle")
        case "renew":
            renewals.renew(Cause(), record)
        case "finalize_invoice":
            renewals.finalize(Cause(), record)
        case "retry_invoice":
            renewals.collect(Cause(), record)
        case "expire_incomplete":
            subscriptions.expire(Cause(), record)
        case "fail_refund":
            refunds.fail(Cause(), record, "lost_or_stolen_card")
        case "complete_refund":
            if record["status"] == "pending":  # one that waits for the customer arrives when they have answered
                refunds.complete(Cause(), record)
        case "deadline":
            disputes.pass_deadline(Cause(), record)
        case "close_warning":
            _if_still_possible(disputes.step, record, "close_warning")
        case "send_payout":
            _if_still_possible(payouts.send, record)
        case "pay_payout":
            _if_still_possible(payouts.pay, record)


def _if_still_possible(verb, record, *arguments) -> None:
    try:
        verb(Cause(), record, *arguments)
    except StripeError:
        return  # somebody was faster
