"""kill -9 of workers while they apply events, and a Redis that forgets: each event is applied once, within 30 s."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal

import pytest

from billing.models import StripeEvent
from jobs.models import Job
from ledger import checks, posting
from ledger.models import Transaction
from ledger.queries import balances
from tests.faults.stack import children_of, kill_group, make_payment
from tests.waiting import wait_until

pytestmark = [pytest.mark.xdist_group("stack-queue"), pytest.mark.timeout(180)]


@contextmanager
def wallets_held(stack, members):
    """Whoever posts to these members waits, with part of the work done, as long as its `lock_timeout`."""
    with stack.postgres.connect() as holder, holder.transaction():
        holder.execute("SELECT FROM ledger_wallet WHERE member_id = ANY(%s) FOR UPDATE", [[m.pk for m in members]])
        yield


def unapplied() -> int:
    return StripeEvent.objects.exclude(state="applied").count()


def test_thirty_deliveries_at_once_credit_once(stack, new_member):
    member = new_member()
    event = make_payment(member)
    stack.start_worker()
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: stack.post_event(event).status_code, range(30)))
    assert answers == [200] * 30
    wait_until(lambda: unapplied() == 0, 20, "applied")
    assert StripeEvent.objects.filter(event_id=event["id"]).count() == 1
    assert (balances(member).paid, balances(member).granted) == (20, 1)
    assert Transaction.objects.filter(member=member).count() == 1


def test_a_child_and_a_whole_worker_die_and_redis_forgets(stack, new_member):
    members = [new_member() for _ in range(22)]
    for member in members:
        posting.grant(member, Decimal(1), note="Opens the wallet")
    events = [make_payment(member) for member in members]
    first, second = stack.start_worker(LOCK_TIMEOUT="60s"), stack.start_worker(LOCK_TIMEOUT="60s")
    wait_until(lambda: children_of(first) and children_of(second), 30, "workers")
    with wallets_held(stack, members[:2]):
        for event in events[:2]:
            assert stack.post_event(event).status_code == 200
        wait_until(lambda: stack.postgres.waiting_for_locks() == 2, 30, "both workers in the midst of an event")
        for event in events[2:]:
            assert stack.post_event(event).status_code == 200
        stack.redis.say("FLUSHALL")
        os.kill(children_of(first)[0], signal.SIGKILL)
        kill_group(second)
    began = unapplied()
    assert began == 22
    wait_until(lambda: unapplied() == 0, 30, "applied")
    for member in members:
        assert balances(member).paid == 20, member
    assert Transaction.objects.filter(kind="top_up", member__in=members).count() == 22
    assert not Job.objects.filter(kind="billing.apply_event").exclude(state="done").exists()
    assert checks.run() == []
