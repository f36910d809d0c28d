"""What bench_accounting.py times, one function a process. Django is set up before this is imported."""

import datetime as dt
import time
from types import SimpleNamespace

from django.db import connection
from django.http import QueryDict
from django.test import Client

from accounting import figures, rollups
from accounting.exporting import JOURNAL
from accounting.models import CatchUp, DayReturn, DayUsage, UsageLook
from accounting.usage import rollups as usage_rollups
from accounting.usage import savings
from accounts.models import User
from bench.accounting import cuts
from bench.accounting.fill import MONTHS_DAYS, fill
from exports import writing
from ledger import checkpoints
from ui import periods

CALLS = 40
FRAGMENT = {"HX-Request": "true"}
PERIOD = "period=custom&from={first}&to={last}"
YEAR = dt.timedelta(days=364)
# The same figures from the entries themselves
ENTRIES = """SELECT {group}, a.name, t.kind, u.kind, sum(greatest(e.amount, 0)), sum(greatest(-e.amount, 0))
             FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
             JOIN ledger_account a ON a.id = e.account_id LEFT JOIN ledger_transaction u ON u.id = t.reverses_id
             WHERE a.role = '' AND t.happened_at >= %s AND t.happened_at < %s GROUP BY 1, 2, 3, 4"""
UNSPENT = """SELECT sum(-e.amount) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
             JOIN ledger_transaction t ON t.id = e.transaction_id WHERE a.role = 'paid' AND t.happened_at < %s"""
USAGE = """SELECT {group}, count(*), count(*) FILTER (WHERE c.state = 'done'),
                  count(*) FILTER (WHERE c.state = 'failed'),
                  count(DISTINCT c.owner_id), count(DISTINCT c.visitor), count(DISTINCT c.poem_hash), sum(s.saved),
                  percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY c.finished_at - c.queued_at)
           FROM studio_cut c LEFT JOIN accounts_user u ON u.id = c.owner_id LEFT JOIN ({savings}) s ON s.id = c.id
           WHERE {days} AND (u.id IS NULL OR u.role = '' AND NOT u.is_demo) GROUP BY 1"""
OWED = """SELECT provider, count(*), sum(coalesce(reported, expected)) FROM pricing_providercall
          WHERE state = 'answered' AND invoice_id IS NULL GROUP BY 1"""
PAYABLE = """SELECT a.name, -sum(e.amount) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
             WHERE a.name LIKE 'payable/%%' GROUP BY 1"""
MONTH = "date_trunc('month', t.happened_at)"
BARE = """COPY (SELECT t.happened_at, t.posted_at, t.id, e.line, t.kind, a.name, greatest(e.amount, 0),
                       greatest(-e.amount, 0), t.service, t.member_id, t.external_id, t.note
                FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
                JOIN ledger_account a ON a.id = e.account_id
                WHERE t.happened_at >= '{start}' AND t.happened_at < '{end}'
                ORDER BY t.happened_at, t.id, e.line) TO STDOUT (FORMAT csv)"""


class Silent:
    """Stands for the progress, which is told once a second."""

    done = 0

    def check(self):
        """Nobody cancels."""


