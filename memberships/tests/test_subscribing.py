"""A member subscribes at a real sandbox; what the webhook tells is booked once, whatever the order."""

from decimal import Decimal

import pytest

from accounts.models import QueuedMail
from billing.models import StripeEvent
from billing.tests.refunding import confirmed
from billing.tests.stripe_side import event_states
from ledger.models import Transaction
from ledger.queries import account_balance, balances
from memberships import dunning, recognition
from memberships.checkout import price_now
from memberships.models import Enrolment, FailedAttempt, Invoice, Subscription
from tunables import values

pytestmark = pytest.mark.django_db


def booked(invoice) -> dict:
    rows = Transaction.objects.filter(external_id__startswith=invoice.external_id)
    return dict(rows.values_list("external_id", "amount"))


def test_it_works(premium, member):
    row = premium.subscribe(member)
    assert (row.status, row.amount, row.mrr, row.renews, row.card) == ("active", 12, 12, True, "Visa 4242")
    assert row.card_expires.isoformat() == "2034-12-31" and not row.card_runs_out
    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.cash, invoice.credit, invoice.reason) == ("paid", 12, 5, "subscription_create")
    assert booked(invoice) == {invoice.external_id: 12, f"{invoice.external_id}:credit": 5}
    assert (invoice.fee, invoice.card, invoice.recognised) == (Decimal("0.65"), "Visa 4242", 0)
    assert Enrolment.objects.get().status == "complete"
    assert balances(member).granted == 5
    assert event_states() == {"applied", "unhandled"}
    page = premium.client(member).get("/me/membership/").content.decode()
    assert "Premium, monthly" in page and "Renews" in page and "$12.00" in page
    again = premium.client(member).post("/me/membership/subscribe/", {"interval": "year"}, follow=True)
    assert "You have Premium already." in again.content.decode()


def test_what_staff_set_is_what_is_offered(client_of, member, owner, settings):
    """Prices, included credit and grace are read when somebody asks; a price that was sold stays as it is."""
    settings.STRIPE_SECRET_KEY = "sk_test_nowhere"
    sold = price_now("year")
    for key, value in (("premium_monthly_usd", "15"), ("premium_yearly_usd", "99"), ("premium_credit_usd", "2")):
        values.change(key, value, by=owner)
    now = price_now("year")
    assert (sold.amount, sold.credit, now.amount, now.credit) == (120, 60, 99, 24)
    client = client_of(member)
    text = client.get("/me/membership/").content.decode()
    assert "$15.00" in text and "$99.00" in text and "you save $81.00" in text and "$24.00" in text
    values.change("premium_offered", "off", by=owner)
    assert "Premium is not offered at the moment" in client.get("/me/membership/").content.decode()
    chosen = {"interval": "year"}
    asked = client.post("/me/membership/subscribe/", chosen)
    assert "/account/reauthenticate/" in asked["Location"], "a stored card is not charged without the password"
    said = confirmed(member).post("/me/membership/subscribe/", chosen, follow=True).content.decode()
    assert "Premium is not offered at the moment." in said and not Enrolment.objects.exists()


def test_a_life(premium, member):
    """Renewed by the clock, not paid, recovered, switched, cancelled, kept after all, ended, and back."""
    row = premium.subscribe(member)

    def now():
        premium.side.deliver()
        row.refresh_from_db()
        return row.status, row.amount, row.renews

    def cash():
        return list(Invoice.objects.order_by("created_at", "pk").values_list("status", "cash", "credit"))

    premium.step(row, "renew")
    assert (now(), cash()) == (("active", 12, True), [("paid", 12, 5)] * 2)
    assert Invoice.objects.order_by("pk").first().recognised == 0  # by our own clock, none of it has passed
    premium.step(row, "fail")
    premium.step(row, "renew")
    assert now() == ("past_due", 12, True) and row.mrr == 12 and row.grace_until > row.period_start
    assert cash()[2] == ("open", 0, 0)
    failed = FailedAttempt.objects.get()
    assert (failed.outcome, failed.member, failed.amount, failed.invoice.attempts) == ("open", member, 12, 1)
    assert "did not go through" in premium.client(member).get("/me/membership/").content.decode()
    premium.portal(member, "pay")
    assert now() == ("active", 12, True) and row.grace_until is None
    assert FailedAttempt.objects.get().outcome == "recovered"
    premium.portal(member, "switch", price=price_now("year").stripe_id)
    assert now() == ("active", 120, True) and row.mrr == 10 and row.interval == "year"
    switched = Invoice.objects.first()
    assert (switched.reason, switched.status) == ("subscription_update", "paid") and 108 <= switched.cash < 120
    assert switched.credit == 60 - recognition.cents(5 * (120 - switched.cash) / 12)  # less the month's unused part
    premium.portal(member, "cancel")
    assert now() == ("active", 120, False) and row.cancel_at == row.period_end
    premium.portal(member, "resume")
    assert now() == ("active", 120, True)
    premium.step(row, "cancel")
    assert now() == ("canceled", 120, False) and row.mrr == 0 and row.ended_at
    assert "Your Premium ended" in premium.client(member).get("/me/membership/").content.decode()
    back = premium.subscribe(member, "year")
    assert (back.status, back.price.credit, balances(member).granted) == ("active", 60, 3 * 5 + switched.credit + 60)
    assert not list(StripeEvent.objects.exclude(state__in=("applied", "unhandled")).values_list("type", "error"))
    total = sum(invoice.cash - invoice.fee for invoice in Invoice.objects.all())
    assert account_balance("stripe") == total == premium.balance()


def test_a_first_payment_that_is_refused(premium, member, owner, confirmed_lately):
    """The page tells whose it is; it is lost with the page, and recovered with another card."""
    session = premium.begins(member, card="decline")
    premium.side.deliver()
    row = FailedAttempt.objects.get()
    assert (row.member, row.invoice, row.outcome) == (member, None, "open")
    panel = f"/admin/memberships/panels/failed_attempts/?q={member.email}"
    assert "$12.00" in premium.client(owner).get(panel).content.decode()
    premium.sandbox.submit(f"/sessions/{session}/expire", {})
    premium.side.deliver()
    assert FailedAttempt.objects.get().outcome == "lost"
    session = premium.begins(member, card="no_funds")
    premium.sandbox.pay(session, email=member.email)
    premium.side.deliver()
    assert [found.outcome for found in FailedAttempt.objects.order_by("pk")] == ["recovered", "card_changed"]


def test_a_bank_that_asks_is_no_refusal(premium, member):
    premium.sandbox.answer_challenge(premium.begins(member, card="challenge_always"))
    premium.side.deliver()
    row = Subscription.objects.get()
    premium.step(row, "renew")
    premium.side.deliver()
    invoice = Invoice.objects.first()
    assert invoice.needs_member and invoice.status == "open"
    page = premium.client(member).get("/me/membership/").content.decode()
    assert "wants you to confirm the payment of $12.00" in page and f'href="{invoice.url}"' in page
    assert "Another card helps" not in page
    dunning.send_due()
    mail = QueuedMail.objects.get()
    assert "confirm the payment" in mail.subject and invoice.url in mail.body and "refused" not in mail.body
    premium.sandbox.submit(f"/invoices/{invoice.stripe_id}/confirm", {"answer": "approve"})
    premium.side.deliver()
    row.refresh_from_db()
    invoice.refresh_from_db()
    assert (row.status, invoice.status, invoice.needs_member) == ("active", "paid", False)
