"""Machines whose clocks are wrong by an hour, either way: leases go by the database's clock, the ledger by its order.

(What the webhook says of calls whose time is off: billing/tests/test_webhook.py.)
"""

from decimal import Decimal

import pytest

from jobs.models import Job
from jobs.tasks import run
from ledger import posting
from ledger.models import Transaction
from ledger.queries import balances
from ledger.tests.clock import moving_clock, shift
from ledger.tests.make import make_member
from poemvision.celery import app
from tests.faults.invariants import invariants
from tests.faults.stack import children_of, make_payment
from tests.faults.test_workers_killed import wallets_held
from tests.waiting import wait_until

CLOCKS = ("3600", "-3600")


def posted(member) -> list:
    return list(Transaction.objects.filter(member=member).order_by("id").values_list("posted_at", flat=True))


@pytest.mark.flaky(reruns=2)  # a worker that a busy machine starves loses its lease by itself
@pytest.mark.xdist_group("stack-queue")
@pytest.mark.timeout(240)
def test_no_worker_takes_over_a_job_because_of_its_clock(stack, new_member):
    """Two workers, an hour ahead and an hour behind, are in the midst of an event each when all bells ring again."""
    members = [new_member() for _ in range(8)]
    for member in members:
        posting.grant(member, Decimal(1), note="Opens the wallet")
    workers = [stack.start_worker(2, CLOCK_AHEAD=ahead, LOCK_TIMEOUT="60s") for ahead in CLOCKS]
    wait_until(lambda: all(len(children_of(worker)) == 2 for worker in workers), 90, "two workers")
    events = [make_payment(member) for member in members]
    keys = [f"billing.apply_event:{event['id']}" for event in events]
    jobs = Job.objects.filter(dedupe_key__in=keys)
    with wallets_held(stack, members[:2]):
        for event in events[:2]:
            assert stack.post_event(event).status_code == 200
        wait_until(lambda: stack.postgres.waiting_for_locks() == 2, 60, "both events under way")
        with app.connection_for_write(stack.redis.url) as broker:
            for job in list(jobs) * 2:
                run.apply_async([job.pk], queue="default", connection=broker)
        wait_until(lambda: stack.redis.say("LLEN", "default").startswith(b":0"), 60, "the bells were heard")
    for event in events[2:]:
        assert stack.post_event(event).status_code == 200
    wait_until(lambda: jobs.filter(state="done").count() == 8, 60, "all applied")
    assert [job.attempts for job in jobs.all()] == [1] * 8
    for member in members:
        assert balances(member).paid == 20 and posted(member) == sorted(set(posted(member)))
    assert invariants() == []


@pytest.mark.django_db
def test_a_database_clock_that_jumps_back_changes_no_order():
    member = make_member()
    with moving_clock():
        for number, hours in enumerate((0, 1, -1, 2, -3)):
            shift(hours)
            posting.grant(member, Decimal(1), external_id=f"jump:{number}")
            posting.charge(member, Decimal("0.25"), service="poem", external_id=f"jump:{number}:charge")
        shift(3)  # until it is later than all that was posted, nothing is said about then
        assert balances(member, at=posted(member)[3]).granted == Decimal("1.5"), "the past is as it was"
    assert posted(member) == sorted(set(posted(member)))
    assert invariants() == []
