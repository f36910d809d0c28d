"""The money of an invoice: what is earned when, what goes back, and that the order of the events changes nothing."""

import importlib
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.apps import apps

from alerts.models import Alert
from billing import stripe_events
from billing.models import Dispute, FraudWarning, StripeEvent
from billing.tests.stripe_side import work
from ledger import checks, posting
from ledger.models import Transaction
from ledger.queries import account_balance, balances
from memberships import invoice_events
from memberships.models import Invoice
from memberships.tests.told import (
    DAY,
    START,
    customer_of,
    dispute_told,
    invoice_told,
    make_price,
    paid,
    refund_told,
    subscription_told,
    tell,
)
from tests.cast import forgotten

pytestmark = pytest.mark.django_db
ACCOUNTS = ("stripe", "deferred_subscription", "subscription_revenue", "tax_payable", "disputes", "promo_issued")


def at(days: int) -> datetime:
    return datetime.fromtimestamp(START, UTC) + timedelta(days=days)


def stands() -> dict[str, Decimal]:
    return {name: account_balance(name) for name in ACCOUNTS}


def test_months_are_earned_one_by_one_and_dated_when_they_end(member, clock):
    row = paid(member, 12_000, days=365)
    clock(59)  # 28 February, then 31 March: as Stripe counts from the 31st
    booked = Transaction.objects.filter(external_id__contains=":earned:").order_by("pk")
    assert list(booked.values_list("external_id", "amount", "happened_at")) == [
        (f"{row.external_id}:earned:1", 10, datetime(2026, 2, 28, 12, tzinfo=UTC)),
        (f"{row.external_id}:earned:2", 10, datetime(2026, 3, 31, 12, tzinfo=UTC)),
    ]
    tell("refund.created", refund_told(row, 7000, START + 60 * DAY))
    row.refresh_from_db()
    assert (row.recognised, row.refunded, row.deferred) == (20, 70, 30)
    clock(400)
    assert stands() | {"promo_issued": 0} == {
        **dict.fromkeys(ACCOUNTS, 0),
        "stripe": 50,
        "subscription_revenue": 50,
    }
    row.refresh_from_db()
    assert row.recognised == 50 and row.earns_at is None and checks.run() == []


def test_what_is_left_when_premium_ends_is_earned_at_once(member, clock):
    """Heard before the payment or long after; a refund then takes it back."""
    customer = customer_of(member)
    ended = subscription_told(customer, status="canceled", ended_at=START + 10 * DAY)
    row = paid(member, 12_000, days=365)
    clock(40)
    assert stands()["subscription_revenue"] == 10
    tell("customer.subscription.deleted", ended, START + 10 * DAY)
    later = paid(member, 2400)
    for one in (row, later):
        one.refresh_from_db()
        assert one.deferred == 0 and one.earns_at is None
    assert (stands()["subscription_revenue"], stands()["deferred_subscription"]) == (144, 0)
    assert row.booked[f"{row.external_id}:earned:1"][2] == "120.00"
    tell("refund.created", refund_told(row, 12_000, START + 11 * DAY))
    clock(400)
    assert stands()["subscription_revenue"] == 24 and checks.run() == []


def test_what_is_earned_and_its_tax_go_back_too(member, clock):
    row = paid(member, 1400, tax=200)
    clock(40)
    assert stands()["subscription_revenue"] == 12 and stands()["tax_payable"] == 2
    tell("refund.created", refund_told(row, 700, START + 35 * DAY))
    assert (stands()["subscription_revenue"], stands()["tax_payable"], stands()["deferred_subscription"]) == (6, 1, 0)
    tell("charge.dispute.created", dispute_told(row, -1400, at=START + 36 * DAY, amount=1400))
    assert stands() | {"promo_issued": 0} == {
        **dict.fromkeys(ACCOUNTS, 0),
        "stripe": -22,  # 14 − 7 − 14, and the fee of 15
        "subscription_revenue": 6,
        "disputes": 13,
    }


