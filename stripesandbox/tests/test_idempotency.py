"""Idempotency keys: asked twice, done once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from stripesandbox.tests.make import make_payment


def create(api, key, email="once@example.com"):
    return api.customers.create({"email": email}, {"idempotency_key": key})


def test_it_works(api):
    first, second = create(api, "works"), create(api, "works")
    assert first.id == second.id
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert second.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]


def test_it_refuses_other_parameters_under_the_same_key(api):
    create(api, "other")
    with pytest.raises(stripe.IdempotencyError) as caught:
        create(api, "other", "else@example.com")
    assert caught.value.http_status == 400


def test_it_replays_a_refusal(sandbox, api):
    intent = make_payment(sandbox, api).payment_intent.id
    asked = ({"payment_intent": intent, "amount": 9999}, {"idempotency_key": "too-much"})
    replayed = []
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            api.refunds.create(*asked)
        replayed.append(caught.value.headers.get("Idempotent-Replayed"))
    assert replayed == [None, "true"]


def test_it_keeps_nothing_of_a_request_that_never_ran(api):
    with pytest.raises(stripe.InvalidRequestError):
        api.customers.create({"nonsense": "1"}, {"idempotency_key": "never-ran"})
    assert create(api, "never-ran").email == "once@example.com"


def test_it_survives_a_lost_answer(sandbox, api):
    sandbox.fault(reset=True, when="after", path="customers", times=1)
    patient = sandbox.client(max_network_retries=0).v1
    with pytest.raises(stripe.APIConnectionError):
        create(patient, "lost", "lost-answer@example.com")
    again = create(api, "lost", "lost-answer@example.com")
    assert [c.id for c in api.customers.list({"email": "lost-answer@example.com"})] == [again.id]


def test_it_repeats_a_500_though_the_work_is_done(sandbox, api):
    """As Stripe does: a caller takes a new key, and looks first whether the work was done."""
    sandbox.fault(status=500, when="after", path="customers", times=1)
    patient = sandbox.client(max_network_retries=0).v1
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            create(patient, "broken", "broken@example.com")
    assert len(api.customers.list({"email": "broken@example.com"}).data) == 1
    create(patient, "another", "broken@example.com")
    assert len(api.customers.list({"email": "broken@example.com"}).data) == 2


def test_ten_at_once_make_one(sandbox):
    def try_once(_):
        try:
            return create(sandbox.client(max_network_retries=0).v1, "race", "race@example.com").id
        except stripe.StripeError as error:
            assert error.http_status == 409, "another has the key at this moment"
            return None

    with ThreadPoolExecutor(10) as pool:
        ids = set(pool.map(try_once, range(10))) - {None}
    assert len(ids) == 1
    assert len(sandbox.client().v1.customers.list({"email": "race@example.com"}).data) == 1
