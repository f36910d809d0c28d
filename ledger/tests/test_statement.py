"""Opening + movements = closing, whatever the cut; the chain holds; what was told is never told otherwise."""

import datetime as dt
import hashlib
import json

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test as run_machine

from ledger import posting, sweeps
from ledger.models import Kind, Transaction
from ledger.statement import ACCOUNTS, Movement, Point, Statement, lots, movements, statement
from ledger.tests import clock
from ledger.tests.make import D, make_refund, make_top_up
from ledger.tests.test_machine import Ledger

pytestmark = pytest.mark.django_db
BEGINNING, END = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
TICK = dt.timedelta(microseconds=1)


def told(member, since=BEGINNING, until=END) -> tuple[Statement, list[Movement]]:
    """The statement with its movements, checked by a second implementation of the chain and of the sums."""
    shown = statement(member.pk, since, until)
    rows = list(movements(shown))
    head, stands = shown.opening.hash, list(shown.opening.balances)
    for number, row in enumerate(rows, start=shown.opening.number + 1):
        facts = {"at": row.stamp, "corrects": row.corrects, "kind": row.kind, "lines": json.loads(row.lines)}
        facts |= {"number": number, "service": row.service, "transaction": row.transaction_id}
        head = hashlib.sha256((head + json.dumps(facts, sort_keys=True, separators=(",", ":"))).encode()).hexdigest()
        for account, _, amount in facts["lines"]:
            stands[ACCOUNTS.index(account)] += D(amount)
        assert (row.number, row.hash) == (number, head)
        assert [getattr(row, f"{account}_after") for account in ACCOUNTS] == stands
        assert shown.since <= row.at < shown.until
    assert shown.closing == Point(shown.opening.number + len(rows), *stands, head)
    assert shown.agrees, (shown.closing, shown.held_against)
    for kind, amounts in (("paid", shown.closing.paid), ("granted", shown.closing.granted)):
        assert sum(line.closing for line in lots(shown) if line.lot.kind == kind) == amounts
    return shown, rows


def test_it_works(member, outsider):
    top_up = make_top_up(member, 20, granted=D(1))
    make_top_up(outsider, 7)
    posting.charge(member, D("0.25"), service="poem")
    make_refund(member, 20, top_up)
    shown, rows = told(member)
    assert [(row.kind, row.paid, row.granted, row.owed) for row in rows] == [
        ("top_up", 20, 1, 0),
        ("charge", 0, D("-0.25"), 0),
        ("refund", -20, D("-0.75"), 0),
    ]
    assert shown.opening.hash == hashlib.sha256(f"poemvision statement of member {member.pk}".encode()).hexdigest()
    assert [line.closing for line in lots(shown)] == [0, 0]


def test_a_member_without_credit_has_an_empty_statement(member):
    shown, rows = told(member)
    assert rows == [] and shown.opening == shown.closing and shown.closing.number == 0


def test_a_period_closes_where_the_next_one_opens(member):
    make_top_up(member, 20)
    posting.charge(member, D(1), service="poem")
    cut = Transaction.objects.get(kind="charge").posted_at
    before, _ = told(member, until=cut)
    after, rows = told(member, since=cut)
    assert before.closing == after.opening and [row.kind for row in rows] == ["charge"]
    posting.charge(member, D(2), service="poem")
    assert told(member, until=cut) == (before, _)


def test_a_period_to_come_is_empty_and_stands_where_the_member_stands(member):
    make_top_up(member, 20)
    shown, rows = told(member, since=END)
    assert rows == [] and shown.opening.paid == shown.closing.paid == 20


def test_an_expiry_is_told_at_its_instant_recorded_or_not(member):
    with clock.moving_clock():
        until = clock.now() + dt.timedelta(hours=1)
        posting.grant(member, D(2), expires_at=until)
        clock.shift(2)
        make_top_up(member, 5)
        first = told(member, until=clock.now())
        assert [(row.kind, row.at, row.transaction_id) for row in first[1]][1] == ("expiry", until, None)
        assert told(member, until=until)[0].closing.granted == 2
        assert told(member, until=until + TICK)[0].closing.granted == 0
        assert sweeps.expire_lots() == 1
        assert Transaction.objects.filter(kind=Kind.EXPIRY).exists()
        assert told(member, until=first[0].until) == first
        assert [row.kind for row in told(member)[1]] == ["grant", "expiry", "top_up"]


@pytest.mark.parametrize("swept", [False, True])
def test_what_returns_to_an_expired_lot_expires_at_once(member, swept):
    with clock.moving_clock():
        now = clock.now()
        posting.grant(member, D(3), expires_at=now + dt.timedelta(hours=1))
        hold = posting.hold(member, D(2), service="poem", expires_at=now + dt.timedelta(hours=9)).hold_id
        clock.shift(2)
        if swept:
            sweeps.expire_lots()
        posting.release(hold)
        shown, rows = told(member)
        assert [(row.kind, row.granted, row.held) for row in rows] == [
            ("grant", 3, 0),
            ("hold", -2, 2),
            ("expiry", -1, 0),
            ("release", 0, -2),
        ]
        assert [amount for _, _, amount in json.loads(rows[-1].lines)] == ["-2.000000", "2.000000", "-2.000000"]
        sweeps.expire_lots()
        assert told(member, until=shown.until) == (shown, rows)


def test_a_difference_to_the_stored_balances_is_noticed(member):
    make_top_up(member, 20)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_wallet SET paid = 21 WHERE member_id = %s", [member.pk])
    shown = statement(member.pk, BEGINNING, END)
    assert not shown.agrees and shown.closing.paid == 20 and shown.held_against[0] == 21


class Told(Ledger):
    """The ledger's machine; at the end of each run its statements are cut at every instant that it looked at."""

    def teardown(self):
        try:
            self.check_statements()
        finally:
            super().teardown()

    def check_statements(self):
        whole, rows = told(self.member)
        before, hashes = None, [whole.opening.hash, *(row.hash for row in rows)]
        for at, answer in self.seen:
            shown, _ = told(self.member, since=before.until if before else BEGINNING, until=at + TICK)
            assert shown.closing.balances == (answer.paid, answer.granted, answer.held, answer.debt)
            assert shown.closing.hash == hashes[shown.closing.number]
            assert before is None or shown.opening == before.closing
            before = shown


@pytest.mark.timeout(600)
def test_statements_of_random_postings_cut_anywhere():
    with clock.moving_clock():
        run_machine(
            Told,
            settings=settings(
                max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