def test_a_partly_won_dispute_is_no_won_one(member):
    row = paid(member)
    tell("charge.dispute.funds_withdrawn", dispute_told(row, -1200))
    before = stands()
    event = tell("charge.dispute.closed", dispute_told(row, -1200, 700, status="won"), START + 9 * DAY)
    assert event.state == "quarantined" and "another amount" in event.error and stands() == before
    twice = tell("charge.dispute.updated", dispute_told(row, -1200, -1200))
    others = tell("charge.dispute.updated", dispute_told(row, -1300))
    assert {twice.state, others.state} == {"quarantined"} and stands() == before
    assert tell("charge.dispute.closed", dispute_told(row, 1200, status="won", id="du_2")).state == "quarantined"


def test_a_dispute_is_told_like_one_of_a_top_up(client_of, accountant, member):
    """It stands in the panel, an older word does not win over a newer one, and its alert ends when it does."""
    row = paid(member)
    tell("charge.dispute.created", dispute_told(row, -1200), START + DAY)
    alert = Alert.objects.get(fingerprint=f"billing.dispute.{Dispute.objects.get().pk}")
    assert "$12.00 of Premium" in alert.title and alert.is_open
    tell("charge.dispute.closed", dispute_told(row, -1200, 1200, status="won"), START + 9 * DAY)
    tell("charge.dispute.updated", dispute_told(row, -1200, status="under_review"), START + 5 * DAY)
    alert.refresh_from_db()
    assert Dispute.objects.get().status == "won" and not alert.is_open
    text = client_of(accountant).get("/admin/billing/panels/disputes/?state=won").content.decode()
    assert "Premium" in text and "$12.00" in text and "Won" in text


def test_lost_words_about_a_dispute_are_asked_for(member, monkeypatch):
    row = paid(member)
    charge = {"id": "ch_1", "disputed": True, "amount_refunded": 0, "balance_transaction": None}
    answers = {"invoice_payments": {"data": [{"payment": {"payment_intent": row.payment_intent_id}}]}}
    answers["payment_intents"] = {"id": row.payment_intent_id, "latest_charge": charge}
    monkeypatch.setattr(invoice_events.stripe_api, "call", lambda resource, *asked: answers[resource])
    monkeypatch.setattr("billing.stripe_api.listed", lambda resource, charge: [dispute_told(row, -1200)])
    invoice_events.look_at_payment(row)
    work(1)
    assert Dispute.objects.get().invoice == row and stands()["stripe"] == -15


def test_included_credit_comes_with_money_alone(member):
    """Monthly, to yearly, back to monthly, and to yearly again: as much as was paid for, and nothing twice."""
    month, year = make_price(), make_price("120", "60", "year")
    assert paid(member, 1200, (1200, month)).credit == 5
    switch = {"billing_reason": "subscription_update"}
    assert paid(member, 11_400, (-600, month), (12_000, year), **switch).credit == Decimal("57.5")
    grant = Transaction.objects.filter(kind="grant").latest("pk")
    assert grant.note == "Included in Premium, less $2.50 of the time you did not use"
    back = paid(member, 0, (-12_000, year), (1200, month), total=-10_800, tax=-100, **switch)
    assert (back.credit, back.cash, back.tax) == (0, 0, 0)
    assert paid(member, 0, (1200, month), total=1200, billing_reason="subscription_cycle").credit == 0
    again = paid(member, 2400, (-1200, month), (12_000, year), total=10_800, tax=540, **switch)
    assert (again.credit, again.tax) == (Decimal("12.22"), Decimal("1.20"))  # 55 and 5.40, of which 2/9 in money
    assert balances(member).granted == 5 + Decimal("57.5") + Decimal("12.22")
    assert paid(member, 900, (900, month), billing_reason="manual").credit == 0


