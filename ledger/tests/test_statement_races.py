"""A statement waits for a posting under way, whose instant may lie in the period that it tells."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from ledger import posting
from ledger.models import Transaction
from ledger.statement import statement
from ledger.tests.make import D, make_member, make_top_up
from ledger.tests.test_statement import BEGINNING, TICK

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.mark.parametrize("known", [True, False], ids=["a wallet", "a wallet that opens just now"])
def test_it_waits_for_a_posting_under_way(known):
    member = make_member()
    if known:
        make_top_up(member, 10)
    asked = threading.Event()

    def ask(until):
        asked.set()
        try:
            return statement(member.pk, BEGINNING, until)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            granted = posting.grant(member, D(4)).transaction_id
            until = Transaction.objects.get(pk=granted).posted_at + TICK
            answer = pool.submit(ask, until)
            asked.wait(timeout=5)
            assert not answer.done()
        assert answer.result(timeout=30).closing.granted == 4
    assert statement(member.pk, BEGINNING, until) == answer.result()
