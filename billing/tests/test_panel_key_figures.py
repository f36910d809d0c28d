"""The key figures of a period beside the period before."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing import queries
from ledger import posting
from ui.periods import Period

pytestmark = pytest.mark.django_db


def this_week():
    today = timezone.now().date()
    week = timedelta(days=7)
    return Period("7d", today - timedelta(days=6), today, "", Period("", today - 2 * week, today - week, ""))


def test_it_works(member):
    posting.top_up(member, cash=Decimal(20), granted=Decimal(1), external_id="t:1")
    posting.refund(member, Decimal(5), top_up_external_id="t:1", external_id="r:1")
    posting.transfer("fee", "stripe_fees", "stripe", Decimal("0.88"), external_id="f:1")
    figures = {figure.label: figure for figure in queries.key_figures(period=this_week())}
    shown = [figures[label].value for label in ("Top-ups", "Refunds and disputes", "Stripe’s fees")]
    assert shown == [20, 5, Decimal("0.88")]
    assert figures["Unspent paid credit"].value == 15 and figures["Top-ups"].previous == 0


def test_a_refund_that_failed_after_all_does_not_count(member):
    posting.top_up(member, cash=Decimal(20), external_id="t:1")
    refund = posting.refund(member, Decimal(5), top_up_external_id="t:1", external_id="r:1")
    posting.reverse(refund.transaction_id, external_id="r:1:failed")
    figures = {figure.label: figure for figure in queries.key_figures(period=this_week())}
    assert figures["Refunds and disputes"].value == 0


def test_it_shows_nothing_yet(client_of, accountant):
    text = client_of(accountant).get("/admin/billing/panels/key_figures/").content.decode()
    assert text.count("$0.00") >= 4


def test_it_requires_billing_read(client_of, marketer):
    assert client_of(marketer).get("/admin/billing/panels/key_figures/").status_code == 403