def test_included_credit_goes_back_with_its_price(member):
    """As a bonus does: in proportion, up to what is left of it, never into debt; a failed refund gives it back."""
    row = paid(member, 1200, (1200, make_price()))
    tell("refund.created", refund_told(row, 600))
    assert balances(member).granted == Decimal("2.5")
    posting.charge(member, Decimal(1), service="poem")
    rest = refund_told(row, 600, START + 2 * DAY)
    tell("refund.created", rest)
    now = balances(member)
    assert (now.granted, now.debt, stands()["promo_issued"]) == (0, 0, 1)
    tell("refund.failed", rest | {"status": "failed"})
    assert balances(member).granted == Decimal("1.5") and checks.run() == []


# Every order ends the same


def stories():
    """What may happen to a payment of $14 of which $2 is tax; each is told in every order."""
    yield (
        "refunds",
        28,
        lambda row: [
            ("refund.created", refund_told(row, 500, id="re_part")),
            ("refund.created", refund_told(row, 900, START + 30 * DAY, id="re_rest")),
            ("invoice.updated", None),  # of a credit note: no money moves
        ],
    )
    yield (
        "a year and a refund that fails",
        365,
        lambda row: [
            ("refund.created", refund_told(row, 1000, START + 30 * DAY, id="re_1")),
            ("refund.failed", refund_told(row, 1000, START + 30 * DAY, id="re_1", status="failed")),
            ("refund.created", refund_told(row, 600, START + 100 * DAY, id="re_2")),
        ],
    )
    won = {"amount": 1400, "at": START + 40 * DAY}
    yield (
        "a dispute that is won",
        365,
        lambda row: [
            ("charge.dispute.created", dispute_told(row, -1400, **won)),
            ("charge.dispute.closed", dispute_told(row, -1400, 1400, status="won", **won)),
            ("refund.created", refund_told(row, 400, START + 10 * DAY, id="re_1")),
        ],
    )


def told(member, clock, days, story, order) -> dict:
    """Tell it in this order: 0 is the payment, 1 a time that passes, then the story; what waits comes back."""
    with forgotten():
        invoice = invoice_told(member, 1400, (1400, make_price("14")), tax=200, days=days, id="in_1")
        later = {"post_payment_credit_notes_amount": 500}
        row = Invoice(payment_intent_id="pi_1")
        acts = [("invoice.paid", invoice), None, *((type_, thing or invoice | later) for type_, thing in story(row))]
        for number in order:
            clock(80) if number == 1 else tell(*acts[number])
            Invoice.objects.update(payment_intent_id="pi_1")
        for _ in acts:
            for event in StripeEvent.objects.exclude(state="applied").order_by("-pk"):
                tell(event.type, event.object)
        clock(400)
        assert account_balance("deferred_subscription") == 0 and checks.run() == []
        by_name = {}
        for row in Invoice.objects.all():
            by_name |= {name: Decimal(amount) for name, (_, _, amount, _) in row.booked.items() if Decimal(amount)}
        fixed = Transaction.objects.exclude(external_id__regex=":(earned|tax|over|credit)").exclude(external_id=None)
        clock(1)
        return (
            stands()
            | by_name
            | {"granted": balances(member).granted}
            | dict(fixed.values_list("external_id", "amount"))
        )


