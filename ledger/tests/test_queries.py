from datetime import timedelta

import pytest
from django.utils import timezone

from ledger import posting, queries
from ledger.tests import clock
from ledger.tests.make import D, make_refund, make_top_up

pytestmark = pytest.mark.django_db


def changes(member, **filters):
    return [
        (found.kind, found.paid_change, found.granted_change, found.held_change, found.debt_change)
        for found in queries.movements(member, **filters)
    ]


def test_it_works(member, outsider, django_assert_num_queries):
    make_top_up(member, 10, granted=D(1))
    posting.charge(member, D(3), service="poem")
    with django_assert_num_queries(1):
        found = queries.balances_of([member.pk, outsider.pk])
    assert found[member.pk] == queries.Balances(paid=D(8), available=D(8)) == queries.balances(member)
    assert found[outsider.pk] == queries.Balances() == queries.balances(outsider, at=timezone.now())


def test_movements_say_what_they_changed(member, outsider):
    top_up = make_top_up(member, 10, granted=D(1))
    make_top_up(outsider, 7)
    hold = posting.hold(member, D(4), service="poem", expires_at=timezone.now() + timedelta(hours=1))
    posting.settle(hold.hold_id, D(3))
    make_refund(member, 10, top_up)
    assert changes(member) == [
        ("refund", -8, 0, 0, 2),
        ("settle", 1, 0, -4, 0),
        ("hold", -3, -1, 4, 0),
        ("top_up", 10, 1, 0, 0),
    ]
    assert changes(None, kinds=["top_up"]) == [("top_up", 7, 0, 0, 0), ("top_up", 10, 1, 0, 0)]
    assert changes(None, kinds=["settle", "refund"])[0] == ("refund", -8, 0, 0, 2)


def test_lots_and_holds(member):
    make_top_up(member, 10)
    posting.grant(member, D(2))
    posting.hold(member, D(3), service="poem", expires_at=timezone.now() + timedelta(hours=1))
    assert [(lot.kind, lot.remaining) for lot in queries.lots(member)] == [("granted", 0), ("paid", 9)]
    assert [hold.amount for hold in queries.holds(member)] == [3]
    assert [hold.member for hold in queries.holds()] == [member]


def test_an_expired_lot_counts_for_nothing_from_its_instant_on(member):
    with clock.moving_clock():
        until = clock.now() + timedelta(hours=1)
        posting.grant(member, D(2), expires_at=until)
        clock.shift(2)
        before = queries.balances(member, at=until - timedelta(microseconds=1)).granted
        assert (before, queries.balances(member, at=until).granted, queries.balances(member).granted) == (2, 0, 0)
        assert queries.balances(member).available == 0


def test_a_future_instant_reads_as_now(member):
    make_top_up(member, 10)
    assert queries.balances(member, at=timezone.now() + timedelta(days=1)).paid == 10


def test_system_accounts(member):
    make_top_up(member, 10, granted=D(2))
    posting.charge(member, D(3), service="poem")
    named = queries.account_balances()
    assert {name: amount for name, amount in named.items() if amount} == {
        "stripe": 10,
        "promo_issued": 2,
        "promo_usage/poem": 2,
        "revenue/poem": 1,
    }
    assert queries.account_balance(f"member:{member.pk}:paid") == 9
    assert queries.account_balance("no such account") == 0


def test_movements_page_through_an_index(member):
    make_top_up(member, 10)
    assert "ledger_transaction_notable" in _plan(queries.movements(kinds=["top_up", "refund"])[:5])
    assert "ledger_transaction_member" in _plan(queries.movements(member)[:5])


def _plan(rows):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    return rows.explain()
