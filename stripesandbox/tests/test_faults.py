"""Trouble on order: the API is sick, or events meet trouble on their way."""

import json
import time

import httpx
import pytest
import stripe

from stripesandbox.tests.make import make_payment


@pytest.fixture
def trouble(sandbox):
    """Whatever a test orders is over after it."""
    yield
    sandbox.heal()


def customers(api, count, name):
    return [api.customers.create({"email": f"{name}{number}@example.com"}).id for number in range(count)]


def told(letters):
    return [json.loads(body)["data"]["object"]["id"] for _, body in letters]


def verify(letter, receiver):
    headers, body = letter
    return stripe.Webhook.construct_event(body, headers["Stripe-Signature"], receiver.secret)


def test_it_works(sandbox, api, receiver, trouble):
    """Twice."""
    sandbox.mishap("duplicate", types="customer.created", times=1)
    first, second = customers(api, 2, "twice")
    sandbox.settle_deliveries()
    assert sorted(told(receiver.letters)) == sorted([first, first, second])
    assert len({verify(letter, receiver).id for letter in receiver.letters}) == 2
    events = api.events.list({"type": "customer.created", "limit": 2}).data
    assert [event.pending_webhooks for event in events] == [0, 0]


def test_it_delivers_in_reverse(sandbox, api, receiver, trouble):
    sandbox.mishap("reorder", seconds=3)
    made = customers(api, 4, "reverse")
    sandbox.settle_deliveries()
    assert told(receiver.letters) == made[::-1]


def test_it_delivers_late(sandbox, api, receiver, trouble):
    sandbox.mishap("delay", types="customer.", seconds=3, times=1)
    late, soon = customers(api, 2, "late")
    sandbox.settle_deliveries()
    assert told(receiver.letters) == [soon, late]


def test_it_loses_events_that_can_be_found(sandbox, api, receiver, trouble):
    sandbox.mishap("drop", times=1, types="customer.")
    lost, kept = customers(api, 2, "lost")
    sandbox.settle_deliveries()
    assert told(receiver.letters) == [kept]
    asked = {"delivery_success": False, "types": ["customer.created"], "limit": 1}
    assert [event.data.object.id for event in api.events.list(asked)] == [lost]


def test_it_loses_only_what_was_named(sandbox, api, receiver, trouble):
    sandbox.mishap("drop", types="charge.")
    make_payment(sandbox, api)
    sandbox.settle_deliveries()
    assert {json.loads(body)["type"] for _, body in receiver.letters} == {
        *("payment_intent.created", "payment_intent.succeeded", "checkout.session.completed")
    }


def test_it_claims_another_mode_or_version(sandbox, api, receiver, trouble):
    sandbox.mishap("livemode", types="customer.created", times=1)
    customers(api, 1, "live")
    assert verify(receiver.wait_for(1)[0], receiver).livemode is True
    sandbox.mishap("api_version", types="customer.created", times=1)
    customers(api, 1, "old")
    assert verify(receiver.wait_for(2)[1], receiver).api_version == "2024-06-20"
    event = api.events.list({"type": "customer.created"}).data[0]
    assert (event.livemode, event.api_version) == (False, stripe.api_version)


@pytest.mark.parametrize("kind", ["forged", "stale"])
def test_it_signs_wrongly(sandbox, api, receiver, trouble, kind):
    sandbox.mishap(kind, types="customer.created", times=1)
    customers(api, 1, kind)
    letter = receiver.wait_for(1)[0]
    with pytest.raises(stripe.SignatureVerificationError):
        verify(letter, receiver)


def test_it_refuses_what_it_cannot_do(sandbox):
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.mishap("explode")


def test_the_api_is_slow(sandbox, api, trouble):
    sandbox.fault(seconds=0.7, path="customers", times=1)
    started = time.monotonic()
    api.customers.list({"limit": 1})
    assert time.monotonic() - started > 0.6


@pytest.mark.parametrize(("status", "error"), [(500, stripe.APIError), (429, stripe.RateLimitError)])
def test_the_api_refuses(sandbox, trouble, status, error):
    sandbox.fault(status=status, times=1)
    with pytest.raises(error):
        sandbox.client(max_network_retries=0).v1.customers.list()


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_connection_breaks(sandbox, api, trouble, when):
    """After the work: it is done and the answer is lost; the same key then answers what was done."""
    sandbox.fault(reset=True, when=when, path="customers", times=1)
    asked = {"email": f"broken-{when}@example.com"}
    key = {"idempotency_key": f"broken-{when}"}
    with pytest.raises(stripe.APIConnectionError):
        sandbox.client(max_network_retries=0).v1.customers.create(asked, key)
    assert len(api.customers.list(asked).data) == (1 if when == "after" else 0)
    assert api.customers.create(asked, key).email == asked["email"]
    assert len(api.customers.list(asked).data) == 1


