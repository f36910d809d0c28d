"""PostgreSQL is killed under load, stays away, is silent: fast 503s with our own page, and recovery without help."""

import socket
import threading
import time

import httpx
import pytest
from django.db import connection
from django.test import Client

from billing.models import StripeEvent
from ledger import checks
from ledger.models import Transaction
from ledger.queries import balances
from tests.faults.stack import children_of, django_at, make_payment
from tests.waiting import wait_until

pytestmark = [pytest.mark.xdist_group("stack-database"), pytest.mark.timeout(180)]
OUR_PAGE = "We will be right back."
# Seconds. A connection is given up after 3 and a statement after 15 (`poemvision.settings`): whoever waits for longer
# than this has waited for a statement, or without any limit. A busy machine adds its own seconds to the 3.
AT_ONCE = 14


class Visitor(threading.Thread):
    """Loads a page again and again; remembers each status with its seconds and text."""

    def __init__(self, stack, path, cookies):
        super().__init__(daemon=True)
        self.stack, self.path, self.cookies = stack, path, cookies
        self.answers, self._over = [], threading.Event()
        self.start()

    def run(self):
        while not self._over.wait(0.02):
            began = time.monotonic()
            try:
                answer = self.stack.get(self.path, cookies=self.cookies)
            except httpx.HTTPError as error:
                self.answers.append((type(error).__name__, time.monotonic() - began, ""))
            else:
                self.answers.append((answer.status_code, time.monotonic() - began, answer.text))

    def end(self) -> list:
        self._over.set()
        self.join(20)
        return self.answers


class Stripe(threading.Thread):
    """Delivers events one after the other, each until it was taken, as Stripe does; keeps every status."""

    def __init__(self, stack, events):
        super().__init__(daemon=True)
        self.stack, self.events, self.statuses, self.delivered = stack, events, [], 0
        self.start()

    def run(self):
        for event in self.events:
            while self._post(event) != 200:
                time.sleep(0.1)
            self.delivered += 1

    def _post(self, event):
        self.statuses.append(self.stack.post_event(event).status_code)
        return self.statuses[-1]


def test_postgres_is_killed_under_load(stack, new_member, session_cookie):
    worker = stack.start_worker()
    wait_until(lambda: children_of(worker), 30, "a worker")
    members = [new_member() for _ in range(60)]
    stripe = Stripe(stack, [make_payment(member) for member in members])
    visitors = [Visitor(stack, "/me/credit/", session_cookie) for _ in range(3)]
    wait_until(lambda: stripe.delivered > 10, 20, "load")
    connection.close()
    stack.postgres.kill()
    wait_until(lambda: any(answer[0] != 200 for visitor in visitors for answer in visitor.answers), 20, "noticed")
    stack.postgres.start()
    back = [len(visitor.answers) for visitor in visitors]
    stripe.join(30)
    assert not stripe.is_alive()
    answers = [visitor.end() for visitor in visitors]

    everything = [answer for each in answers for answer in each]
    assert {status for status, _, _ in everything} <= {200, 503}
    assert max(seconds for _, seconds, _ in everything) < AT_ONCE
    assert all(OUR_PAGE in text for status, _, text in everything if status == 503)
    for each, start in zip(answers, back, strict=True):
        assert {status for status, _, _ in each[start + 2 :]} == {200}, "requests recover by themselves"
    assert set(stripe.statuses) <= {200, 503}

    wait_until(lambda: not StripeEvent.objects.exclude(state="applied").exists(), 45, "the worker goes on")
    assert {balances(member).paid for member in members} == {20}
    assert Transaction.objects.filter(kind="top_up", member__in=members).count() == 60
    assert checks.run() == []


def test_postgres_is_down(stack, new_member, session_cookie):
    worker = stack.start_worker()
    wait_until(lambda: children_of(worker), 30, "a worker")
    member = new_member()
    event = make_payment(member)
    assert stack.get("/me/credit/", cookies=session_cookie).status_code == 200
    connection.close()
    stack.postgres.stop()
    try:
        for path in ("/me/credit/", "/account/login/", "/admin/"):
            began = time.monotonic()
            answer = stack.get(path, cookies=session_cookie)
            assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5"), path
            assert time.monotonic() - began < AT_ONCE
            assert OUR_PAGE in answer.text and "psycopg" not in answer.text
            assert answer.headers["Content-Security-Policy"] and answer.headers["Cache-Control"] == "no-store"
            assert "Set-Cookie" not in answer.headers, "nobody is signed out"
        part = stack.get("/me/credit/", cookies=session_cookie, headers={"HX-Request": "true"})
        assert part.status_code == 503 and "<" not in part.text
        assert stack.post_event(event).status_code == 503
        assert stack.get("/healthz").status_code == 200
        assert stack.get("/readyz").json()["database"] == "failing"
        assert stack.get("/static/favicon.svg").status_code in (200, 404)
    finally:
        stack.postgres.start()
    assert stack.get("/me/credit/", cookies=session_cookie).status_code == 200, "the very next request"
    assert not StripeEvent.objects.filter(event_id=event["id"]).exists()
    assert [stack.post_event(event).status_code for _ in range(2)] == [200, 200]
    wait_until(lambda: balances(member).paid == 20, 40, "the redelivery is applied")
    assert Transaction.objects.filter(member=member).count() == 1


def test_a_postgres_that_accepts_and_is_silent(django_db_setup, django_db_blocker, settings):
    client = Client(raise_request_exception=False)
    client.cookies.load({settings.SESSION_COOKIE_NAME: "x" * 32})
    with socket.create_server(("127.0.0.1", 0)) as silent, django_db_blocker.unblock():
        port = silent.getsockname()[1]
        with django_at(f"postgresql://nobody:x@127.0.0.1:{port}/nothing"):
            for path in ("/me/credit/", "/account/login/"):
                began = time.monotonic()
                answer = client.get(path)
                assert (answer.status_code, OUR_PAGE in answer.content.decode()) == (503, True)
                assert time.monotonic() - began < AT_ONCE, path
