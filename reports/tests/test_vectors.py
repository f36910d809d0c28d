"""The published vectors of MRR, churn, retention, LTV and cohorts come out, to the last place.

Their numbers, on both sides, are those of who published them, who is named beside each.
"""

from decimal import Decimal

import pytest

from memberships.models import Movement
from reports import cohorts, mrr, rollups
from reports.asking import Months
from reports.models import MemberMonth
from reports.tests.make import NOW, ago, lives

pytestmark = pytest.mark.django_db


def span(months_ago: int, until: int | None = None) -> mrr.Span:
    rollups.catch_up()
    first, last = (ago(each).date().replace(day=1) for each in (months_ago, until if until is not None else months_ago))
    return mrr.span(Months(first, last))


def test_chartmogul_start_100_and_10_of_each(make_people):
    """Start 100, churn, contraction and expansion of 10 each: gross 20 %, net 10 %."""
    one, two, three = make_people(*[""] * 3)
    lives(one, (ago(3), "10"), (ago(2), "0"))
    lives(two, (ago(3), "50"), (ago(2), "40"))
    lives(three, (ago(3), "40"), (ago(2), "50"))
    now = span(2)
    assert (now.last.start, now.moved("churn"), now.moved("contraction"), now.moved("expansion")) == (100, -10, -10, 10)
    assert (now.revenue_churn, now.net_churn, now.nrr, now.grr) == tuple(map(Decimal, ("0.2", "0.1", "0.9", "0.8")))
    assert (now.customer_churn, now.arpu, now.mrr, now.arr) == (Decimal(1) / 3, 45, 90, 1080)
    assert span(3).first_paid == 3 and span(2).first_paid == 0 and span(3).customer_churn is None


def test_baremetrics_upgraded_and_gone_within_a_month(member):
    """$500 upgraded to $1,379 and then churned within a month: churn is 500, which is 100 %, not 275.8 %."""
    lives(member, (ago(3), "500"), (ago(2), "1379"), (ago(2, 1), "0"))
    now = span(2)
    assert (now.moved("churn"), now.moved("expansion"), now.revenue_churn, now.customer_churn) == (-500, 0, 1, 1)


def test_syncalytics_from_new_to_reactivation(member):
    """$2,000 a year is New 166.67; +$60 and −$60 are expansion and contraction; then churn, and 3 × $50 come back."""
    yearly = Decimal("166.666667")
    lives(member, (ago(6), yearly), (ago(5), yearly + 60), (ago(4), yearly), (ago(3), "0"))
    lives(member, (ago(2), "150"))
    now = span(6, 0)
    told = [{kind: amount for kind, amount in month.moved.items() if amount} for month in now.months]
    assert told[:5] == [
        {"new": yearly},
        {"expansion": 60},
        {"contraction": -60},
        {"churn": -yearly},
        {"reactivation": 150},
    ]
    assert set(Movement.objects.values_list("kind", flat=True)) == set(MemberMonth.Kind) - {MemberMonth.Kind.NONE}
    assert [month.paying_at_end for month in now.months] == [1, 1, 1, 0, 1, 1, 1]
    assert now.first_paid == 1 and [month.upgraded for month in now.months] == [1, 0, 0, 0, 1, 0, 0]


def test_a_cohort_keeps_what_it_keeps(make_people):
    """Who subscribes again stays in the cohort of old, each cell is who has not left by the end of its month.

    https://support.stripe.com/questions/subscriber-cohorts-and-cohort-retention-in-billing
    """
    people = make_people(*[""] * 6)
    for member, left in zip(people[:4], ("", "", ago(3), ago(1)), strict=True):
        lives(member, (ago(4), "10"), *([(left, "0")] if left else []))
    lives(people[2], (ago(0), "10"))  # came back
    lives(people[0], (ago(2), "20"))  # pays thrice as much
    lives(people[4], (ago(2), "99"))
    lives(people[5], (ago(4), "10"), (ago(4, 1), "0"))  # came and went within the month
    rollups.catch_up()
    first, second = cohorts.cohorts(Months(ago(4).date().replace(day=1), ago(0).date().replace(day=1)))
    assert (first.members, first.mrr, second.members, second.mrr) == (5, 40, 1, 99)
    assert [cell.members for cell in first.cells] == [4, 3, 3, 2, 3]
    assert [cell.of_members for cell in first.cells] == [Decimal(n) / 5 for n in (4, 3, 3, 2, 3)]
    assert [cell.of_mrr for cell in first.cells] == [Decimal(n) / 40 for n in (40, 30, 50, 40, 50)]


