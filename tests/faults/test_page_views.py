"""Page views while PostgreSQL restarts and a web process is killed under load: few are lost, none counts twice."""

import itertools
import os
import signal
import threading
import time
from contextlib import contextmanager

import httpx
import pytest
from django.db import connection

from sitestats import rollups
from sitestats.flusher import EVERY
from sitestats.models import PageView
from tests.faults.stack import children_of
from tests.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("stack-queue"), pytest.mark.timeout(240)]
BOUND = 0.5  # seconds: what a process may hold that dies, besides what its machine is late by
WORDS = map("".join, itertools.product("abcdefghijklmnop", repeat=5))  # which threads may share


@contextmanager
def load(stack):
    """Three browsers, each asking for one address after the other; address -> when it was asked and answered."""
    answered, statuses, over = {}, set(), threading.Event()

    def browse():
        with httpx.Client(base_url=stack.url, timeout=20, trust_env=False) as browser:
            while not over.is_set():
                path, asked = f"/seen-{next(WORDS)}", time.monotonic()
                try:
                    statuses.add(browser.get(path).status_code)
                    answered[path] = asked, time.monotonic()
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
    assert statuses == {404}, statuses  # that page, with and without a database


@contextmanager
def rounds():
    """Seconds that rounds like a flusher's take on this machine meanwhile: it waits, then asks the database."""
    took, over = [], threading.Event()

    def turn():
        while not over.is_set():
            began = time.monotonic()
            over.wait(EVERY)
            stored()
            took.append(time.monotonic() - began)
        connection.close()

    metronome = threading.Thread(target=turn)
    metronome.start()
    try:
        yield took
    finally:
        over.set()
        metronome.join()


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
        assert len(stored()) < len(before)  # it has yet to be stored, by whoever held it
        wait_until(lambda: set(before) <= set(stored()), 60, "all that was answered is stored")
        child = children_of(stack.web)[0]
        more = len(answered)
        with rounds() as took:
            wait_until(lambda: len(answered) > more + 50 and len(took) > 2, 60, "load")
            os.kill(child, signal.SIGKILL)
            killed = time.monotonic()
        wait_until(lambda: max(asked for asked, _ in list(answered.values())) > killed + 1, 60, "load after the kill")
    after = {path for path, (asked, _) in answered.items() if asked > killed}
    wait_until(lambda: after <= set(stored()), 60, "what others answered is stored")
    found = stored()
    assert len(found) == len(set(found))
    lost = set(answered) - set(found)
    late = max(0, max(took) - EVERY)
    assert all(killed - BOUND - late < answered[path][1] for path in lost), (took, late)
    day = PageView.objects.order_by("-at").values_list("day", flat=True).first()
    assert rollups.missing(day) == (0, 0)
