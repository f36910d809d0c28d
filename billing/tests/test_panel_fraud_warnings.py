"""Early fraud warnings of payments that are not disputed (yet)."""

import pytest
from django.utils import timezone

from billing.models import FraudWarning
from billing.tests.make import make_top_up

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


def test_it_shows_nothing_yet(client_of, accountant, member):
    warned(member, days=200)
    assert "No warnings" in client_of(accountant).get(PANEL).content.decode()


def test_it_requires_billing_read(client_of, marketer):
    assert client_of(marketer).get(PANEL).status_code == 403
