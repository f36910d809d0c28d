"""What went back of Premium is the same money in Financial Reports and in System Accounting."""

from datetime import UTC, datetime, timedelta

import pytest

from accounting import figures
from accounting import rollups as accounts
from ledger import checks
from memberships.tests.told import DAY, START, dispute_told, paid, refund_told, tell
from reports import money, rollups
from ui.periods import Period

pytestmark = pytest.mark.django_db
FIRST = datetime.fromtimestamp(START, UTC).date()
EVER = Period("custom", FIRST, datetime.now(UTC).date() + timedelta(days=1), "Ever")
THE_DAY = Period("custom", FIRST + timedelta(days=1), FIRST + timedelta(days=1), "The day after")


def test_refunds_and_disputes_of_premium_are_counted_alike(member):
    row, failing = paid(member), refund_told(paid(member), 200, START + 2 * DAY)
    tell("refund.created", refund_told(row, 500))
    tell("charge.dispute.created", dispute_told(row, -700))
    tell("charge.dispute.created", dispute_told(row, -300, id="du_2", at=START + 2 * DAY))
    tell("charge.dispute.closed", dispute_told(row, -300, 300, status="won", id="du_2", at=START + 2 * DAY))
    tell("refund.created", failing)
    tell("refund.failed", failing | {"status": "failed"})
    accounts.catch_up()
    rollups.catch_up()
    for period in (EVER, THE_DAY):
        reported, accounted = money.totals(period), figures.period(period.first, period.last)
        assert (accounted.refunds, accounted.disputes) == (5, 7)
        assert (-reported["refund"], -reported["dispute"]) == (accounted.refunds, accounted.disputes)
    assert checks.run() == []