def test_rates_of_a_year_are_those_of_its_average_month(make_people, accountant):
    """Two months that began with 2 and 1 paying members, of which one left in the first: a third, not a half."""
    one, two = make_people("", "")
    for member in (one, two):
        type(member).objects.filter(pk=member.pk).update(date_joined=ago(9))
    lives(one, (ago(3), "10"), (ago(2), "0"))
    lives(two, (ago(3), "30"))
    now = span(2, 1)
    assert now.customer_churn == Decimal(1) / 3 and now.revenue_churn == Decimal(10) / 70
    assert span(3).upgrade_rate == 1, "both of the two who paid nothing; staff are no members"
    assert now.ltv is None, "nothing was earned"


def month(start: int, paying: int = 0, lost: int = 0, **moved: int) -> mrr.Span:
    """One that began with an MRR of so many members; of some of them it was `lost` as churn."""
    amounts = {kind: Decimal(amount) for kind, amount in moved.items()}
    return mrr.Span([mrr.Month(NOW.date(), Decimal(start), paying, amounts, {"churn": lost}, change=-lost)])


PUBLISHED = {
    # https://dnoise.online/en/metrics/nrr-ndr
    "dnoise": (month(200_000, churn=-6_000, contraction=-4_000, expansion=20_000), "nrr", "1.05"),
    # https://churnzero.net/churnopedia/net-revenue-retention/: $27,000, of which $30,000 are left after $5,000 of churn
    "ChurnZero": (month(27_000, churn=-5_000, expansion=8_000), "nrr", "1.11"),
    # https://changelog.baremetrics.com: $500 that became $1,379 and left is 100 %, so nothing of it stays
    "Baremetrics": (month(500, 1, 1, churn=-500), "grr", "0"),
    # ChartMogul, churn: 100 at the start, 10 each of churn, contraction and expansion
    "ChartMogul gross": (month(100, churn=-10, contraction=-10, expansion=10), "revenue_churn", "0.2"),
    "ChartMogul net": (month(100, churn=-10, contraction=-10, expansion=10), "net_churn", "0.1"),
    # A common example of churn rate calculators: 5 of 100 customers
    "five of a hundred": (month(1000, 100, 5, churn=-50), "customer_churn", "0.05"),
}
LIFETIMES = {
    # https://abracalc.com/calculator/customer-lifetime-value-calculator/50-arpa-90-margin-10-churn/
    "abracalc $50": (month(500, 10, 1, churn=-50), "0.90", "450"),
    # …/25-arpa-95-margin-8-churn/: approximately $297
    "abracalc $25": (month(625, 25, 2, churn=-50), "0.95", "297"),
    # https://theprimecalculator.com/business/customer-lifetime-value-calculator/formula: $1,166.67
    "prime": (month(5000, 100, 3, churn=-150), "0.70", "1166.67"),
}


@pytest.mark.parametrize(("now", "rate", "published"), PUBLISHED.values(), ids=PUBLISHED)
def test_rates_as_published(now, rate, published):
    assert getattr(now, rate).quantize(Decimal(published)) == Decimal(published)


@pytest.mark.parametrize(("now", "margin", "published"), LIFETIMES.values(), ids=LIFETIMES)
def test_lifetimes_as_published(now, margin, published):
    found = mrr.Span(now.months, Decimal(margin))
    assert found.ltv.quantize(Decimal(published)) == Decimal(published)
    assert mrr.Span(now.months).ltv is None, "without a margin"
