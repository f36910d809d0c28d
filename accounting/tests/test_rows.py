"""Every figure opens rows that add up to it, and every row of a day its entries."""

import datetime as dt
from decimal import Decimal as D

import pytest

from accounting import behind, figures, queries, rollups
from accounting.models import CatchUp
from accounting.tests.make import business, nothing_new, spend
from accounting.tests.test_rollups import START
from audit.models import AuditEvent
from ledger import posting
from ledger.models import Transaction
from pricing import costs

pytestmark = pytest.mark.usefixtures("confirmed_lately")
FIRST, LAST = dt.date(2026, 3, 10), dt.date(2026, 3, 13)
DAYS = f"period=custom&from={FIRST}&to={LAST}"


@pytest.fixture
def books(db):
    made = business(START)
    lost = posting.transfer("fee", "disputes", "stripe", D("3"), external_id="d1", happened_at=START)
    posting.reverse(lost.transaction_id, happened_at=START + dt.timedelta(days=1))
    spend(made["member"], "0.25", at=START + dt.timedelta(days=9))  # outside
    rollups.catch_up()
    return made


def test_rows_parts_and_entries_add_up_to_every_figure(books):
    found = figures.period(FIRST, LAST)
    assert found.revenue and found.refunds and found.unspent and found.fees
    for name in behind.LABELS.keys() - {"units", "unreconciled"}:
        figure = behind.Figure(name, FIRST, LAST)
        value = getattr(found, name)
        assert figure.total() == value == sum(part["total"] for part in figure.parts()), name
        for row in figure.rows():
            part = behind.Figure(name, row.day, row.day, account=row.account, kind=row.kind)
            assert sum(entry.signed for entry in part.entries()) == row.amount, f"{name} {row}"
            assert part.entries().count() == row.entries
        assert sum(entry.signed for entry in figure.entries()) == value == summed(figure), name
    services = figures.by_service(FIRST, LAST)
    assert len(services) >= 3
    for one in services:
        columns = {"revenue": "charged_paid", "promotional": "charged_granted", "cost": "cost", "margin": "margin"}
        for name, column in {**columns, "units": "units"}.items():
            figure = behind.Figure(name, FIRST, LAST, service=one.service)
            assert figure.total() == getattr(one, column), f"{one.service} {name}"
            assert sum(entry.signed for entry in figure.entries()) == getattr(one, column), f"{one.service} {name}"
    nothing_new()
    assert all(summed(behind.Figure(name, FIRST, LAST)) == getattr(found, name) for name in (*figures.RULES, "margin"))
    assert summed(behind.Figure("unspent", LAST, LAST)) == -5, "what moved that day, as its list says"
    posting.transfer("fee", "stripe_fees", "stripe", D("1"), external_id="f9", happened_at=START)
    fees = behind.Figure("fees", FIRST, LAST)
    assert summed(fees) == found.fees, "read from the rows of days, which know nothing of it yet"
    CatchUp.objects.update(last_id=0)
    assert summed(fees) == found.fees + 1, "and from the entries while that is known"


AHEAD = f"balances/?day={dt.date.today() + dt.timedelta(days=2)}"


def summed(figure):
    return queries.summed(figure, figure.entries())


def test_balances_of_members_add_up_to_what_is_unspent(books):
    for day in (START.date() - dt.timedelta(days=1), FIRST, LAST):
        assert sum(wallet.unspent for wallet in behind.balances(day)) == figures.unspent(day)


def test_estimates_open_the_calls(db, client_of, accountant):
    call = costs.ask("music", "replicate", "k1", cut_id=77)
    call.answered(external_id="r1", reported=D("0.07"))
    rollups.catch_up()
    day = queries.periods.today()
    figure = behind.Figure("unreconciled", day, day)
    assert (
        figure.total()
        == D("0.07")
        == sum(one.signed for one in figure.calls())
        == figures.period(day, day).unreconciled
    )
    client = client_of(accountant)
    text = client.get(f"/admin/accounting/rows/?figure=unreconciled&from={day}&to={day}").content.decode()
    assert f"day={day}&amp;service=music" in text and "$0.07" in text and ">Music</td>" in text
    text = client.get(f"/admin/accounting/entries/?figure=unreconciled&day={day}&service=music").content.decode()
    assert "/admin/cuts/77/" in text and "replicate" in text
    assert ",Music,r1," in _csv(client, f"/admin/accounting/entries/?figure=unreconciled&day={day}&format=csv")
    assert f"{day},Music," in _csv(
        client, f"/admin/accounting/rows/?figure=unreconciled&from={day}&to={day}&format=csv"
    )


def _csv(client, url) -> str:
    return b"".join(client.get(url).streaming_content).decode()


def test_the_pages(books, client_of, accountant):
    client, member = client_of(accountant), books["member"]
    text = client.get(f"/admin/accounting/rows/?figure=revenue&{DAYS}").content.decode()
    assert "Revenue: $2.75" in text and "revenue/studio_render" in text and "reversal of charge" in text
    assert f"/admin/exports/new/journal/?figure=revenue&amp;{DAYS.replace('&', '&amp;')}" in text
    part = f"/admin/accounting/rows/?figure=revenue&{DAYS}&account=revenue/studio_render&kind=settle"
    assert "$2.25" in client.get(part).content.decode()
    text = client.get("/admin/accounting/entries/?figure=revenue&day=2026-03-10").content.decode()
    charge = Transaction.objects.filter(kind="charge").earliest("pk")
    assert f"/admin/billing/transactions/{charge.pk}/" in text and f"/admin/users/{member.pk}/" in text
    assert member.email not in text, "who may not see addresses sees none"
    file = _csv(client, "/admin/accounting/entries/?figure=revenue&day=2026-03-10&format=csv")
    assert "Studio render,revenue/studio_render,0.50" in file and member.email not in file
    assert "revenue/lite_render" in _csv(client, f"/admin/accounting/rows/?figure=revenue&{DAYS}&format=csv")
    assert AuditEvent.objects.filter(verb="accounting.exported", actor=accountant).count() == 2
    text = client.get("/admin/accounting/balances/?day=2026-03-13").content.decode()
    assert "$12.25" in text and f"/admin/billing/members/{member.pk}/statement/" in text
    assert "Nobody had paid credit" in client.get("/admin/accounting/balances/?day=2026-01-01").content.decode()
    empty = client.get("/admin/accounting/rows/?figure=cost&from=2026-01-01&to=2026-01-02").content.decode()
    assert "Nothing adds up to it here" in empty
    for nonsense in ("rows/?figure=nonsense", "entries/?figure=cost", "entries/?figure=cost&day=x", "balances/", AHEAD):
        assert client.get(f"/admin/accounting/{nonsense}").status_code == 404
    assert client.get("/admin/accounting/rows/?figure=cost&service=%27 OR 1=1").status_code == 200
