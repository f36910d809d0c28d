"""What a refund would do: the ledger's own answer, and nothing written."""

from decimal import Decimal

import pytest

from billing import stripe_events
from billing.tests.make import make_refund, make_session, make_top_up, store_event
from ledger import posting
from ledger.models import Transaction
from ledger.queries import balances

pytestmark = pytest.mark.django_db


@pytest.fixture
def top_up(member):
    made = make_top_up(member)
    stripe_events.apply_event(store_event("checkout.session.completed", make_session(made)).pk)
    made.refresh_from_db()
    return made


def text_of(client, top_up, amount):
    address = f"/admin/billing/panels/refund_preview/{top_up.pk}/"
    return client.get(address, {"amount": amount}, headers={"HX-Request": "true"}).content.decode()


def test_it_works(client_of, supporter, member, top_up):
    before = balances(member), Transaction.objects.count()
    text = text_of(client_of(supporter), top_up, "5")
    assert "loses $5.00 of paid credit and $0.25 of the bonus" in text and "debt" not in text
    assert (balances(member), Transaction.objects.count()) == before


def test_it_is_what_the_refund_does(client_of, supporter, member, top_up):
    posting.charge(member, Decimal("13.50"), service="studio_render")
    text = text_of(client_of(supporter), top_up, "10")
    assert "loses $7.50 of paid credit." in text and "$2.50 is spent already and becomes debt" in text
    stripe_events.apply_event(store_event("refund.created", make_refund(top_up, 1000)).pk)
    now = balances(member)
    assert (now.paid, now.granted, now.debt) == (0, 0, Decimal("2.50"))


@pytest.mark.parametrize("amount", ["", "nonsense", "NaN", "-5", "20.01", "1" + "0" * 30])
def test_it_says_nothing_of_what_cannot_be(client_of, supporter, top_up, amount):
    assert text_of(client_of(supporter), top_up, amount).strip() == ""


def test_it_requires_billing_refund(client_of, accountant, top_up):
    assert client_of(accountant).get(f"/admin/billing/panels/refund_preview/{top_up.pk}/").status_code == 403
