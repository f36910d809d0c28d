"""Debts: who owes what, and what staff decided."""

import pytest

from ledger import posting
from ledger.tests.make import D, make_refund, make_top_up

pytestmark = pytest.mark.django_db
PANEL = "/admin/billing/panels/debts/"


def owing(member, amount=15):
    top_up = make_top_up(member, 20)
    posting.charge(member, D(amount), service="poem")
    make_refund(member, 20, top_up)


def text_of(client):
    return client.get(PANEL, headers={"HX-Request": "true"}).content.decode()


def test_it_works(client_of, supporter, member):
    owing(member)
    text = text_of(client_of(supporter))
    assert member.email in text and "$15.00" in text and "Not decided" in text and "Decide…" in text


def test_who_may_not_decide_sees_no_button(client_of, accountant, member):
    owing(member)
    text = text_of(client_of(accountant))
    assert member.email in text and "Decide…" not in text


def test_it_shows_nothing_yet(client_of, accountant):
    assert "Nobody owes anything" in text_of(client_of(accountant))


def test_it_requires_billing_read(client_of, marketer):
    assert client_of(marketer).get(PANEL).status_code == 403
