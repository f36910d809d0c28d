"""Early fraud warnings of payments that are not disputed (yet)."""

import pytest
from django.utils import timezone

from billing.models import Dispute, FraudWarning
from billing.tests.make import make_top_up
from memberships.tests.make import make_invoice

pytestmark = pytest.mark.django_db
PANEL = "/admin/billing/panels/fraud_warnings/"


def warned(member, days=0):
    top_up = make_top_up(member, cash=20, status="paid", paid_at=timezone.now(), payment_intent_id=f"pi_{days}")
    when = timezone.now() - timezone.timedelta(days=days)
    FraudWarning.objects.create(top_up=top_up, stripe_id=f"i_{days}", fraud_type="card_never_received", created_at=when)


def test_it_works(client_of, supporter, member):
    warned(member)
    text = client_of(supporter).get(PANEL).content.decode()
    assert member.email in text and "Card never received" in text and "pi_0" in text


def test_it_tells_of_premium_until_that_is_disputed(client_of, supporter, member):
    now, client = timezone.now(), client_of(supporter)
    invoice = make_invoice(member, payment_intent_id="pi_1")
    FraudWarning.objects.create(invoice=invoice, stripe_id="issfr_1", fraud_type="made_with_stolen_card")
    text = client.get(PANEL).content.decode()
    assert member.email in text and invoice.staff_url in text and f"{invoice.staff_url}refunds/new/" in text
    about = {"invoice": invoice, "amount": 12, "status": "needs_response", "stripe_id": "du_1"}
    Dispute.objects.create(created_at=now, heard_at=now, **about)
    assert "No warnings" in client.get(PANEL).content.decode()


def test_it_shows_nothing_yet(client_of, accountant, member):
    warned(member, days=200)
    assert "No warnings" in client_of(accountant).get(PANEL).content.decode()


def test_it_requires_billing_read(client_of, marketer):
    assert client_of(marketer).get(PANEL).status_code == 403
