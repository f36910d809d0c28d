"""The clock: what is dated by it, what happens on the way, and what keeps real time."""

import json
import time

import httpx
import pytest
import stripe

from stripesandbox.tests.make import make_payment, make_session, types_about
from stripesandbox.tests.receiver import Receiver
from stripesandbox.tests.server import Sandbox, free_port

SOON = 60  # seconds between what is made and the look at it, at most


def ribbon(sandbox):
    return httpx.get(f"{sandbox.url}/", trust_env=False).text.split("</aside>")[0]


def test_it_works(sandbox, api, clock):
    assert "The clock is" not in ribbon(sandbox)
    sandbox.forward(days=3, hours=2)
    assert "The clock is 3 days 2 hours ahead" in ribbon(sandbox)
    ahead = 3 * 86400 + 2 * 3600
    customer = api.customers.create({"email": "later@example.com"})
    assert abs(customer.created - time.time() - ahead) < SOON
    event = api.events.list({"type": "customer.created"}).data[0]
    assert abs(event.created - time.time() - ahead) < SOON
    sandbox.clock_to()
    assert abs(api.customers.create({"email": "now@example.com"}).created - time.time()) < SOON
    assert "The clock is" not in ribbon(sandbox)


def test_sessions_expire_in_their_own_time(sandbox, api, clock):
    session = make_session(api)
    sandbox.pay(session.id, "challenge")
    intent = api.checkout.sessions.retrieve(session.id).payment_intent
    assert types_about(api, intent)[-1] == "payment_intent.requires_action"
    sandbox.forward(days=5)
    assert api.checkout.sessions.retrieve(session.id).status == "expired"
    assert api.payment_intents.retrieve(intent).status == "canceled"
    expired = api.events.list({"type": "checkout.session.expired"}).data[0]
    assert session.expires_at <= expired.created <= session.expires_at + 5
    assert types_about(api, intent)[-2:] == ["payment_intent.canceled", "checkout.session.expired"]


def test_a_page_that_is_asked_for_by_real_time_is_as_long_by_the_clock(sandbox, api, clock):
    sandbox.forward(days=5)
    session = make_session(api, expires_at=int(time.time()) + 3600)
    assert abs(session.expires_at - session.created - 3600) < SOON


def test_it_moves_by_hand(sandbox, clock):
    assert sandbox.submit("/clock/move", {"count": "2", "unit": "hours"}).status_code == 302
    assert "2 hours ahead" in ribbon(sandbox)
    assert sandbox.submit("/clock/move", {"count": "-2", "unit": "hours"}).status_code == 422
    sandbox.submit("/clock/reset", {})
    assert "The clock is" not in ribbon(sandbox)


def test_it_can_stand_in_the_past(sandbox, api, clock):
    """For demo data: history is made by starting long ago and going forward."""
    start = time.time() - 90 * 86400
    sandbox.clock_to(start)
    assert abs(make_payment(sandbox, api).payment_intent.created - start) < SOON
    assert "behind" in ribbon(sandbox)


def test_it_survives_a_restart(sandbox, clock):
    before = sandbox.forward(days=4)
    sandbox.stop()
    sandbox.start()
    assert sandbox.control("clock")["now"] - before < 30


def test_signatures_keep_real_time(sandbox, api, receiver, clock):
    sandbox.forward(days=2)
    api.customers.create({"email": "signed@example.com"})
    headers, body = receiver.wait_for(1)[0]
    assert stripe.Webhook.construct_event(body, headers["Stripe-Signature"], receiver.secret)


def test_events_are_kept_for_thirty_days(sandbox, api, clock):
    customer = api.customers.create({"email": "month@example.com"})
    event = api.events.list({"type": "customer.created"}).data[0]
    assert event.data.object.id == customer.id
    sandbox.forward(days=29)
    assert api.events.retrieve(event.id).api_version == stripe.api_version
    since = {"type": "customer.created", "created": {"gte": event.created}}
    assert event.id in {found.id for found in api.events.list(since).auto_paging_iter()}
    sandbox.forward(days=2)
    with pytest.raises(stripe.InvalidRequestError):
        api.events.retrieve(event.id)
    assert event.id not in {found.id for found in api.events.list(since).auto_paging_iter()}


def test_idempotency_keys_are_kept_for_a_day(sandbox, api, clock):
    first = api.customers.create({"email": "key@example.com"}, {"idempotency_key": "kept-for-a-day"})
    assert api.customers.create({"email": "key@example.com"}, {"idempotency_key": "kept-for-a-day"}).id == first.id
    sandbox.forward(hours=25)
    assert api.customers.create({"email": "key@example.com"}, {"idempotency_key": "kept-for-a-day"}).id != first.id


def test_a_rolled_secret_ends_after_a_day(sandbox, api, receiver, clock):
    new = sandbox.roll_secret(receiver.id)
    api.customers.create({"email": "two@example.com"})
    headers, body = receiver.wait_for(1)[0]
    for secret in (receiver.secret, new):
        assert stripe.Webhook.construct_event(body, headers["Stripe-Signature"], secret)
    sandbox.forward(hours=25)
    api.customers.create({"email": "one@example.com"})
    sandbox.settle_deliveries()  # other tests' sessions have expired on the way
    headers, body = next(letter for letter in receiver.letters if b"one@example.com" in letter[1])
    assert stripe.Webhook.construct_event(body, headers["Stripe-Signature"], new)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], receiver.secret)
    assert json.loads(body)["created"] > time.time() + 24 * 3600


def noted(sandbox, listening, attempts: int) -> None:
    """The letter was heard so often, and the sandbox has written that down: the next try counts from there."""
    listening.wait_for(attempts)
    deadline = time.monotonic() + 10
    while len(sandbox.waiting()[0]["attempts"]) < attempts:
        assert time.monotonic() < deadline, f"Attempt {attempts} is not written down"
        time.sleep(0.02)


def test_webhooks_are_tried_again_by_the_clock(tmp_path):
    """Back in real time they wait no longer than before."""
    patient = Sandbox(free_port(), tmp_path, environment={"SANDBOX_RETRY_SECONDS": "3600,7200"}).start()
    listening = Receiver(answers=[500] * 3).start()
    try:
        api = patient.client().v1
        api.webhook_endpoints.create({"url": listening.url, "enabled_events": ["*"]})
        patient.forward(days=30)
        api.customers.create({"email": "tried@example.com"})
        noted(patient, listening, 1)
        patient.clock_to()
        patient.forward(hours=1, minutes=1)
        noted(patient, listening, 2)
        patient.forward(hours=1)
        assert len(patient.waiting()[0]["attempts"]) == 2
        patient.forward(hours=1, minutes=1)
        listening.wait_for(3)
        patient.settle_deliveries()
        event = api.events.list({"delivery_success": False}).data[0]
        assert (event.type, event.pending_webhooks) == ("customer.created", 1)
    finally:
        listening.stop()
        patient.stop()
