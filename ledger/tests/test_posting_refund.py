from datetime import UTC, datetime, timedelta

import pytest

from ledger import posting, queries
from ledger.models import Transaction
from ledger.tests.make import D, make_refund, make_top_up, stands

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def rests(member):
    return [lot.remaining for lot in reversed(queries.lots(member))]


def test_it_works(member):
    top_up = make_top_up(member, 20)
    booked = make_refund(member, 5, top_up)
    assert stands(member) == (15, 0, 0, 0)
    names = {entry.account.name: entry.amount for entry in queries.entries(booked.transaction_id)}
    assert names == {"stripe": -5, f"member:{member.pk}:paid": 5}
    assert Transaction.objects.get(kind="refund").about.external_id == top_up


def test_what_is_spent_becomes_debt_and_stops_paid_spending(member):
    top_up = make_top_up(member, 20)
    posting.charge(member, D(15), service="poem")
    make_refund(member, 20, top_up)
    assert stands(member) == (0, 0, 0, 15)
    with pytest.raises(posting.NotCovered, match=r"while \$15.00 is owed"):
        posting.charge(member, D(1), service="poem")
    posting.grant(member, D(2))
    assert posting.charge(member, D(2), service="poem").created
    make_top_up(member, 25)
    assert stands(member) == (10, 0, 0, 0)
    assert posting.charge(member, D(10), service="poem").created


def test_other_paid_credit_meets_it_before_it_becomes_debt(member):
    first, _ = make_top_up(member, 20), make_top_up(member, 10)
    posting.charge(member, D(15), service="poem")
    make_refund(member, 20, first)
    assert (stands(member), rests(member)) == ((0, 0, 0, 5), [0, 0])
    make_top_up(member, 6)
    assert (stands(member), rests(member)) == ((1, 0, 0, 0), [0, 0, 1])


def test_whatever_their_order_the_same_is_left(member, outsider):
    """A top-up that is heard of after the refund of another, and one that is heard of late."""
    for person, order in ((member, "abrc"), (outsider, "cbar")):
        for step in order:
            if step == "r":
                posting.charge(person, D(15), service="poem")
                make_refund(person, 20, f"{person.pk}a")
            else:
                make_top_up(person, 20, external_id=f"{person.pk}{step}", ordered_at=BEGIN + timedelta(hours=ord(step)))
    left = [
        [(lot.ordered_at, lot.remaining) for lot in sorted(queries.lots(person), key=lambda lot: lot.ordered_at)]
        for person in (member, outsider)
    ]
    assert stands(member) == stands(outsider) == (25, 0, 0, 0)
    assert left[0] == left[1]
    assert [rest for _, rest in left[0]] == [0, 5, 20]


def test_bonus_goes_back_in_proportion_and_never_into_debt(member):
    top_up = make_top_up(member, 20, granted=D(4))
    make_refund(member, 5, top_up)
    assert stands(member) == (15, 3, 0, 0)
    posting.charge(member, D("2.5"), service="poem")
    make_refund(member, 10, top_up)
    assert stands(member) == (5, 0, 0, 0)
    make_refund(member, 5, top_up)
    assert stands(member) == (0, 0, 0, 0)


def test_partial_refunds_add_up_to_the_micro_dollar(member):
    top_up = make_top_up(member, "10.01", granted=D(1), tax=D("0.91"))
    for _ in range(3):
        make_refund(member, "3.33", top_up)
    make_refund(member, "0.02", top_up)
    assert stands(member) == (0, 0, 0, 0)
    assert [queries.account_balance(name) for name in ("stripe", "tax_payable", "promo_issued")] == [0, 0, 0]


def test_what_exceeds_the_payment_is_nobodys_credit(member):
    top_up = make_top_up(member, 20)
    make_refund(member, 15, top_up)
    second = make_refund(member, 20, top_up)
    assert (stands(member), queries.account_balance("disputes")) == ((0, 0, 0, 0), 15)
    posting.reverse(second.transaction_id, note="It failed after all")
    assert (stands(member), queries.account_balance("disputes")) == ((5, 0, 0, 0), 0)
    assert make_refund(member, 5, top_up).paid == 0


def test_it_needs_its_top_up(member, outsider):
    top_up = make_top_up(member, 20)
    make_top_up(outsider, 20)
    with pytest.raises(posting.Refused, match="no top-up of this member"):
        make_refund(outsider, 5, top_up)
    with pytest.raises(posting.Refused, match="no top-up of this member"):
        make_refund(member, 5, "nothing")


def test_it_is_booked_once(member):
    top_up, other = make_top_up(member, 20), make_top_up(member, 20)
    first = make_refund(member, 5, top_up, "r")
    assert make_refund(member, 5, top_up, "r").transaction_id == first.transaction_id
    with pytest.raises(posting.Refused, match="already booked"):
        make_refund(member, 5, other, "r")
    assert stands(member) == (35, 0, 0, 0)


def test_it_claws_a_frozen_lot(member):
    top_up = make_top_up(member, 20)
    queries.lots(member).update(frozen_at="2026-01-01T00:00Z")
    assert queries.balances(member).available == 0
    make_refund(member, 20, top_up)
    assert stands(member) == (0, 0, 0, 0)


def test_failed_later_gives_exactly_back(member):
    top_up = make_top_up(member, 20, granted=D(4))
    posting.charge(member, D(14), service="poem")
    before = stands(member), rests(member)
    refund = make_refund(member, 20, top_up)
    assert stands(member) == (0, 0, 0, 10)
    posting.reverse(refund.transaction_id, external_id="refund failed")
    assert (stands(member), rests(member)) == before
    make_refund(member, 20, top_up)
    assert stands(member) == (0, 0, 0, 10)


def test_failed_later_refills_the_lot_that_met_the_debt(member):
    top_up = make_top_up(member, 20)
    posting.charge(member, D(15), service="poem")
    refund = make_refund(member, 20, top_up)
    make_top_up(member, 30)
    assert (stands(member), rests(member)) == ((15, 0, 0, 0), [0, 15])
    posting.reverse(refund.transaction_id)
    assert (stands(member), rests(member)) == ((35, 0, 0, 0), [5, 30])


def test_failed_later_meets_another_debt(member):
    first, second = make_top_up(member, 20), make_top_up(member, 10)
    posting.charge(member, D(25), service="poem")
    make_refund(member, 20, first)
    refund = make_refund(member, 10, second)
    assert stands(member) == (0, 0, 0, 25)
    posting.reverse(refund.transaction_id)
    assert (stands(member), rests(member)) == ((0, 0, 0, 15), [0, 0])


def test_failed_after_the_debt_was_written_off(member, owner):
    top_up = make_top_up(member, 20)
    charge = posting.charge(member, D(20), service="poem")
    refund = make_refund(member, 20, top_up)
    posting.write_off(member, D(20), actor=owner, note="gone")
    posting.reverse(refund.transaction_id)
    assert (stands(member), rests(member)) == ((20, 0, 0, 0), [20])
    posting.reverse(charge.transaction_id)
    assert (stands(member), rests(member)) == ((40, 0, 0, 0), [20, 20])
