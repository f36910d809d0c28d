"""What a statement of 100,000 movements of one member costs, beside a bare sum of the same entries.

The page of a month computes the chain from the very first movement, twice; there is no cached hash that could be wrong.
"""

import itertools
import os
import statistics
import sys
import time
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

MOVEMENTS = 100_000
ROUNDS = 5
CHAIN_S, RATIO = 3.0, 20  # a web request may take 15 s in the database
BARE = """SELECT count(*), sum(e.amount) FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
          WHERE t.member_id = %s"""
CHAIN = "SELECT count(*), max(hash) FROM ledger_statement(%s, 'infinity')"


def main() -> int:
    """Measure and print; how many targets were missed."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")
    os.environ["STATEMENT_TIMEOUT"] = "10min"
    django.setup()
    from django.contrib.auth import get_user_model

    people = get_user_model().objects
    member = people.create(email="much@poemvision.example")
    _spend(member.pk)
    bare, chain = _timed(BARE, member.pk), _timed(CHAIN, member.pk)
    ratio = statistics.median(ours / theirs for ours, theirs in zip(chain, bare, strict=True))
    seconds = statistics.median(chain)
    print(f"bare sum of the entries: {statistics.median(bare):.2f} s")
    print(f"chain of {MOVEMENTS:,} movements: {seconds:.2f} s (target {CHAIN_S})")
    print(f"chain / bare sum: {ratio:.1f} (target {RATIO})")
    _whole(member.pk)
    few = people.create(email="few@poemvision.example")
    _spend(few.pk, 200)
    print(f"chain of 200 movements: {statistics.median(_timed(CHAIN, few.pk)) * 1000:.1f} ms")
    return (seconds > CHAIN_S) + (ratio > RATIO)


def _spend(member, movements=MOVEMENTS) -> None:
    """Charges and settled holds over a top-up and gifts, posted by the ledger itself, some hundred a commit."""
    from django.db import connection

    from ledger import posting

    posting.top_up(member, cash=Decimal(100_000), external_id=f"bench:{member}")
    with connection.cursor() as cursor:
        for done in itertools.count(0, 1000):
            if done >= movements:
                break
            size = min(1000, movements - done) // 4
            posting.grant(member, Decimal(20), expires_at=timezone.now() + timedelta(seconds=9))
            cursor.execute(
                """SELECT count(ledger_charge(%s, 0.10, 'lite_render', NULL, NULL, '', NULL))
                   FROM generate_series(1, %s)""",
                [member, 2 * size - 1],
            )
            cursor.execute(
                """SELECT count(ledger_settle((ledger_hold(%s, 0.25, 'studio_render', now() + interval '1 day', NULL,
                   NULL, '', NULL)).hold_id, 0.20, NULL, NULL, '', NULL)) FROM generate_series(1, %s)""",
                [member, size],
            )
        cursor.execute("ANALYZE ledger_transaction, ledger_entry, ledger_lot")


def _timed(query: str, member: int) -> list[float]:
    from django.db import connection

    times = []
    with connection.cursor() as cursor:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            cursor.execute(query, [member])
            cursor.fetchone()
            times.append(time.perf_counter() - began)
    return times


def _whole(member: int) -> None:
    """The page of the running month, and the file of all time checked by the script that members get."""
    import datetime as dt

    from django.test import RequestFactory

    from billing import statement_check, statements
    from ledger.statement import statement

    end = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
    began = time.perf_counter()
    shown = statement(member, dt.datetime.now(dt.UTC).replace(day=1), end)
    statements.page(RequestFactory().get("/me/credit/statement/"), shown)
    print(f"one page: {time.perf_counter() - began:.2f} s")
    shown = statement(member, dt.datetime(2000, 1, 1, tzinfo=dt.UTC), end)
    began = time.perf_counter()
    text = b"".join(statements.as_json(shown, "bench").streaming_content).decode()
    print(f"JSON file of {len(text) / 1e6:.0f} MB: {time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    closing = Decimal(statement_check.check(text)["closing"]["paid"])
    print(f"checked in {time.perf_counter() - began:.1f} s; adds up: {shown.agrees and closing == shown.closing.paid}")


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
