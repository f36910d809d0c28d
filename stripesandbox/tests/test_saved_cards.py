"""A card that is saved on Checkout's page, and charged later while its owner is not there."""

import httpx
import pytest
import stripe

from stripesandbox.tests.make import types_about
from stripesandbox.tests.test_wire import fits

DONE = "http://localhost:1/done"


def make_page(api, **wishes):
    params = {"mode": "setup", "currency": "usd", "success_url": DONE, "customer_creation": "always"}
    return api.checkout.sessions.create(params | {"allowed_payment_method_types": ["card"]} | wishes)


def saved(sandbox, api, card="pay"):
    """The PaymentMethod behind a page on which a card was saved."""
    page = make_page(api)
    answer = sandbox.save_card(page.id, card)
    assert (answer.status_code, answer.headers.get("location")) == (302, DONE), answer.text
    return api.checkout.sessions.retrieve(page.id, {"expand": ["setup_intent.payment_method"]}).setup_intent


def charge(api, method, key=None, **wishes):
    params = {"amount": 2000, "currency": "usd", "customer": method.customer, "payment_method": method.id}
    params |= {"confirm": True, "off_session": True, "metadata": {"top_up": "7"}} | wishes
    return api.payment_intents.create(params, {"idempotency_key": key} if key else {})


def refusal(api, method, **wishes):
    with pytest.raises(stripe.CardError) as caught:
        charge(api, method, **wishes)
    assert caught.value.http_status == 402
    return caught.value.json_body["error"]


def told(api, id):
    events = api.events.list({"limit": 100}).data[::-1]
    return [event.type for event in events if event.data.object.to_dict().get("id") == id]


def test_it_works(sandbox, api):
    setup = saved(sandbox, api)
    method = setup.payment_method
    assert (setup.status, setup.usage, method.customer) == ("succeeded", "off_session", setup.customer)
    fits(api.setup_intents.retrieve(setup.id), stripe.SetupIntent)
    fits(method, stripe.PaymentMethod)
    assert [row.id for row in api.payment_methods.list({"customer": method.customer, "type": "card"}).data] == [
        method.id
    ]
    assert [row.id for row in api.setup_intents.list({"customer": method.customer}).data] == [setup.id]
    paid = charge(api, method)
    fits(paid, stripe.PaymentIntent)
    money = api.charges.retrieve(paid.latest_charge, {"expand": ["balance_transaction"]}).balance_transaction
    assert (paid.status, paid.amount_received, money.net, money.type) == ("succeeded", 2000, 2000 - 88, "charge")
    assert types_about(api, paid.id) == [
        *("payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"),
    ]


def test_a_page_refuses_a_card_asks_the_bank_and_expires(sandbox, api):
    page = make_page(api)
    assert "Your card was declined." in sandbox.decline(page.id).text
    asked = sandbox.pay(page.id, "challenge")
    assert asked.headers["location"].endswith("/authenticate")
    setup = api.setup_intents.retrieve(page.setup_intent)
    assert (setup.status, setup.next_action.type) == ("requires_action", "redirect_to_url")
    fits(setup, stripe.SetupIntent)
    assert "charge this card later" in httpx.get(setup.next_action.redirect_to_url.url, trust_env=False).text
    assert sandbox.answer_challenge(page.id, approve=False).headers["location"] == f"/c/pay/{page.id}"
    setup = api.setup_intents.retrieve(page.setup_intent)
    error = setup.last_setup_error
    assert (setup.status, error.code) == ("requires_payment_method", "setup_intent_authentication_failure")
    fits(setup, stripe.SetupIntent)
    assert sandbox.save_card(page.id, "challenge").headers["location"] == DONE
    assert told(api, page.setup_intent) == [
        f"setup_intent.{name}"
        for name in ("created", "setup_failed", "requires_action", "setup_failed", "requires_action", "succeeded")
    ]
    assert "Already saved" in httpx.get(f"{sandbox.url}/c/pay/{page.id}", trust_env=False).text
    late = make_page(api)
    sandbox.expire(late.id)
    assert api.setup_intents.retrieve(late.setup_intent).status == "canceled"
    assert told(api, late.id) == ["checkout.session.expired"]


@pytest.mark.parametrize(
    "card, code, decline_code",
    [
        ("fails_later", "card_declined", "generic_decline"),
        ("no_funds_later", "card_declined", "insufficient_funds"),
        ("challenge_always", "authentication_required", "authentication_required"),
        ("pay", "expired_card", "expired_card"),
    ],
)
def test_a_saved_card_is_refused_and_the_payment_is_there(sandbox, api, card, code, decline_code):
    method = saved(sandbox, api, card).payment_method
    if code == "expired_card":
        sandbox.step_card(method.id, "expire")
    error = refusal(api, method)
    intent = api.payment_intents.retrieve(error["payment_intent"]["id"])
    assert (error["type"], error["code"], error["decline_code"]) == ("card_error", code, decline_code)
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", code)
    assert api.charges.retrieve(error["charge"]).status == "failed"
    row = httpx.get(sandbox.url, trust_env=False).text.split(f"/payments/{intent.id}", 1)[1].split("</tr>")[0]
    assert ">$20.00<" in row and "Failed" in row and "buyer@example.com" in row
    assert types_about(api, intent.id)[1:] == ["charge.failed", "payment_intent.payment_failed"]
    fits(intent, stripe.PaymentIntent)


@pytest.mark.parametrize("card", ["pay", "fails_later"])
def test_the_same_key_has_the_same_answer_though_the_first_was_lost(sandbox, api, card):
    method = saved(sandbox, api, card).payment_method

    def once(**wishes):
        try:
            return charge(api, method, f"once {method.id}", **wishes).to_dict()
        except stripe.CardError as error:
            return error.json_body

    sandbox.fault(reset=True, when="after", path="payment_intents", method="POST", times=1)
    with pytest.raises(stripe.APIConnectionError):
        once()
    assert once() == once()
    made = api.payment_intents.list({"customer": method.customer}).data
    assert [intent.latest_charge for intent in made] == [
        row.id for row in api.charges.list({"payment_intent": made[0].id})
    ]
    with pytest.raises(stripe.IdempotencyError):
        once(amount=2100)


def test_a_card_is_replaced_by_its_bank_changed_and_taken_off(sandbox, api):
    method = saved(sandbox, api).payment_method
    sandbox.step_card(method.id, "replace")
    assert api.payment_methods.retrieve(method.id).card.last4 == "5353"
    assert charge(api, method).status == "succeeded"
    api.payment_methods.update(method.id, {"card": {"exp_month": 7, "exp_year": 2040}})
    assert api.payment_methods.retrieve(method.id).card.exp_year == 2040
    assert "·5353" in httpx.get(f"{sandbox.url}/customers/{method.customer}", trust_env=False).text
    fits(api.payment_methods.detach(method.id), stripe.PaymentMethod)
    assert told(api, method.id) == [
        f"payment_method.{name}" for name in ("attached", "automatically_updated", "updated", "detached")
    ]
    for again in (lambda: charge(api, method), lambda: api.payment_methods.detach(method.id)):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            again()
        assert caught.value.code == "payment_method_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError, match="Please include the Customer"):
        whose = {"payment_method": saved(sandbox, api).payment_method.id, "amount": 500, "currency": "usd"}
        api.payment_intents.create(whose | {"confirm": True, "off_session": True})
