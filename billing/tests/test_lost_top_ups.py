"""Payments that a restored backup does not know are credited from what stands at Stripe, and to nobody else."""

import pytest

from audit.models import AuditEvent
from billing.models import StripeEvent, TopUp
from billing.tests.stripe_side import START, choose, session_id
from ledger.queries import balances

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("sandbox")]


def pay_and_forget(client, stripe_side, email):
    """The payment is made; then the row is gone, as after a restore."""
    session = session_id(client.post(START, choose()))
    stripe_side.sandbox.pay(session, email=email)
    TopUp.objects.all().delete()


def test_it_works(client_of, member, stripe_side):
    pay_and_forget(client_of(member), stripe_side, member.email)
    stripe_side.deliver()
    assert (balances(member).paid, balances(member).granted) == (20, 1)
    assert TopUp.objects.get().status == "paid"
    assert AuditEvent.objects.get(verb="top_up.made_again").actor is None


def test_a_number_that_was_given_to_somebody_else_gets_nothing(client_of, member, stripe_side):
    pay_and_forget(client_of(member), stripe_side, "eve@example.com")
    stripe_side.deliver()
    assert balances(member).paid == 0 and not TopUp.objects.exists()
    assert StripeEvent.objects.filter(type="checkout.session.completed", state="quarantined").exists()
