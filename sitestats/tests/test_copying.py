"""A view is stored as it was noted, whatever is in its numbers."""

import datetime as dt

from sitestats.models import Identity, PageView
from sitestats.tests.test_page_views import NOON, keep, view


def test_every_number_arrives(db, member):
    most, told = 2**31 - 1, {"identity": Identity.VERIFIED, "status": 599}
    keep(
        view(NOON + 0.123456, -(2**63), user=member.pk, microseconds=most, size=most, **told),
        view(NOON - 1, 2**63 - 1, microseconds=0, size=0),
    )
    first, last = PageView.objects.order_by("at")
    assert (first.visitor, first.user_id, first.microseconds, first.size, first.status, first.identity) == (
        *(2**63 - 1, None, 0, 0, 200, Identity.UNCHECKED),
    )
    assert (last.visitor, last.user_id, last.microseconds, last.size, last.status, last.identity) == (
        *(-(2**63), member.pk, most, most, 599, Identity.VERIFIED),
    )
    assert last.at == dt.datetime(2026, 3, 10, 12, 0, 0, 123456, tzinfo=dt.UTC) and last.day == dt.date(2026, 3, 10)
    assert (last.path.text, last.agent.browser, last.origin.channel) == ("/make/", "Firefox", "direct")