def make(transactions: int, members: int) -> dict:
    fill(transactions, members)
    cuts.fill(transactions * 2 // 5, members, MONTHS_DAYS)
    checkpoints.make()  # as each night does
    User.objects.create_user("owner@poemvision.example", "x", role="super_admin")
    return {}


def rebuild(transactions: int, members: int) -> dict:
    """Every day anew, as in a new time zone."""
    CatchUp.objects.all().delete()
    began = time.perf_counter()
    look = rollups.catch_up()
    seconds = time.perf_counter() - began
    with connection.cursor() as cursor:  # as autovacuum does within a minute
        for model in rollups.ROWS:
            cursor.execute(f"ANALYZE {model._meta.db_table}")
    return {"seconds": seconds, "days": look.days}


def rebuild_usage(transactions: int, members: int) -> dict:
    """Every day of usage anew."""
    UsageLook.objects.all().delete()
    began = time.perf_counter()
    usage_rollups.catch_up()
    seconds = time.perf_counter() - began
    with connection.cursor() as cursor:
        for model in (DayUsage, DayReturn):
            cursor.execute(f"ANALYZE {model._meta.db_table}")
    return {"seconds": seconds, "days": DayUsage.objects.values("day").distinct().count()}


def panels(transactions: int, members: int) -> dict:
    """Panel or page -> milliseconds of its calls, and of the same figures from the entries (None: no such figure)."""
    client = _owner()
    last = periods.today() - dt.timedelta(days=2)
    asked = PERIOD.format(first=last - YEAR, last=last)
    now, before = (_year_before(last), _year_before(last - YEAR - dt.timedelta(days=1)))
    ends = [end for _, end in (now, before)]
    room, page = "/admin/accounting/panels", "/admin/accounting"
    months = (figures.months(24)[0].first, last)
    measured = {
        f"{room}/headline/?{asked}": lambda: _entries(("1", *now), ("1", *before), unspent=ends),
        f"{room}/by_service/?{asked}": lambda: _entries(("t.service", *now)),
        f"{room}/monthly_trend/?months=24": lambda: _entries((MONTH, *months), unspent=ends[:1]),
        f"{room}/actions/?{asked}": None,
        f"{page}/rows/?figure=margin&{asked}": lambda: _entries(("t.happened_at::date", *now)),
        f"{page}/entries/?figure=revenue&day={last}": None,
        f"{page}/balances/?day={last}": None,
        "/admin/pricing/panels/balances_owed/": lambda: _asked((OWED, []), (PAYABLE, [])),
        "/admin/pricing/panels/invoices/": None,
        "/admin/pricing/invoices/12/": None,
    }
    return _beside(client, measured)


def usage(transactions: int, members: int) -> dict:
    """The same of Usage, until now: what is younger than a day is read from the cuts."""
    room, year = "/admin/accounting/panels", "period=12m"
    now = periods.PeriodForm.of(SimpleNamespace(GET=QueryDict(year)))
    breakdown = f"{room}/usage_breakdown/?{year}"
    measured = {
        f"{room}/usage_headline/?{year}": lambda: _cuts("1", now, now.previous),
        f"{room}/usage_headline/?period=30d": None,
        f"{breakdown}&part=category": lambda: _cuts("c.category_id", now, now.previous),
        f"{breakdown}&part=feature": None,
        f"{breakdown}&part=reason": lambda: _cuts("c.error", now, now.previous),
        f"/admin/usage/cuts/?what=failed&{year}": None,
    }
    return _beside(_owner(), measured)


def journal(transactions: int, members: int) -> dict:
    owner = User.objects.get(email="owner@poemvision.example")
    columns = [column for column in JOURNAL.columns(owner) if column.shown]
    first, last = _journal_days(transactions)
    with open("/dev/null", "wb") as out:
        rows = JOURNAL.rows(owner, QueryDict(PERIOD.format(first=first, last=last)))
        began = time.perf_counter()
        written = writing.write_csv(out, rows, columns, Silent())
    return {"seconds": time.perf_counter() - began, "rows": written}


def copy(transactions: int, members: int) -> dict:
    first, last = _journal_days(transactions)
    statement = BARE.format(start=first, end=last + dt.timedelta(days=1))
    with open("/dev/null", "wb") as out, connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        began = time.perf_counter()
        with cursor.cursor.copy(statement) as lines:
            for line in lines:
                out.write(line)
        return {"seconds": time.perf_counter() - began, "rows": cursor.rowcount}


def _journal_days(transactions: int) -> tuple[dt.date, dt.date]:
    """Days that hold a tenth of all entries: a million of ten."""
    first = dt.date(2025, 6, 1)
    return first, first + dt.timedelta(days=MONTHS_DAYS // 10 - 1)


def _owner() -> Client:
    client = Client(headers={"Host": "localhost"})
    client.force_login(User.objects.get(email="owner@poemvision.example"))
    return client


def _beside(client, measured: dict) -> dict:
    return {address: (_calls(client, address), theirs and _timed(theirs)) for address, theirs in measured.items()}


def _year_before(last: dt.date) -> tuple[dt.date, dt.date]:
    return last - YEAR, last + dt.timedelta(days=1)


def _calls(client, address: str) -> list[float]:
    headers = FRAGMENT if "/panels/" in address else {}
    client.get(address, headers=headers)
    return [_timed(lambda: _get(client, address, headers)) for _ in range(CALLS)]


def _get(client, address: str, headers: dict) -> None:
    response = client.get(address, headers=headers)
    assert response.status_code == 200, f"{address}: {response.status_code}"


def _entries(*sums, unspent=()) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for group, *days in sums:
            cursor.execute(ENTRIES.format(group=group), days)
        for until in unspent:
            cursor.execute(UNSPENT, [until])


def _cuts(group: str, *asked) -> None:
    statement = USAGE.format(group=group, savings=savings.statement(savings.OF_DAYS), days=savings.OF_DAYS)
    _asked(*((statement, savings.params() | {"start": one.start, "end": one.end}) for one in asked))


def _asked(*statements) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement, params in statements:
            cursor.execute(statement, params)
            cursor.fetchall()


def _timed(what) -> float:
    began = time.perf_counter()
    what()
    return 1000 * (time.perf_counter() - began)
