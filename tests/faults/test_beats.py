"""The clock of periodic work dies, comes back and is there twice: sweeps go on, and nothing happens twice.

(Workers sweep by themselves as well: the other tests of this folder run without any beat.)
"""

import pytest

from jobs.models import Job
from ledger.queries import balances
from tests.faults.invariants import invariants
from tests.faults.stack import children_of, kill_group, make_payment
from tests.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("stack-queue"), pytest.mark.timeout(240)]


def bells(stack) -> int:
    """How many messages wait for a worker."""
    return int(stack.redis.say("LLEN", "default").split(b"\r\n")[0].lstrip(b":"))


def test_beats_that_die_and_two_at_once(stack, new_member):
    first = stack.start_beat("one")
    wait_until(lambda: bells(stack) > 0, 60, "the first beat ticks")
    kill_group(first)
    stack.redis.say("FLUSHALL")

    stack.start_beat("one")  # on the schedule file that the killed one left
    wait_until(lambda: bells(stack) > 0, 60, "its successor ticks")
    stack.start_beat("two")
    members = [new_member() for _ in range(12)]
    events = [make_payment(member) for member in members]
    assert [stack.post_event(event).status_code for event in events * 2] == [200] * 24
    stack.redis.say("FLUSHALL")  # nobody heard of the jobs
    Job.objects.filter(state="new").update(published_at=None)
    wait_until(lambda: bells(stack) > 2, 60, "both tick")

    worker = stack.start_worker()
    wait_until(lambda: children_of(worker), 60, "a worker")
    done = Job.objects.filter(kind="billing.apply_event", state="done", attempts=1)
    wait_until(lambda: done.filter(dedupe_key__in=keys(events)).count() == 12, 60, "each job ran once")
    assert {balances(member).paid for member in members} == {20}
    assert invariants() == []


def keys(events) -> list[str]:
    return [f"billing.apply_event:{event['id']}" for event in events]
