"""Members and cases for the crash sweeps."""

import itertools
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from billing import stripe_events
from billing.models import StripeEvent, TopUp
from billing.tests.make import make_session, make_top_up, store_event
from jobs import runner
from jobs.models import Job
from jobs.tests.make import lose_lease
from ledger.models import Transaction
from ledger.queries import balances

_numbers = itertools.count(1)


def person(role="") -> User:
    return User.objects.create_user(f"person{next(_numbers)}@poemvision.example", None, role=role)


def has(member, paid, granted, debt="0"):
    now = balances(member)
    assert (now.paid, now.granted, now.debt) == (Decimal(paid), Decimal(granted), Decimal(debt))


def booked(member, kind) -> int:
    return Transaction.objects.filter(member=member, kind=kind).count()


def job_case(kind, payload, verify):
    """A case whose act is to run a job, as a worker does; the retry comes when the dead run's lease is over."""
    job = Job.enqueue(kind, payload)

    def again():
        lose_lease(Job.objects.get(pk=job.pk))
        runner.run(job.pk, only_due=False)

    def verify_with_job():
        assert Job.objects.get(pk=job.pk).state == "done"
        verify()

    return lambda: runner.run(job.pk, only_due=False), again, verify_with_job


def event_case(event, verify):
    def verify_with_event():
        assert StripeEvent.objects.get(pk=event.pk).state == "applied"
        verify()

    return job_case("billing.apply_event", {"event": event.pk}, verify_with_event)


def apply(type_, thing) -> None:
    with transaction.atomic():
        stripe_events.apply_event(store_event(type_, thing).pk)


def paid_top_up() -> TopUp:
    top_up = make_top_up(person())
    apply("checkout.session.completed", make_session(top_up))
    top_up.refresh_from_db()
    return top_up
