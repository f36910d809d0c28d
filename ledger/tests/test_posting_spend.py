from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from ledger import posting, queries
from ledger.models import Entry, Lot, Transaction, Wallet
from ledger.tests.make import D, make_refund, make_top_up, stands

pytestmark = pytest.mark.django_db


def spend(member, amount, **more):
    return posting.charge(member, D(amount), service="lite_render", **more)


def test_it_works(member):
    make_top_up(member, 10, granted=D(1))
    booked = spend(member, 3, external_id="render:1", note="a cut")
    assert (booked.paid, booked.granted) == (8, 0)
    names = {entry.account.name: entry.amount for entry in queries.entries(booked.transaction_id)}
    assert names["promo_usage/lite_render"] == -1
    assert names["revenue/lite_render"] == -2
    assert spend(member, 3, external_id="render:1", note="a cut").created is False
    assert stands(member) == (8, 0, 0, 0)


def test_it_spends_granted_first_by_expiry_then_paid_by_age(member):
    now = timezone.now()
    make_top_up(member, 1)
    for days in (None, 30, 3):
        posting.grant(member, D(1), expires_at=days and now + timedelta(days=days))
    make_top_up(member, 1)
    paid_first, forever, month, days, paid_last = Lot.objects.order_by("id")
    for lot in (days, month, forever, paid_first, paid_last):
        spend(member, 1)
        lot.refresh_from_db()
        assert lot.remaining == 0


def test_it_never_spends_expired_or_frozen_lots(member, monkeypatch):
    posting.grant(member, D(5), expires_at=timezone.now() + timedelta(microseconds=50_000))
    posting.grant(member, D(3))
    Lot.objects.filter(amount=3).update(frozen_at=timezone.now())
    Lot.objects.raw("SELECT pg_sleep(0.06), id FROM ledger_lot LIMIT 1")[0]
    with pytest.raises(posting.NotCovered):
        spend(member, "0.000001")
    assert queries.balances(member) == queries.Balances(granted=D(3))
    assert stands(member) == (0, 8, 0, 0)
    posting.expire_lot(Lot.objects.get(amount=5).pk)
    assert stands(member) == (0, 3, 0, 0)
    with pytest.raises(posting.Refused, match="nothing of lot"):
        posting.expire_lot(Lot.objects.get(amount=5).pk)


def test_a_refusal_writes_nothing_and_leaves_the_transaction_usable(member, outsider):
    make_top_up(member, 1)
    with transaction.atomic():
        with pytest.raises(posting.NotCovered):
            spend(member, 2)
        with pytest.raises(posting.NotCovered):
            spend(outsider, 2)
        with pytest.raises(posting.Refused):
            spend(member, 1, external_id="test").created or posting.charge(member, D(1), service="Poem!")
            posting.charge(member, D(1), service="poem", external_id="test")
        posting.grant(member, D(1))
    assert not Wallet.objects.filter(member=outsider).exists()
    assert list(Transaction.objects.order_by("id").values_list("kind", flat=True)) == ["top_up", "charge", "grant"]


@pytest.mark.parametrize("name", ["", "Poem", "a/b", "x" * 41, None, "a b"])
def test_it_refuses_what_is_no_service(member, name):
    make_top_up(member, 1)
    with pytest.raises(posting.Refused, match="no name of a service"):
        posting.charge(member, D(1), service=name)


AMOUNTS = ["NaN", "sNaN", "Infinity", "-Infinity", "0", "-0", "-1", "1e30", "1000000000", "0.0000001", "1.0000001"]


@pytest.mark.parametrize("amount", [*map(D, AMOUNTS), 1, 1.0, "1", None, True])
def test_it_refuses_amounts_that_are_no_money(member, owner, amount):
    make_top_up(member, 5)
    verbs = [
        lambda: posting.charge(member, amount, service="poem"),
        lambda: posting.hold(member, amount, service="poem", expires_at=timezone.now() + timedelta(hours=1)),
        lambda: posting.grant(member, amount),
        lambda: posting.top_up(member, cash=amount, external_id="x"),
        lambda: posting.refund(member, amount, top_up_external_id="a", external_id="x"),
        lambda: posting.transfer("fee", "stripe_fees", "stripe", amount),
        lambda: posting.write_off(member, amount, actor=owner, note=""),
        lambda: posting.settle(1, amount),
    ]
    if str(amount) != "-1":
        verbs.append(lambda: posting.adjust(member, amount))
    for verb in verbs:
        with pytest.raises(posting.InvalidAmount):
            verb()
    assert Transaction.objects.count() == 1


