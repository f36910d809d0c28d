"""The proof that nothing is missing: list what Stripe did, match it three ways, repair what can be, and match again."""

import time
from datetime import date, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

import tunables.values
from alerts.models import raise_alert, settle
from audit.models import record
from billing import backfill, balance, matching, repairs, stripe_events, totals
from billing.models import BalanceListing, Difference, Reconciliation, StripeEvent
from jobs.models import Job

FAILED = "billing.reconciliation.failed"
SLICE = 120  # seconds of one go; a job that has more to do goes on in the next, long before a worker's time limit
BATCH, MOST = 50, 500  # repairs between two matches, and in one run; what is left has a button, and the next run
State = Reconciliation.State


class Running(Exception):
    """A reconciliation is running already; it is the first argument."""


def start(*, by=None, day: date | None = None) -> Reconciliation:
    """Begin a run, for a person or for the schedule (`day` is then the business day that it proves). Raises Running."""
    give_up_dead()
    try:
        with transaction.atomic():
            run = Reconciliation.objects.create(by=by, day=day)
            run.job_number = Job.enqueue("billing.reconcile", {"reconciliation": run.pk}).pk
            run.save(update_fields=["job_number"])
            if by:
                record(by, "reconciliation.started", run)
    except IntegrityError as error:
        running = Reconciliation.objects.filter(state=State.RUNNING).first()
        raise Running(running) from error
    return run


def start_daily() -> Reconciliation | None:
    """The run for yesterday, by the business time zone, unless it was made or another is under way."""
    yesterday = timezone.now().astimezone(tunables.values.business_zone()).date() - timedelta(days=1)
    done = Reconciliation.objects.filter(day=yesterday).exclude(state=State.FAILED)
    if not settings.STRIPE_SECRET_KEY or done.exists():
        return None
    try:
        return start(day=yesterday)
    except Running:
        return None


def give_up_dead() -> None:
    """A run whose job is over without it, because its workers were killed or a person cancelled it, has failed."""
    for run in Reconciliation.objects.filter(state=State.RUNNING):
        job = Job.objects.filter(pk=run.job_number).first()
        if job is None or job.is_over:
            fail(run, "Its job ended before it did.")


def carry_out(run: Reconciliation, say=lambda percent, note: None) -> None:
    """Do the run, or go on with it: whatever an earlier try has listed and repaired stays done.

    `say` is told the percentage and what is being done. Raises balance.Unfinished when its slice of time is over, and
    the errors of `stripe_api.call`; nothing is claimed before the end.
    """
    deadline = time.monotonic() + SLICE
    say(0, "Fetching missed events")
    _apply_missed_events()
    say(10, "Listing Stripe’s balance transactions")
    _list_all(run, say, deadline)
    say(60, "Matching")
    matched = matching.match()
    while _repair_some(run, say, deadline):
        matched = matching.match()
    _finish(run, matched)
    say(100, "Done")


def note_trouble(run: Reconciliation, error: Exception) -> None:
    """It waits, or will be tried again: said on the run, which goes on where it was."""
    Reconciliation.objects.filter(pk=run.pk, state=State.RUNNING).update(error=f"{error} It goes on by itself.")


def fail(run: Reconciliation, error) -> None:
    """It came to nothing: no figure is claimed."""
    ended = {"state": State.FAILED, "finished_at": timezone.now(), "error": str(error)}
    if Reconciliation.objects.filter(pk=run.pk, state=State.RUNNING).update(**ended):
        raise_alert(FAILED, "A reconciliation with Stripe failed", str(error), severity="bad", url=matching.URL)


def _apply_missed_events() -> None:
    """Events that the webhook missed, applied now: their own jobs then find nothing left to do."""
    began = timezone.now()
    if backfill.fetch_missed().found:
        new = StripeEvent.objects.filter(state=StripeEvent.State.NEW, received_at__gte=began)
        for pk in new.order_by("created", "pk").values_list("pk", flat=True):
            stripe_events.apply_event(pk)


def _list_all(run: Reconciliation, say, deadline: float) -> None:
    """List what is new. If the sum of the list is then not what Stripe says it holds, list everything again, once."""

    def listed(found: int) -> None:
        say(30, f"{found:,} new balance transactions")

    balance.fetch_new(say=listed, deadline=deadline)
    run.stripe_balance = totals.compare()
    if totals.is_off() and not BalanceListing.objects.filter(since=None, started_at__gte=run.started_at).exists():
        balance.begin(None)
        balance.fetch_new(say=listed, deadline=deadline)
        run.stripe_balance = totals.compare()


def _repair_some(run: Reconciliation, say, deadline: float) -> int:
    """Repair what nothing but a lost message kept out of the books, each at most once a run; how many were tried."""
    tried = Difference.objects.filter(tried_at__gte=run.started_at).count()
    todo = Difference.objects.open().filter(kind__in=repairs.BY_ITSELF).exclude(tried_at__gte=run.started_at)
    todo = list(todo.in_order()[: max(0, min(BATCH, MOST - tried))])
    for difference in todo:
        if time.monotonic() > deadline:
            raise balance.Unfinished("Repairs go on.")
        say(80, f"Repairing: {difference}"[:200])
        repairs.repair(difference)
    return len(todo)


def _finish(run: Reconciliation, matched: matching.Matched) -> None:
    settled = Difference.objects.filter(settled_at__gte=run.started_at, tried_at__gte=run.started_at)
    figures = {
        "state": State.DONE,
        "finished_at": timezone.now(),
        "error": "",
        "repaired": settled.count(),
        "differences": Difference.objects.open().count(),
        "unexplained": matching.unexplained(),
        "stripe_balance": run.stripe_balance,
        **{
            name: getattr(matched, name)
            for name in ("rows", "matched", "stripe_total", "ledger_total", "waiting", "on_its_way")
        },
    }
    if Reconciliation.objects.filter(pk=run.pk, state=State.RUNNING).update(**figures):
        settle(FAILED)
