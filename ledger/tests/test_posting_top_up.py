import pytest

from ledger import posting, queries
from ledger.models import Lot, Transaction
from ledger.tests.make import D, make_refund, make_top_up, stands

pytestmark = pytest.mark.django_db


def names(transaction_id):
    return {entry.account.name: entry.amount for entry in queries.entries(transaction_id)}


def test_it_works(member, owner):
    booked = posting.top_up(member, cash=D(20), external_id="x", granted=D(1), actor=owner, note="first")
    assert (booked.created, booked.paid, booked.granted) == (True, 20, 1)
    assert names(booked.transaction_id) == {
        "stripe": 20,
        f"member:{member.pk}:paid": -20,
        "promo_issued": 1,
        f"member:{member.pk}:granted": -1,
    }
    transaction = Transaction.objects.get()
    assert (transaction.actor, transaction.note, transaction.kind) == (owner, "first", "top_up")
    assert transaction.happened_at == transaction.posted_at
    assert [(lot.kind, lot.amount, lot.remaining) for lot in Lot.objects.order_by("id")] == [
        ("paid", 20, 20),
        ("granted", 1, 1),
    ]


def test_it_is_booked_once(member):
    first = posting.top_up(member, cash=D(20), external_id="x")
    again = posting.top_up(member, cash=D(20), external_id="x")
    assert (again.created, again.transaction_id, again.paid) == (False, first.transaction_id, 20)
    assert stands(member) == (20, 0, 0, 0)


@pytest.mark.parametrize("cash", [19, 21])
def test_it_refuses_an_external_id_that_is_another_posting(member, outsider, cash):
    posting.top_up(member, cash=D(20), external_id="x")
    with pytest.raises(posting.Refused, match=r'external id "x" is already booked as top_up of \$20\.00 '):
        posting.top_up(member, cash=D(cash), external_id="x")
    with pytest.raises(posting.Refused, match="already booked"):
        posting.top_up(outsider, cash=D(20), external_id="x")
    with pytest.raises(posting.Refused, match="already booked"):
        posting.grant(member, D(20), external_id="x")
    assert Transaction.objects.count() == 1


def test_tax_is_no_credit(member):
    booked = posting.top_up(member, cash=D(11), tax=D(1), external_id="x")
    assert booked.paid == 10
    assert names(booked.transaction_id)["tax_payable"] == -1


def test_it_fills_the_debt_first(member):
    top_up = make_top_up(member, 20)
    posting.charge(member, D(15), service="poem")
    make_refund(member, 20, top_up)
    assert stands(member) == (0, 0, 0, 15)
    make_top_up(member, 5)
    assert stands(member) == (0, 0, 0, 10)
    make_top_up(member, 25)
    assert stands(member) == (15, 0, 0, 0)


def test_it_uses_another_cash_account(member):
    booked = posting.top_up(member, cash=D(5), external_id="x", cash_account="paypal")
    assert names(booked.transaction_id)["paypal"] == 5
    with pytest.raises(posting.Refused, match="cash account"):
        posting.top_up(member, cash=D(5), external_id="y", cash_account="revenue/poem")


def test_it_refuses_tax_as_large_as_the_cash(member):
    with pytest.raises(posting.InvalidAmount):
        posting.top_up(member, cash=D(5), tax=D(5), external_id="x")
