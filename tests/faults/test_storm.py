"""A short storm in the tests; the full one, 50 calls a second for a minute, is `bin/bench storm`."""

import random

import pytest

from tests.faults.stack import children_of
from tests.faults.storm import Storm
from tests.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("stack-queue"), pytest.mark.timeout(240)]


def test_every_payment_is_credited_once(stack):
    storm = Storm(stack, rate=15, seconds=8, chance=random.Random(5)).prepare()
    workers = [stack.start_worker(), stack.start_worker()]
    wait_until(lambda: all(children_of(worker) for worker in workers), 90, "two workers")
    storm.blow(workers[0])
    storm.healed(within=90)
    assert storm.faults() == []
