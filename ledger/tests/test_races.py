"""Threads against real commits: nothing is overdrawn, nothing is booked twice, nobody waits for ever."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from ledger import checks, freezes, posting, queries
from ledger.models import Transaction, Wallet
from ledger.tests.make import D, make_member, make_top_up, stands

pytestmark = pytest.mark.usefixtures("committed_db")


def at_once(work, count, threads=12):
    """Call work(0) … work(count - 1) from threads that start together; the answers, or the errors raised."""
    start = threading.Barrier(threads)

    def run(numbers):
        start.wait(timeout=10)
        answers = []
        for number in numbers:
            try:
                answers.append(work(number))
            except Exception as error:
                answers.append(error)
        connection.close()
        return answers

    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(run, [range(first, count, threads) for first in range(threads)])
        return [answer for answers in found for answer in answers]


def kinds(answers):
    return {kind: sum(type(answer) is kind for answer in answers) for kind in {type(answer) for answer in answers}}


def test_fifty_spends_on_a_balance_of_twenty():
    member = make_member()
    make_top_up(member, 15, granted=D(5))
    answers = at_once(lambda number: posting.charge(member, D(1), service="poem"), 50)
    assert kinds(answers) == {posting.Posting: 20, posting.NotCovered: 30}
    assert stands(member) == (0, 0, 0, 0)
    assert checks.run() == []


def test_the_same_external_id_at_once_is_booked_once():
    member = make_member()
    answers = at_once(lambda number: posting.top_up(member, cash=D(5), external_id="session"), 24)
    assert kinds(answers) == {posting.Posting: 24}
    assert [answer.created for answer in answers].count(True) == 1
    assert len({answer.transaction_id for answer in answers}) == 1
    assert stands(member) == (5, 0, 0, 0)


def test_the_same_external_id_for_two_members_is_refused_for_one():
    members = [make_member() for _ in range(12)]
    answers = at_once(lambda number: posting.grant(members[number], D(5), external_id="session"), 12)
    assert kinds(answers) == {posting.Posting: 1, posting.Refused: 11}
    assert Transaction.objects.count() == 1
    assert checks.run() == []


def test_a_new_wallet_is_opened_once():
    member = make_member()
    answers = at_once(lambda number: posting.grant(member, D(1)), 24)
    assert kinds(answers) == {posting.Posting: 24}
    assert Wallet.objects.get().granted == 24


def test_a_hold_is_closed_once():
    member = make_member()
    make_top_up(member, 10)
    held = posting.hold(member, D(10), service="poem", expires_at="2100-01-01T00:00Z").hold_id
    answers = at_once(lambda number: posting.settle(held, D(4)) if number % 2 else posting.release(held), 12)
    assert kinds(answers) == {posting.Posting: 1, posting.Refused: 11}
    assert checks.run() == []


def test_nothing_is_charged_after_a_freeze():
    member = make_member()
    make_top_up(member, 100)

    def work(number):
        return freezes.freeze_spending(member, "test") if number == 30 else posting.charge(member, D(1), service="poem")

    answers = kinds(at_once(work, 60))
    frozen_at = Wallet.objects.get().frozen_at
    charges = Transaction.objects.filter(kind="charge")
    assert answers[bool] == 1 and answers[posting.Frozen] == 59 - charges.count() > 0
    assert not charges.filter(posted_at__gte=frozen_at).exists()


def test_two_who_freeze_at_once_leave_both_reasons():
    member = make_member()
    answers = at_once(lambda number: freezes.freeze_spending(member, f"reason {number % 2}"), 12)
    assert answers.count(True) == 2
    assert sorted(Wallet.objects.get().frozen_reason.split("; ")) == ["reason 0", "reason 1"]


def test_a_transaction_is_reversed_once():
    member = make_member()
    make_top_up(member, 10)
    charge = posting.charge(member, D(10), service="poem").transaction_id
    fee = posting.transfer("fee", "stripe_fees", "stripe", D(1)).transaction_id
    for undone in (charge, fee):
        answers = at_once(lambda number, undone=undone: posting.reverse(undone), 12)
        assert kinds(answers) == {posting.Posting: 1, posting.Refused: 11}
    assert stands(member) == (10, 0, 0, 0)


def test_random_pairs_of_members_never_deadlock():
    members = [make_member() for _ in range(4)]
    for member in members:
        make_top_up(member, 100)

    def both(number):
        pair = random.Random(number).sample(members, 2)
        with transaction.atomic():
            posting.lock(*pair)
            return [posting.charge(member, D(1), service="poem") for member in pair]

    assert kinds(at_once(both, 120)) == {list: 120}
    assert queries.account_balance("revenue/poem") == 240


def test_an_answer_about_the_past_waits_for_a_posting_under_way():
    member = make_member()
    make_top_up(member, 10)
    asked = threading.Event()

    def ask(at):
        asked.set()
        try:
            return queries.balances(member, at=at)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            charged = posting.charge(member, D(4), service="poem").transaction_id
            at = Transaction.objects.get(pk=charged).posted_at
            answer = pool.submit(ask, at)
            asked.wait(timeout=5)
            assert not answer.done()
        assert answer.result(timeout=30).paid == 6
    assert queries.balances(member, at=at).paid == 6
