"""Page views while PostgreSQL restarts and a web process is killed under load: few are lost, none counts twice."""

import itertools
import os
import signal
import threading
import time
from contextlib import contextmanager

import httpx
import pytest

from sitestats import rollups
from sitestats.models import PageView
from tests.faults.engines import wait_until
from tests.faults.stack import children_of

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("stack-queue"), pytest.mark.timeout(240)]
BOUND = 3.0  # seconds: a batch is stored each 0.4 s, on a machine that has nothing else to do
WORDS = map("".join, itertools.product("abcdefghijklmnop", repeat=5))  # which threads may share


@contextmanager
def load(stack):
    """Three browsers, each asking for one address after the other; address -> when the answer came."""
    answered, over = {}, threading.Event()

    def browse():
        with httpx.Client(base_url=stack.url, timeout=20, trust_env=False) as browser:
            while not over.is_set():
                path = f"/seen-{next(WORDS)}"
                try:
                    browser.get(path)
                    answered[path] = time.monotonic()
                except httpx.HTTPError:
                    time.sleep(0.01)  # the process died with it

    browsers = [threading.Thread(target=browse) for _ in range(3)]
    for each in browsers:
        each.start()
    try:
        yield answered
    finally:
        over.set()
        for each in browsers:
            each.join()


def stored() -> list[str]:
    return list(PageView.objects.filter(path__text__startswith="/seen-").values_list("path__text", flat=True))


def test_a_restart_loses_none_a_kill_a_moments_views_and_none_counts_twice(stack):
    with load(stack) as answered:
        wait_until(lambda: len(answered) > 50, 60, "load")
        stack.postgres.stop()
        during = len(answered)
        wait_until(lambda: len(answered) > during + 20, 60, "pages without a database")
        stack.postgres.start()
        before = list(answered)
        wait_until(lambda: set(before) <= set(stored()), 60, "all that was answered is stored")
        child = children_of(stack.web)[0]
        more = len(answered)
        wait_until(lambda: len(answered) > more + 50, 60, "load")
        os.kill(child, signal.SIGKILL)
        killed = time.monotonic()
        wait_until(lambda: max(answered.values()) > killed + 1, 60, "load after the kill")
    after = {path for path, at in answered.items() if at > killed}
    wait_until(lambda: after <= set(stored()), 60, "what others answered is stored")
    found = stored()
    assert len(found) == len(set(found))
    lost = set(answered) - set(found)
    assert all(killed - BOUND < answered[path] for path in lost)
    day = PageView.objects.order_by("-at").values_list("day", flat=True).first()
    assert rollups.missing(day) == (0, 0)
