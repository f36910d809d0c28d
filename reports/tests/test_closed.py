"""What was reported of a closed month stays, whatever is learnt later: that is a row of its own, and shown as one."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import Refund
from billing.tests.make import make_top_up
from memberships.models import MoneyBack
from memberships.tests.make import make_invoice
from reports import cohorts, money, mrr, revenue, rollups
from reports.asking import Months
from reports.models import DayRevenue
from reports.tests.make import NOW, ago, hears, lives
from tunables import values
from ui.periods import Period

pytestmark = pytest.mark.django_db
MAY = Period("custom", date(2026, 5, 1), date(2026, 5, 31), "May 2026")
JUNE = Period("custom", date(2026, 6, 1), date(2026, 6, 30), "June 2026")
UNTIL_MAY = Months(date(2026, 1, 1), date(2026, 5, 1))


def reported() -> list:
    """Everything that is reported of the months until May."""
    rollups.catch_up()
    months = [
        (each.month, each.start, each.moved, each.restated, each.end, each.paying) for each in mrr.months(UNTIL_MAY)
    ]
    cells = [[cell for cell in one.cells if cell.month <= UNTIL_MAY.last] for one in cohorts.cohorts(UNTIL_MAY)]
    return [months, cells, *(money.parts(MAY, by) for by in money.BY)]


def test_late_truth_is_a_row_of_its_own(client_of, accountant, make_people):
    one, two, three = make_people(*[""] * 3)
    row = lives(one, (ago(4), "12"), (ago(2), "20"))
    lives(two, (ago(3), "10"))
    paid = [
        make_invoice(one, "20", paid_at=ago(1), country="DE"),
        make_invoice(two, "10", paid_at=ago(1), country="FR"),
    ]
    top_up = make_top_up(one, "50", status="paid", cash=Decimal(50), paid_at=ago(1), country="US")
    before = reported()
    assert before[0][-1][4] == 30 and [part.net for part in before[3]] == [50, 30] and len(before[1]) == 2
    # Heard in June of May and before: another price, one who had left, one who had come; refunds, a payment, a country
    hears(row, ago(3, 5), "15", in_time=False)
    hears(two.subscriptions.get(), ago(1, 2), "0", in_time=False)
    lives(three, (ago(2), "30"), in_time=False)
    back = {"status": "succeeded", "amount": Decimal(4), "created_at": ago(1, 3)}
    Refund.objects.create(top_up=top_up, stripe_id="re_1", **back)
    late = {"kind": "refund", "is_booked": True, "taken_at": ago(1, 3), "stripe_id": "re_2"}
    MoneyBack.objects.create(invoice=paid[0], **back | late)
    MoneyBack.objects.create(invoice=paid[1], **back | late | {"stripe_id": "re_3", "created_at": NOW})
    make_invoice(three, "30", paid_at=ago(2), country="AT")
    type(paid[1]).objects.filter(pk=paid[1].pk).update(country="IT")
    assert reported() == before
    june = mrr.months(Months(JUNE.first, JUNE.first))[0]
    assert (june.start, june.restated, june.end) == (30, 20, 50)
    assert [month.since for month in mrr.months(UNTIL_MAY)] == [0, 0, 3, 27, -10]
    assert {part.label: part.net for part in money.parts(JUNE, "plan")} == {"Premium, monthly": 22, "Top-ups": -4}
    client = client_of(accountant)
    assert client.get("/admin/reports/panels/mrr_by_month/").content.decode().count("Restated since") == 3
    days = client.get("/admin/reports/money/?period=custom&from=2026-06-01&to=2026-06-30").content.decode()
    assert days.count('<span class="badge warn">Restates ') == 5, "a payment, a country twice, two refunds"


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_another_zone_moves_nothing_of_a_closed_month(member, zone):
    """No moment is of two days or of none; what is learnt late of a closed day is that and nothing more."""
    times = ["2026-04-30T23:30", "2026-05-10T01:30", "2026-05-10T23:30", "2026-05-31T22:30", "2026-06-01T01:30"]
    moments = [datetime.fromisoformat(f"{at}+00:00") for at in [*times, "2026-06-10T23:30"]]
    paid = [make_invoice(member, "10", paid_at=at) for at in moments]
    rollups.catch_up()
    may = money.parts(MAY, "date")
    assert [(part.first.day, part.net) for part in may if part.net] == [(10, 20), (31, 10)]
    values.change("business_time_zone", zone, by=None)
    rollups.catch_up()
    assert money.parts(MAY, "date") == may and not DayRevenue.objects.exclude(restates=None).exists()
    assert money.totals(JUNE)["received"] == 20, "neither twice nor not at all"
    back = {"kind": "refund", "is_booked": True, "status": "succeeded", "amount": Decimal(4)}
    for number, at in enumerate(moments[1:4]):
        then = {"created_at": at + timedelta(minutes=5), "taken_at": at, "stripe_id": f"re_{number}"}
        MoneyBack.objects.create(invoice=paid[number + 1], **back | then)
    rollups.catch_up()
    late = DayRevenue.objects.exclude(restates=None).values_list("restates", "what", "amount", "number")
    assert sorted(late) == [(date(2026, 5, 10), "refund", -8, 2), (date(2026, 5, 31), "refund", -4, 1)]
    assert money.parts(MAY, "date") == may
    for row in DayRevenue.objects.filter(restates=None):
        found = revenue.amounts(row.day, row.what, row.plan, row.country).values()
        assert sum(found) == row.amount, row