def test_the_api_is_silent(sandbox, api, trouble):
    sandbox.fault(silent=True, when="after", path="customers", times=1)
    client = sandbox.client(max_network_retries=0, http_client=stripe.RequestsClient(timeout=0.5))
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"email": "silent@example.com"})
    assert len(api.customers.list({"email": "silent@example.com"}).data) == 1


def test_only_writes_are_in_trouble(sandbox, api, trouble):
    sandbox.fault(status=500, path="customers", method="POST")
    client = sandbox.client(max_network_retries=0).v1
    with pytest.raises(stripe.APIError):
        client.customers.create({"email": "write@example.com"})
    assert client.customers.list({"limit": 1}).object == "list"


def test_troubles_stand_beside_each_other(sandbox, api, receiver, trouble):
    """The newest that fits strikes; each is switched off by itself."""
    first = sandbox.fault(status=500, path="customers")
    second = sandbox.fault(status=429, path="customers", times=1)
    sandbox.mishap("drop", types="customer.", times=5)
    client = sandbox.client(max_network_retries=0).v1
    with pytest.raises(stripe.RateLimitError):
        client.customers.list()
    with pytest.raises(stripe.APIError):
        client.customers.list()
    assert [order["id"] for order in sandbox.control("fault")["on"]] == [first["id"]]
    assert second["id"] != first["id"]
    assert sandbox.control("fault", {"id": first["id"]}, method="DELETE") == {"on": []}
    assert client.customers.list({"limit": 1}).object == "list"
    assert sandbox.control("mishap")["on"][0]["times"] == 5


@pytest.mark.parametrize("wrong", [{"status": 200}, {"times": 0}, {"when": "never"}, {"colour": "red"}])
def test_it_refuses_faults_that_are_none(sandbox, wrong):
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.fault(**wrong)


def test_trouble_is_made_by_hand(sandbox, api, receiver, trouble):
    ordered = {"what": "reset", "when": "after", "path": "refunds", "method": "POST", "seconds": "0", "times": "2"}
    assert sandbox.submit("/trouble/api", ordered).status_code == 302
    assert sandbox.submit("/trouble/events", {"kind": "drop", "types": "x", "seconds": "1"}).status_code == 302
    page = httpx.get(f"{sandbox.url}/trouble", trust_env=False).text
    for text in ("POST calls of refunds are cut off", "2 more times", "Events of x*: lose it for good"):
        assert text in page
    assert sandbox.submit("/trouble/api", {**ordered, "times": "0"}).status_code == 422
    assert "how many seconds" in sandbox.submit("/trouble/api", {**ordered, "what": "slow", "seconds": ""}).text
    wrong = sandbox.submit("/trouble/api", {**ordered, "path": "/v1/refunds?x"})
    assert wrong.status_code == 422
    assert 'value="/v1/refunds?x"' in wrong.text
    assert sandbox.submit("/trouble/events", {"kind": "explode", "seconds": "1"}).status_code == 422
    fault = sandbox.control("fault")["on"][0]["id"]
    for status in (302, 302):
        assert sandbox.submit(f"/trouble/faults/{fault}/off", {}).status_code == status
    assert sandbox.submit("/trouble/nothing/1/off", {}).status_code == 404
    assert "are cut off" not in httpx.get(f"{sandbox.url}/trouble", trust_env=False).text
    sandbox.submit("/trouble/off", {})
    assert "Nothing: Stripe" in httpx.get(f"{sandbox.url}/trouble", trust_env=False).text


def test_events_are_held_back_by_hand(sandbox, api, receiver):
    sandbox.submit("/trouble/hold", {"paused": "yes"})
    first, second, third = customers(api, 3, "held")
    waiting = sandbox.waiting()
    assert "Let all events go" in httpx.get(f"{sandbox.url}/trouble", trust_env=False).text
    sandbox.submit(f"/trouble/deliveries/{waiting[1]['id']}/send", {})
    sandbox.submit(f"/trouble/deliveries/{waiting[0]['id']}/lose", {})
    sandbox.submit("/trouble/hold", {"paused": "no"})
    sandbox.settle_deliveries()
    assert told(receiver.letters) == [second, third]
    assert first not in told(receiver.letters)
