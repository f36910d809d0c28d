"""Webhooks: real signatures, retries, restarts, and a pause button for tests."""

import json
import time

import httpx
import pytest
import stripe

from stripesandbox.tests.make import make_payment, make_session
from stripesandbox.tests.receiver import Receiver
from stripesandbox.tests.server import Sandbox, free_port


def types_of(letters):
    return [json.loads(body)["type"] for _, body in letters]


def test_it_works(sandbox, api, receiver):
    make_payment(sandbox, api)
    letters = receiver.wait_for(5)
    assert sorted(types_of(letters)) == [
        "charge.succeeded",
        "charge.updated",
        "checkout.session.completed",
        "payment_intent.created",
        "payment_intent.succeeded",
    ]
    for headers, body in letters:
        event = stripe.Webhook.construct_event(body, headers["Stripe-Signature"], receiver.secret)
        assert event.api_version == stripe.api_version
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", headers["Stripe-Signature"], receiver.secret)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], "whsec_other")


def test_it_says_who_asked(api, receiver):
    api.customers.create({"email": "asked@example.com"}, {"idempotency_key": "who-asked"})
    told = json.loads(receiver.wait_for(1)[0][1])["request"]
    assert told["idempotency_key"] == "who-asked"
    assert told["id"].startswith("req_")


def test_it_tries_three_times(sandbox, api, receiver):
    receiver.answers = [500, 302]
    customer = api.customers.create({"email": "retry@example.com"})
    letters = receiver.wait_for(3)
    sandbox.settle_deliveries()
    assert types_of(letters) == ["customer.created"] * 3
    event = api.events.list({"type": "customer.created"}).data[0]
    assert (event.data.object.id, event.pending_webhooks) == (customer.id, 0)


def test_it_gives_up_and_the_event_can_be_found_and_resent(sandbox, api, receiver):
    receiver.answers = [500, 500, 500]
    api.customers.create({"email": "lost@example.com"})
    receiver.wait_for(3)
    sandbox.settle_deliveries()
    lost = api.events.list({"delivery_success": False, "types": ["customer.created"]}).data[0]
    assert lost.pending_webhooks == 1
    delivery = httpx.get(f"{sandbox.url}/events/{lost.id}", trust_env=False).text
    number = int(delivery.split("/deliveries/")[1].split("/")[0])
    assert sandbox.deliver(number)["status"] == 200
    assert api.events.retrieve(lost.id).pending_webhooks == 0
    assert lost.id in {event.id for event in api.events.list({"delivery_success": True})}


def test_a_slow_endpoint_blocks_nobody(sandbox, api, receiver):
    receiver.slowness = 2
    started = time.monotonic()
    make_payment(sandbox, api)
    assert time.monotonic() - started < 10, "or each of five deliveries was waited for"
    receiver.wait_for(5)


def test_it_tells_only_what_was_asked_for(api):
    listening = Receiver().start()
    endpoint = api.webhook_endpoints.create(
        {"url": listening.url, "enabled_events": ["customer.updated"], "api_version": "2025-03-31.basil"}
    )
    customer = api.customers.create({"email": "a@example.com"})
    api.customers.update(customer.id, {"name": "Ada"})
    told = json.loads(listening.wait_for(1)[0][1])
    assert (told["type"], told["api_version"]) == ("customer.updated", "2025-03-31.basil")
    assert told["data"]["previous_attributes"] == {"name": None}
    api.webhook_endpoints.update(endpoint.id, {"disabled": True})
    api.customers.update(customer.id, {"name": "Grace"})
    time.sleep(0.5)
    assert len(listening.letters) == 1
    assert api.webhook_endpoints.delete(endpoint.id).deleted is True
    listening.stop()


def test_it_refuses_events_that_stripe_does_not_have(api):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.webhook_endpoints.create({"url": "http://localhost:1/", "enabled_events": ["poem.written"]})
    assert caught.value.param == "enabled_events[0]"


def test_a_rolled_secret_signs_beside_the_old_one(sandbox, api, receiver):
    sandbox.submit(f"/webhooks/{receiver.id}/roll", {})
    api.customers.create({"email": "rolled@example.com"})
    headers, body = receiver.wait_for(1)[0]
    assert headers["Stripe-Signature"].count("v1=") == 2
    assert stripe.Webhook.construct_event(body, headers["Stripe-Signature"], receiver.secret)


def test_it_pauses_for_tests(sandbox, api, receiver):
    sandbox.pause()
    make_payment(sandbox, api)
    waiting = sandbox.waiting()
    assert [letter["type"] for letter in waiting][-1] == "charge.updated"
    assert receiver.letters == []
    for letter in reversed(waiting[1:]):
        sandbox.deliver(letter["id"])
    sandbox.drop(waiting[0]["id"])
    sandbox.pause(False)
    sandbox.settle_deliveries()
    assert types_of(receiver.letters) == [letter["type"] for letter in reversed(waiting[1:])]
    assert stripe.Webhook.construct_event(
        waiting[0]["body"], waiting[0]["headers"]["Stripe-Signature"], receiver.secret
    )


def test_it_emits_anything_for_tests(sandbox, api, receiver):
    sandbox.emit("tax.settings.updated", {"id": "x", "object": "tax.settings"}, changes={"livemode": True})
    told = json.loads(receiver.wait_for(1)[0][1])
    assert (told["type"], told["livemode"]) == ("tax.settings.updated", True)


def test_it_lists_events(sandbox, api):
    make_payment(sandbox, api)
    assert {event.type.split(".")[0] for event in api.events.list({"type": "charge.*"})} == {"charge"}
    two = ["charge.succeeded", "payment_intent.created"]
    assert {event.type for event in api.events.list({"types": two, "limit": 50})} == set(two)
    with pytest.raises(stripe.InvalidRequestError):
        api.events.list({"type": "charge.failed", "types": two})


def test_it_survives_a_power_cut(tmp_path):
    """Killed with letters undelivered and an address that moves: everything is still there and gets delivered."""
    listening = Receiver().start()
    first = Sandbox(free_port(), tmp_path, webhook_url=listening.url).start()
    first.pause()
    session = make_session(first.client().v1)
    first.pay(make_session(first.client().v1).id)
    first.kill()
    second = Sandbox(free_port(), tmp_path, webhook_url=listening.url).start()
    try:
        assert second.client().v1.checkout.sessions.retrieve(session.id).url.startswith(second.url)
        assert listening.letters == []
        second.pause(False)
        letters = listening.wait_for(5)
        for headers, body in letters:
            assert stripe.Webhook.construct_event(body, headers["Stripe-Signature"], second.webhook_secret)
        assert len(second.client().v1.webhook_endpoints.list().data) == 1
    finally:
        second.stop()
        listening.stop()