@pytest.mark.parametrize("count", [1, pytest.param(None, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_any_order_ends_the_same(member, clock, count):
    chance = random.Random(count)
    for name, days, story in stories():
        orders = list(permutations(range(5)))
        inline = told(member, clock, days, story, orders[0])
        assert inline["stripe"] == {"refunds": 0}.get(name, inline["stripe"])
        for order in chance.sample(orders, count) if count else orders:
            assert told(member, clock, days, story, order) == inline, (name, order)


def test_what_was_posted_under_the_names_of_before_is_not_posted_again(member, clock):
    row = paid(member, 12_000, days=365)
    between = {"debit": "deferred_subscription", "credit": "subscription_revenue", "service": "premium"}
    posting.transfer("transfer", **between, amount=Decimal(20), external_id=f"{row.external_id}:earned:20.00")
    Invoice.objects.update(recognised=20, booked={})
    importlib.import_module("memberships.migrations.0003_books").name_what_is_booked(apps, None)
    clock(59)
    assert stands()["subscription_revenue"] == 20
    clock(400)
    assert (stands()["subscription_revenue"], stands()["deferred_subscription"]) == (120, 0)


def test_a_warning_moves_no_money_and_is_told(member):
    row = paid(member)
    before = stands()
    warning = {"id": "issfr_1", "object": "radar.early_fraud_warning", "fraud_type": "made_with_stolen_card"}
    warning |= {"actionable": True, "created": START}
    early = tell("radar.early_fraud_warning.created", warning | {"payment_intent": "pi_1"})
    assert early.state == "waiting", "its payment is not known yet"
    Invoice.objects.filter(pk=row.pk).update(payment_intent_id="pi_1")
    for _ in range(2):
        assert stripe_events.apply_event(early.pk).state == "applied" and stands() == before
    kept = FraudWarning.objects.get()
    assert (kept.payment, kept.top_up) == (row, None)
    alert = Alert.objects.get(fingerprint=f"billing.fraud_warning.{kept.pk}")
    assert member.email in alert.title and "made with stolen card" in alert.detail
    late = warning | {"id": "issfr_2", "actionable": False, "payment_intent": "pi_1"}
    assert tell("radar.early_fraud_warning.created", late).state == "applied" and Alert.objects.count() == 1


def test_an_invoice_whose_events_are_lost_is_found_by_its_payment(member, monkeypatch):
    told = invoice_told(member, 1200, id="in_lost")
    charge = {"id": "ch_1", "paid": True, "amount_refunded": 0, "disputed": False}
    charge["balance_transaction"] = {"id": "txn_1", "fee": 65, "currency": "usd", "created": START}
    payment = {"invoice": "in_lost", "payment": {"payment_intent": "pi_lost"}}
    answers = {"invoice_payments": {"data": [payment]}, "invoices": told}
    answers["payment_intents"] = {"id": "pi_lost", "latest_charge": charge}
    monkeypatch.setattr(invoice_events.stripe_api, "call", lambda resource, *asked: answers[resource])
    assert invoice_events.catch_up("pi_lost", at(1)) and invoice_events.catch_up("pi_lost", at(1))
    row = Invoice.objects.get()
    assert (row.payment_intent_id, row.charge_id, row.fee) == ("pi_lost", "ch_1", Decimal("0.65"))
    assert stands()["stripe"] == Decimal("11.35")
    answers["invoice_payments"] = {"data": []}
    assert not invoice_events.catch_up("pi_of_nobody", at(1))


def test_the_country_of_the_card_stays_and_a_fee_in_another_currency_is_told(member, monkeypatch):
    address = {"customer_address": {"country": "FR"}}
    row = paid(member, id="in_1", **address)
    assert row.country == "FR"
    charge = {"id": "ch_1", "paid": True, "billing_details": {"address": {"country": "AT"}}}
    charge["balance_transaction"] = {"id": "txn_1", "fee": 65, "currency": "eur", "created": START, "source": "ch_1"}
    answers = {"invoice_payments": {"data": [{"payment": {"payment_intent": "pi_in_1"}}]}}
    answers["payment_intents"] = {"id": "pi_in_1", "latest_charge": charge}
    monkeypatch.setattr(invoice_events.stripe_api, "call", lambda resource, *asked: answers[resource])
    assert invoice_events.look_at_payment(row)
    tell("invoice.updated", invoice_told(member, id="in_1", **address), START + DAY)
    row.refresh_from_db()
    assert (row.country, row.fee, stands()["stripe"]) == ("AT", None, 12)
    assert Alert.objects.get(fingerprint="billing.settlement_currency").title == "Stripe settles ch_1 in eur"


def test_what_names_nobody_or_another_currency_is_for_a_person(member):
    strange = invoice_told(member) | {"customer": "cus_of_nobody"}
    euros = invoice_told(member) | {"currency": "eur"}
    live = invoice_told(member) | {"livemode": True}
    assert {tell("invoice.paid", told).state for told in (strange, euros, live)} == {"quarantined"}
    assert not Invoice.objects.exists()
