"""A card saved in setup mode, charged while nobody is there, and taken off again."""

import pytest
import stripe

from stripesandbox.tests.shapes import problems
from stripesandbox.tests.test_wire import fits

WISHES = {"mode": "setup", "currency": "usd", "customer_creation": "always", "customer_email": "a@example.com"}


def saved(sandbox, api, card="pay"):
    """The customer and the payment method of a card that was saved on the hosted page."""
    made = api.checkout.sessions.create({**WISHES, "success_url": "http://localhost:1/done"})
    fits(made, stripe.checkout.Session)
    fits(api.setup_intents.retrieve(made.setup_intent), stripe.SetupIntent)
    assert sandbox.pay(made.id, card).status_code == 302
    done = api.checkout.sessions.retrieve(made.id, {"expand": ["setup_intent.payment_method"]})
    assert (done.status, done.payment_status, done.payment_intent) == ("complete", "no_payment_required", None)
    assert not problems(done.setup_intent.to_dict(), stripe.SetupIntent)
    return done.customer, done.setup_intent.payment_method.id


def charge(api, customer, method, key="a"):
    asked = {"customer": customer, "payment_method": method, "amount": 2000, "currency": "usd"}
    asked |= {"confirm": True, "off_session": True, "metadata": {"a": "b"}}
    return api.payment_intents.create(asked, {"idempotency_key": f"{method}:{key}"})


def test_it_works(sandbox, api):
    customer, method = saved(sandbox, api)
    paid = charge(api, customer, method)
    fits(paid, stripe.PaymentIntent)
    assert (paid.status, paid.amount_received, charge(api, customer, method).id) == ("succeeded", 2000, paid.id)
    assert api.charges.retrieve(paid.latest_charge).metadata["a"] == "b"
    fits(api.payment_methods.detach(method), stripe.PaymentMethod)
    with pytest.raises(stripe.InvalidRequestError, match="detached"):
        charge(api, customer, method, "b")


@pytest.mark.parametrize(
    ("card", "code"), [("fails_later", "card_declined"), ("challenge_always", "authentication_required")]
)
def test_a_refused_card_answers_402_and_leaves_its_attempt(sandbox, api, card, code):
    customer, method = saved(sandbox, api, card)
    for _ in range(2):  # under the same key it is the same answer
        with pytest.raises(stripe.CardError) as refused:
            charge(api, customer, method)
        assert refused.value.code == code
        told = refused.value.json_body["error"]["payment_intent"]
    found = api.payment_intents.retrieve(told["id"])
    fits(found, stripe.PaymentIntent)
    assert (found.status, found.last_payment_error.code) == ("requires_payment_method", code)
    assert len(api.payment_intents.list({"customer": customer}).data) == 1


def test_a_card_that_no_bank_agrees_to_is_not_saved(sandbox, api):
    made = api.checkout.sessions.create({**WISHES, "success_url": "http://localhost:1/done"})
    assert sandbox.decline(made.id).status_code == 402
    assert api.checkout.sessions.retrieve(made.id).status == "open"
