"""Whose a failed attempt is: of a page that could be paid then, of any payment of an invoice."""

from itertools import permutations

import pytest

from billing import stripe_api
from billing.stripe_objects import when
from billing.tests.stripe_side import work
from memberships import checkout
from memberships.models import Enrolment, FailedAttempt, Invoice
from memberships.tests.told import DAY, START, customer_of, invoice_told, make_price, tell

pytestmark = pytest.mark.django_db
HOUR = 3600


def declined(member, **fields) -> dict:
    told = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "amount": 1200, "currency": "usd"}
    said = {"failure_code": "declined", "description": "Subscription creation"}
    return told | {"customer": customer_of(member)} | said | fields


@pytest.mark.parametrize("status", ["complete", "expired"])
@pytest.mark.parametrize(("hours", "whose"), [(-1, True), (1, False)])
def test_a_page_claims_what_was_tried_until_it_ended(member, status, hours, whose):
    page = checkout.reserve(member, make_price())
    Enrolment.objects.filter(pk=page.pk).update(status="open", session_id="cs_1")
    ended = int(page.created_at.timestamp()) + 2 * HOUR
    told = {"id": "cs_1", "status": status, "metadata": {"enrolment": str(page.public_id)}, "subscription": "sub_1"}
    checkout.apply_session(told, when(ended))
    tell("charge.failed", declined(member), ended + hours * HOUR)
    assert FailedAttempt.objects.get().member == (member if whose else None)


@pytest.mark.parametrize(
    ("asked", "by_customer", "by_address"),
    [
        ({}, True, True),
        ({"amount": 900}, True, False),
        ({"amount": 1300}, False, False),
        ({"currency": "jpy"}, False, False),
    ],
)
@pytest.mark.parametrize("who", ["customer", "address"])
def test_a_page_claims_what_it_asked_for(member, who, asked, by_customer, by_address):
    """Of a known customer a discount or a balance takes off; anything else is of something else that is sold."""
    page = checkout.reserve(member, make_price())
    Enrolment.objects.filter(pk=page.pk).update(status="open", session_id="cs_1")
    unknown = {"customer": None, "billing_details": {"email": member.email}}
    told = declined(member, **(unknown if who == "address" else {}), **asked)
    tell("charge.failed", told, int(page.created_at.timestamp()) + HOUR)
    ours = by_customer if who == "customer" else by_address
    assert FailedAttempt.objects.get().member == (member if ours else None)


@pytest.mark.parametrize("first", ["attempt", "invoice"])
def test_any_payment_of_an_invoice_tells_whose_it_is(member, monkeypatch, first):
    """Whichever stands first of them at Stripe: here the newer one, which nobody tried."""
    intents = {"pi_2": {"id": "pi_2", "latest_charge": None}}
    listed = [{"payment": {"payment_intent": key}} for key in ("pi_2", "pi_1")]
    monkeypatch.setattr(
        stripe_api,
        "call",
        lambda what, _, key, *__: {"data": list(listed)} if what == "invoice_payments" else intents[key],
    )
    owed = {"status": "open", "amount_paid": 0, "billing_reason": "subscription_cycle"}
    invoice = "invoice.payment_failed", invoice_told(member, status_transitions={"paid_at": None}, **owed), START
    attempt = "charge.failed", declined(member), START
    for word in (attempt, invoice) if first == "attempt" else (invoice, attempt):
        tell(*word)
        work()
    row = FailedAttempt.objects.get()
    assert (row.invoice, row.member) == (Invoice.objects.get(), member)


def test_what_paid_an_invoice_is_the_payment_that_was_made(member, monkeypatch):
    intents = {"pi_2": {"id": "pi_2", "latest_charge": {"id": "ch_2", "paid": True, "balance_transaction": None}}}
    listed = [
        {"status": status, "payment": {"payment_intent": key}}
        for key, status in (("pi_1", "canceled"), ("pi_2", "paid"))
    ]
    monkeypatch.setattr(
        stripe_api,
        "call",
        lambda what, _, key, *__: {"data": list(listed)} if what == "invoice_payments" else intents[key],
    )
    tell("invoice.paid", invoice_told(member), START + DAY)
    work()
    assert Invoice.objects.get().charge_id == "ch_2"


@pytest.mark.parametrize(("days", "outcome"), [(3, "recovered"), (8, "lost")])
@pytest.mark.parametrize("words", list(permutations(["attempt", "expired", "paid"])), ids="-".join)
def test_who_subscribes_soon_on_another_page_was_not_lost(member, words, days, outcome):
    page = checkout.reserve(member, make_price())
    Enrolment.objects.filter(pk=page.pk).update(status="open", session_id="cs_1")
    at = int(page.created_at.timestamp()) + HOUR
    expired = {"id": "cs_1", "status": "expired", "metadata": {"enrolment": str(page.public_id)}}
    first = invoice_told(member, status_transitions={"paid_at": at + days * DAY})
    told = {
        "attempt": lambda: tell("charge.failed", declined(member), at),
        "expired": lambda: checkout.apply_session(expired, when(at + HOUR)),
        "paid": lambda: tell("invoice.paid", first, at + days * DAY),
    }
    for word in words:
        told[word]()
    assert FailedAttempt.objects.get().outcome == outcome
