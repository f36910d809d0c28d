"""The Checkout page: pay, be declined, authenticate, owe, give up."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import stripe

from stripesandbox.tests.make import make_payment, make_session, types_about
from stripesandbox.tests.shapes import problems


def page(sandbox, session):
    return httpx.get(f"{sandbox.url}/c/pay/{session.id}", trust_env=False, timeout=20).text


def intent_of(api, session):
    return api.payment_intents.retrieve(api.checkout.sessions.retrieve(session.id).payment_intent)


def test_it_works(sandbox, api):
    session = make_session(api, metadata={"top_up": "7"}, client_reference_id="7")
    shown = page(sandbox, session)
    assert session.url == f"{sandbox.url}/c/pay/{session.id}"
    for text in ("Sandbox", "Poem Vision credit", "$20.00", "Back to Poem Vision AI"):
        assert text in shown
    answer = sandbox.pay(session.id)
    assert answer.headers["Location"] == f"http://localhost:1/done?session={session.id}"
    paid = api.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (paid.metadata["top_up"], paid.client_reference_id) == ("7", "7")
    assert paid.customer_details.email == "buyer@example.com"


def test_it_tells_the_story_in_stripes_order(sandbox, api):
    intent = make_payment(sandbox, api).payment_intent.id
    assert types_about(api, intent) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]
    late = api.events.list({"type": "charge.updated"}).data[0]
    assert late.data.previous_attributes.to_dict() == {"balance_transaction": None}
    assert late.data.object.balance_transaction.startswith("txn_")


@pytest.mark.parametrize(
    ("card", "decline_code", "message"),
    [("decline", "generic_decline", "was declined"), ("no_funds", "insufficient_funds", "insufficient funds")],
)
def test_it_declines_and_lets_try_again(sandbox, api, card, decline_code, message):
    session = make_session(api)
    answer = sandbox.pay(session.id, card)
    assert answer.status_code == 402
    assert message in answer.text
    intent = intent_of(api, session)
    assert intent.status == "requires_payment_method"
    assert (intent.last_payment_error.code, intent.last_payment_error.decline_code) == ("card_declined", decline_code)
    assert sandbox.pay(session.id).status_code == 302
    assert [c.status for c in api.charges.list({"payment_intent": intent.id})] == ["succeeded", "failed"]
    assert types_about(api, intent.id)[:3] == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"number": "4242424242424241"}, "Your card number is invalid."),
        ({"number": ""}, "Enter a card number."),
        ({"expiry": "01 / 20"}, "expiration year is in the past"),
        ({"expiry": "soon"}, "MM / YY"),
        ({"cvc": "1"}, "security code is incomplete"),
        ({"email": "nobody"}, "valid email"),
    ],
)
def test_it_says_what_is_wrong_beside_the_field(sandbox, api, typed, said):
    session = make_session(api)
    answer = sandbox.pay(session.id, **typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert api.checkout.sessions.retrieve(session.id).payment_intent is None


def test_it_takes_no_real_card(sandbox, api):
    answer = sandbox.pay(make_session(api).id, "4000056655665556")
    assert "used a non test card" in answer.text


@pytest.mark.parametrize("approve", [True, False])
def test_it_asks_the_bank_for_3d_secure(sandbox, api, approve):
    session = make_session(api)
    answer = sandbox.pay(session.id, "challenge")
    assert answer.headers["Location"] == f"/c/pay/{session.id}/authenticate"
    assert intent_of(api, session).next_action.redirect_to_url.url.endswith("/authenticate")
    sandbox.answer_challenge(session.id, approve)
    intent = intent_of(api, session)
    if approve:
        charge = api.charges.retrieve(intent.latest_charge)
        assert charge.payment_method_details.card.three_d_secure.result == "authenticated"
        assert intent.status == "succeeded"
    else:
        assert intent.last_payment_error.code == "payment_intent_authentication_failure"
        assert "unable to authenticate" in page(sandbox, session)
        assert sandbox.pay(session.id).status_code == 302
    assert "payment_intent.requires_action" in types_about(api, intent.id)


def test_a_card_can_be_declined_after_3d_secure(sandbox, api):
    session = make_session(api)
    sandbox.pay(session.id, "challenge_declined")
    assert sandbox.answer_challenge(session.id).headers["Location"] == f"/c/pay/{session.id}"
    intent = intent_of(api, session)
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", "card_declined")
    assert types_about(api, intent.id)[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    assert "Your card was declined" in page(sandbox, session)


@pytest.mark.parametrize(
    ("card", "decline_code", "advice", "outcome"),
    [
        ("stolen_card", "stolen_card", "do_not_try_again", "issuer_declined"),
        ("expired_card", "expired_card", "confirm_card_data", "issuer_declined"),
        ("velocity", "card_velocity_exceeded", "try_again_later", "issuer_declined"),
        ("blocked", "fraudulent", None, "blocked"),
    ],
)
def test_a_decline_says_what_to_do(sandbox, api, card, decline_code, advice, outcome):
    session = make_session(api)
    sandbox.pay(session.id, card)
    intent = intent_of(api, session)
    error = intent.last_payment_error.to_dict()
    assert (error["decline_code"], error.get("advice_code")) == (decline_code, advice)
    charge = api.charges.list({"payment_intent": intent.id}).data[0]
    assert (charge.outcome.type, charge.outcome.advice_code) == (outcome, advice)
    assert not [*problems(charge.to_dict(), stripe.Charge), *problems(intent.to_dict(), stripe.PaymentIntent)]


def test_some_money_is_available_at_once(sandbox, api):
    session = make_session(api)
    sandbox.pay(session.id, "available_at_once")
    intent = intent_of(api, session)
    (entry,) = api.balance_transactions.list({"source": intent.latest_charge})
    assert (entry.status, entry.net) == ("available", 1912)


@pytest.mark.parametrize("succeed", [True, False])
def test_a_bank_debit_settles_later(sandbox, api, succeed):
    session = make_session(api, invoice_creation={"enabled": True})
    assert sandbox.pay_by_bank(session.id).status_code == 302
    owed = api.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (owed.status, owed.payment_status, owed.payment_intent.status) == ("complete", "unpaid", "processing")
    assert "on its way" in page(sandbox, session)
    sandbox.settle(owed.payment_intent.id, succeed)
    sandbox.settle(owed.payment_intent.id, not succeed)
    done = api.checkout.sessions.retrieve(session.id)
    assert done.payment_status == ("paid" if succeed else "unpaid")
    assert (done.invoice is not None) == succeed
    ending = [type for type in types_about(api, owed.payment_intent.id) if "async" in type]
    assert ending == [f"checkout.session.async_payment_{'succeeded' if succeed else 'failed'}"]


@pytest.mark.parametrize(("settle", "status"), [("succeed", "succeeded"), ("fail", "requires_payment_method")])
def test_a_bank_debit_settles_by_itself(sandbox, api, settle, status):
    session = make_session(api)
    sandbox.pay_by_bank(session.id, settle, after=0.2)
    deadline = time.monotonic() + 8
    while intent_of(api, session).status == "processing" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert intent_of(api, session).status == status


@pytest.mark.parametrize(
    ("settle", "status"), [("succeed_late", "succeeded"), ("fail_late", "requires_payment_method")]
)
def test_a_bank_debit_settles_in_four_days(sandbox, api, clock, settle, status):
    session = make_session(api)
    sandbox.pay_by_bank(session.id, settle)
    sandbox.forward(days=3)
    assert intent_of(api, session).status == "processing"
    sandbox.forward(days=1, minutes=1)
    assert intent_of(api, session).status == status


def test_a_debit_that_was_settled_by_hand_settles_once(sandbox, api, clock):
    session = make_session(api)
    sandbox.pay_by_bank(session.id, "fail_late")
    intent = intent_of(api, session)
    sandbox.settle(intent.id)
    sandbox.forward(days=5)
    assert types_about(api, intent.id).count("payment_intent.succeeded") == 1
    assert intent_of(api, session).status == "succeeded"


def test_it_offers_only_what_the_merchant_takes(sandbox, api):
    session = make_session(api, allowed_payment_method_types=["card"])
    assert "Bank debit" not in page(sandbox, session)
    assert sandbox.pay_by_bank(session.id).status_code == 422
    with pytest.raises(stripe.InvalidRequestError):
        make_session(api, allowed_payment_method_types=["klarna"])


def test_it_expires(sandbox, api):
    session = make_session(api)
    sandbox.decline(session.id)
    expired = api.checkout.sessions.expire(session.id, {"expand": ["payment_intent"]})
    assert (expired.status, expired.url, expired.payment_intent.status) == ("expired", None, "canceled")
    assert "expired" in page(sandbox, session)
    assert "expired" in sandbox.pay(session.id).text
    assert types_about(api, expired.payment_intent.id)[-2:] == ["payment_intent.canceled", "checkout.session.expired"]
    with pytest.raises(stripe.InvalidRequestError):
        api.checkout.sessions.expire(session.id)


def test_a_paid_session_says_so_and_leads_back(sandbox, api):
    session = make_payment(sandbox, api)
    shown = page(sandbox, session)
    assert "Already paid" in shown
    assert f"http://localhost:1/done?session={session.id}" in shown
    assert sandbox.pay(session.id).status_code == 302
    assert len(api.charges.list({"payment_intent": session.payment_intent.id}).data) == 1


def test_eight_clicks_at_once_pay_once(sandbox, api):
    session = make_session(api)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sandbox.pay(session.id), range(8)))
    assert {answer.status_code for answer in answers} == {302}
    intent = intent_of(api, session)
    assert len(api.charges.list({"payment_intent": intent.id}).data) == 1
    assert types_about(api, intent.id).count("checkout.session.completed") == 1


def test_it_makes_a_customer_and_an_invoice_when_asked(sandbox, api):
    session = make_payment(sandbox, api, invoice_creation={"enabled": True})
    assert session.customer.email == "buyer@example.com"
    assert session.invoice.status == "paid"
    assert "Invoice" in httpx.get(session.invoice.hosted_invoice_url, trust_env=False).text
    assert httpx.get(session.invoice.invoice_pdf, trust_env=False).content.startswith(b"%PDF-")
    receipt = httpx.get(session.payment_intent.latest_charge.receipt_url, trust_env=False).text
    assert "$20.00" in receipt
    assert "Sandbox" in receipt


def test_it_knows_a_returning_customer(sandbox, api):
    customer = api.customers.create({"email": "again@example.com"})
    session = make_payment(sandbox, api, customer=customer.id)
    assert session.customer.id == customer.id
    assert session.payment_intent.latest_charge.customer == customer.id
