"""Staff give back what was paid for Premium, as they do with top-ups: once, whatever becomes of Stripe's answer."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from alerts.models import Alert
from audit.models import AuditEvent
from billing import staff_refunds, stripe_api
from billing.models import RefundRequest
from billing.tests.refunding import confirmed
from jobs.models import Job
from ledger.queries import account_balance, balances
from memberships import recognition
from memberships.models import Invoice, MoneyBack
from memberships.tests.make import make_invoice
from memberships.tests.told import DAY, START, dispute_told, invoice_told, make_price, paid, refund_told, tell

pytestmark = pytest.mark.django_db


def typed(invoice, amount="5.00", **fields) -> dict:
    filled = {"amount": amount, "stripe_reason": "requested_by_customer", "reason": "Did not like it"}
    return filled | {"typed": invoice.member.email, "form_key": str(uuid.uuid4())} | fields


def test_it_works(premium, member, supporter):
    """At a real sandbox, from the button to the books."""
    premium.subscribe(member)
    invoice, browser = Invoice.objects.get(), confirmed(supporter)
    page = f"/admin/billing/invoices/{invoice.pk}/"
    assert "All that is left is $12.00" in browser.get(f"{page}refunds/new/").content.decode()
    form = typed(invoice)
    for _ in range(2):  # a double click refunds once
        assert browser.post(f"{page}refund/", form).headers["Location"] == page
    premium.side.deliver()
    back = MoneyBack.objects.get()
    assert (back.amount, back.holds, RefundRequest.objects.get().status) == (5, True, "accepted")
    assert balances(member).granted == 5 - recognition.cents(5 * back.amount / 12)
    assert account_balance("stripe") == premium.balance()
    text = browser.get(f"/admin/billing/panels/invoice_money/{invoice.pk}/").content.decode()
    for words in ("$7.00", "can still be refunded", "Refunded", "Did not like it", "Included in Premium"):
        assert words in text, words
    refused = browser.post(f"{page}refund/", typed(invoice, "7.01"))
    assert refused.status_code == 422 and "At most $7.00" in refused.content.decode()
    assert [event.verb for event in AuditEvent.objects.filter(verb__startswith="refund.").order_by("pk")] == [
        "refund.asked",
        "refund.sent",
    ]


def test_a_lost_answer_is_unknown_and_is_looked_up(member, supporter, monkeypatch):
    invoice, calls = paid(member, 1200, (1200, make_price())), []

    def silent(resource, method, params, *options):
        if resource == "invoices":
            return {"data": []}
        calls.append((params, *options))
        raise stripe_api.Unreachable("Stripe did not answer.")

    monkeypatch.setattr(stripe_api, "call", silent)
    asked = {"reason": "Kind", "stripe_reason": "duplicate", "form_key": uuid.uuid4(), "by": supporter}
    request = staff_refunds.start(invoice, invoice.cash, **asked)
    assert request.status == "unknown" and RefundRequest.objects.left(invoice) == 0
    ((params, options),) = calls
    assert options == {"idempotency_key": request.idempotency_key} and params["metadata"]["invoice"]
    assert Job.objects.filter(kind="billing.settle_refund").exists()
    made = refund_told(invoice, 1200, metadata=params["metadata"])
    assert tell("refund.created", made).state == "applied"
    request.refresh_from_db()
    assert (request.status, request.stripe_id) == ("accepted", made["id"])


def test_what_the_bank_has_cannot_be_refunded(member, supporter, accountant, client_of):
    invoice = paid(member)
    tell("charge.dispute.created", dispute_told(invoice, -1200))
    assert RefundRequest.objects.left(invoice) == 0
    page = f"/admin/billing/invoices/{invoice.pk}/"
    text = confirmed(supporter).get(f"{page}refunds/new/").content.decode()
    assert "decides whose it is" in text
    assert "What it is" in client_of(accountant).get(page).content.decode()


def test_what_a_switch_has_just_put_on_the_balance_does_not_go_back_too(member, supporter, monkeypatch):
    """The events of the switch are on their way: Stripe is asked what it has billed since."""
    year, month = make_price("120", "60", "year"), make_price()
    invoice, silent = paid(member, 12_000, (12_000, year), days=365), []
    lines = ((-12_000, year), (1200, month))
    switch = invoice_told(member, 0, *lines, total=-10_800, billing_reason="subscription_update", created=START + 60)

    def answer(resource, *asked):
        if silent:
            raise stripe_api.Unreachable("Stripe did not answer.")
        return {"invoices": {"data": [switch]}}[resource]

    monkeypatch.setattr(stripe_api, "call", answer)
    page = f"/admin/billing/invoices/{invoice.pk}/refund/"
    refused = confirmed(supporter).post(page, typed(invoice, "120.00"))
    assert refused.status_code == 422 and "At most $12.00" in refused.content.decode()
    silent.append(True)
    refused = confirmed(supporter).post(page, typed(invoice, "12.00"))
    assert refused.status_code == 422 and "it is not known how much is left" in refused.content.decode()
    assert not RefundRequest.objects.exists()


@pytest.mark.parametrize("wrong", [{"currency": "eur"}, {"lines": {}}])
def test_what_was_billed_since_and_cannot_be_booked_is_for_a_person(member, supporter, monkeypatch, wrong):
    invoice = paid(member)
    answers, asked = [[], [invoice_told(member) | wrong]], []

    def answer(resource, method, params, *options):
        if resource == "invoices":
            return {"data": answers.pop()}
        asked.append((resource, method, params))
        return refund_told(invoice, params["amount"])

    monkeypatch.setattr(stripe_api, "call", answer)
    page = f"/admin/billing/invoices/{invoice.pk}/refund/"
    refused = confirmed(supporter).post(page, typed(invoice))
    assert refused.status_code == 422 and "could not be booked" in refused.content.decode()
    assert not RefundRequest.objects.exists() and Alert.objects.get().is_open
    assert asked == []
    about = {"reason": "x", "stripe_reason": "duplicate", "form_key": uuid.uuid4()}
    request = staff_refunds.start(invoice, invoice.cash, by=supporter, **about)
    assert request.status == "accepted" and not Alert.objects.get().is_open
    ((resource, method, params),) = asked
    assert (resource, method, params["amount"]) == ("refunds", "create", 1200)


def test_a_switch_after_a_refund_gives_the_same_money_again_and_is_told_until_it_is_not_so(member, owner):
    year, month = make_price("120", "60", "year"), make_price()
    invoice = paid(member, 12_000, (12_000, year), days=365)
    tell("refund.created", refund_told(invoice, 12_000, START + 30))
    assert not Alert.objects.exists()
    lines = ((-12_000, year), (1200, month))
    paid(member, 0, *lines, total=-10_800, billing_reason="subscription_update", created=START + 60)
    alert = Alert.objects.get()
    assert alert.title == f"{member.email} was given back $120.00 of $120.00, and $108.00 waits"
    assert alert.acknowledge(by=owner)
    with transaction.atomic():
        recognition.recognise(recognition.together("sub_1").get(pk=invoice.pk))
    month_on = {"billing_reason": "subscription_cycle", "created": START + 30 * DAY}
    paid(member, 0, (1200, month), total=1200, amount_due=0, **month_on)
    invoice.refresh_from_db()
    alert.refresh_from_db()
    assert invoice.waits == 96 and not alert.is_open, "a person has seen it, and knows that it pays what comes next"
    refund = MoneyBack.objects.get()
    tell("refund.failed", refund_told(invoice, 12_000, START + 30, id=refund.stripe_id, status="failed"))
    assert not Alert.objects.filter(acknowledged_at=None, fingerprint=alert.fingerprint).exists()


def test_unpaid_is_not_refunded(member, supporter):
    invoice = make_invoice(member, status="open", paid_at=None, cash=0)
    assert confirmed(supporter).post(f"/admin/billing/invoices/{invoice.pk}/refund/", typed(invoice)).status_code == 422
    assert not RefundRequest.objects.exists()


@pytest.mark.parametrize(("from_", "until", "says"), [(-15, 15, "$6.00"), (-30, 0, ""), (0, 30, ""), (-1, 2, "$8.00")])
def test_it_suggests_what_is_not_used_yet(member, supporter, from_, until, says):
    at = {name: timezone.now() + timedelta(days) for name, days in (("covers_from", from_), ("covers_until", until))}
    invoice = make_invoice(member, payment_intent_id="pi_1", created_at=timezone.now(), **at)
    page = f"/admin/billing/invoices/{invoice.pk}/refunds/new/"
    text = confirmed(supporter).get(page).content.decode()
    assert (f"{says} is not used yet" in text, "is not used yet" in text) == (bool(says), bool(says))
    make_invoice(member, unused=3, created_at=timezone.now() + timedelta(seconds=1))
    assert "is not used yet" not in confirmed(supporter).get(page).content.decode()
