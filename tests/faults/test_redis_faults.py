"""Redis hangs, dies and comes back empty: webhooks are stored, pages work, events are applied once in the end."""

import re
import time

import httpx
import pytest

from accounts.passwords import Argon2id
from billing.models import StripeEvent
from ledger.queries import balances
from tests.faults.stack import children_of, make_payment
from tests.waiting import wait_until

pytestmark = [pytest.mark.xdist_group("stack-queue"), pytest.mark.timeout(180)]
PAGES = ("/", "/account/login/", "/me/credit/", "/robots.txt")


def timed(act, *arguments, **options):
    began = time.monotonic()
    answer = act(*arguments, **options)
    return answer.status_code, time.monotonic() - began


def pages(stack, cookies) -> list[float]:
    found = [timed(stack.get, path, cookies=cookies) for path in PAGES]
    assert {status for status, _ in found} <= {200, 302}, found
    return [seconds for _, seconds in found]


def deliver(stack, payments) -> list[float]:
    found = [timed(stack.post_event, event) for event in payments]
    assert [status for status, _ in found] == [200] * len(payments)
    return [seconds for _, seconds in found]


def applied(payments) -> int:
    return StripeEvent.objects.filter(state="applied", event_id__in=[event["id"] for event in payments]).count()


def test_redis_hangs_then_dies_then_comes_back_empty(stack, new_member, session_cookie):
    worker = stack.start_worker()
    wait_until(lambda: children_of(worker), 30, "a worker")
    usual = max(*pages(stack, session_cookie), *deliver(stack, [make_payment(new_member())]))
    wait_until(lambda: stack.get("/readyz").json()["redis"] == "ok", 20)
    members = [new_member() for _ in range(14)]
    payments = [make_payment(member) for member in members]

    stack.redis.hang()
    seconds = deliver(stack, payments[:8])
    assert max(seconds) < usual + 6, "a hung Redis is given up after a second"
    assert sorted(seconds)[-3] < usual + 0.9, "and each of the two web processes only once in ten"
    assert max(pages(stack, session_cookie)) < usual + 6
    assert stack.get("/readyz").json()["redis"] == "failing"

    stack.redis.kill()
    assert max(deliver(stack, payments[8:])) < usual + 6
    assert max(pages(stack, session_cookie)) < usual + 6
    assert StripeEvent.objects.filter(event_id__in=[event["id"] for event in payments]).count() == 14

    stack.redis.start()
    wait_until(lambda: applied(payments) == 14, 40, "the sweeper has caught up")
    assert [balances(member).paid for member in members] == [20] * 14
    assert stack.get("/readyz").json()["redis"] == "ok"


def test_sessions_and_pauses_of_sign_in_outlive_a_redis_that_forgets(stack, new_member, session_cookie):
    member, passer_by = new_member(), new_member()
    for person in (member, passer_by):
        person.password = Argon2id().encode("x", "salt-of-a-test")  # as the web server does, not as tests do
        person.save()
    with httpx.Client(base_url=stack.url, timeout=30, trust_env=False) as guesser:

        def guess(password, person=member):
            page = guesser.get("/account/login/").text
            form = {"login": person.email, "password": password}
            form["csrfmiddlewaretoken"] = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
            return guesser.post("/account/login/", data=form).status_code

        assert {guess("wrong") for _ in range(6)} <= {200, 429}
        stack.redis.say("FLUSHALL")
        assert guess("x") in (200, 429), "the right one, but it is paused"
        assert guess("x", passer_by) == 302
    assert stack.get("/me/credit/", cookies=session_cookie).status_code == 200, "still signed in"