@pytest.mark.parametrize("amount", AMOUNTS)
def test_the_database_refuses_them_again(member, monkeypatch, amount):
    make_top_up(member, 5)
    if amount == "sNaN":
        pytest.skip("PostgreSQL knows no signalling NaN")
    monkeypatch.setattr(posting, "_money", lambda amount, least=None: amount)
    with pytest.raises(posting.InvalidAmount):
        posting.charge(member, D(amount), service="poem")
    with pytest.raises(posting.InvalidAmount):
        posting.top_up(member, cash=D(amount), external_id="x")


def test_reversing_a_charge_goes_back_to_the_same_lots(member, owner):
    make_top_up(member, 10, granted=D(1))
    before = list(Lot.objects.order_by("id").values_list("id", "remaining"))
    charge = spend(member, 4)
    undone = posting.reverse(charge.transaction_id, actor=owner, note="failed render", external_id="undo")
    assert list(Lot.objects.order_by("id").values_list("id", "remaining")) == before
    assert [queries.account_balance(f"{name}/lite_render") for name in ("revenue", "promo_usage")] == [0, 0]
    repeated = posting.reverse(charge.transaction_id, external_id="undo")
    assert (repeated.created, repeated.transaction_id) == (False, undone.transaction_id)
    with pytest.raises(posting.Refused, match="already reversed"):
        posting.reverse(charge.transaction_id, external_id="another")
    with pytest.raises(posting.Refused, match="reversal cannot be reversed"):
        posting.reverse(undone.transaction_id)
    with pytest.raises(posting.Refused, match="no transaction"):
        posting.reverse(10**12)


def test_reversing_a_settlement_gives_back_what_was_charged(member):
    make_top_up(member, 10, granted=D(1))
    hold = posting.hold(member, D(5), service="poem", expires_at=timezone.now() + timedelta(hours=1))
    settled = posting.settle(hold.hold_id, D(3))
    assert stands(member) == (8, 0, 0, 0)
    posting.reverse(settled.transaction_id)
    assert stands(member) == (10, 1, 0, 0)


def test_paid_credit_that_returns_meets_the_debt_first(member):
    top_up = make_top_up(member, 20)
    charge = spend(member, 15)
    make_refund(member, 20, top_up)
    posting.reverse(charge.transaction_id)
    assert stands(member) == (0, 0, 0, 0)


def test_a_grant_is_reversed_while_it_is_whole(member):
    grant = posting.grant(member, D(5))
    spend(member, 1)
    with pytest.raises(posting.NotCovered):
        posting.reverse(grant.transaction_id)
    other = posting.grant(member, D(5))
    posting.reverse(other.transaction_id)
    assert stands(member) == (0, 4, 0, 0)
    assert queries.account_balance("promo_issued") == 5


def test_adjustments(member, owner):
    make_top_up(member, 5)
    posting.adjust(member, D(2), actor=owner, note="sorry")
    assert stands(member) == (5, 2, 0, 0)
    down = posting.adjust(member, D(-4), actor=owner, note="too much", external_id="form:1")
    assert stands(member) == (3, 0, 0, 0)
    assert posting.adjust(member, D(-4), actor=owner, external_id="form:1").created is False
    with pytest.raises(posting.Refused):
        posting.adjust(member, D(4), actor=owner, external_id="form:1")
    with pytest.raises(posting.NotCovered):
        posting.adjust(member, D(-4), actor=owner)
    posting.reverse(down.transaction_id)
    assert stands(member) == (5, 2, 0, 0)
    assert queries.account_balance("adjustments") == 2


def test_transfers(member):
    fee = posting.transfer("fee", "stripe_fees", "stripe", D("0.59"), external_id="stripe:txn:1")
    assert posting.transfer("fee", "stripe_fees", "stripe", D("0.59"), external_id="stripe:txn:1").created is False
    assert (queries.account_balance("stripe"), queries.account_balance("stripe_fees")) == (D("-0.59"), D("0.59"))
    posting.reverse(fee.transaction_id)
    assert queries.account_balance("stripe") == 0
    for debit, credit in [("stripe", "stripe"), ("stripe", f"member:{member.pk}:paid"), ("stripe", "petty_cash")]:
        with pytest.raises(posting.Refused, match="two system accounts"):
            posting.transfer("fee", debit, credit, D(1))
    with pytest.raises(posting.Refused, match="no kind of transfer"):
        posting.transfer("top_up", "stripe", "bank", D(1))
    assert Entry.objects.count() == 4
