"""How users arrive: by source, channel, share code and invite, with conversion and revenue."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from ledger import posting
from referrals import queries
from referrals.panels import PRESETS
from referrals.tests.make import make_story, panel
from sitestats.models import Acquisition
from ui.periods import PeriodForm

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_it_works(client_of, accountant, rf):
    story = make_story()
    posting.forfeit(story["searching"], "paid", note="Purged: breakage, which is no revenue")
    period = PeriodForm.of(rf.get("/"), PRESETS)
    code = story["code"].code
    ways = {(way.first, way.second): way for way in queries.acquisition(period=period).rows}
    assert {key: (way.sign_ups, way.topped_up, way.paid_in, way.revenue) for key, way in ways.items()} == {
        ("referral", code): (2, 0, 0, 0),
        ("share", code): (1, 1, 20, Decimal("1.25")),
        ("search", "Google"): (1, 1, 20, 0),
        ("", ""): (1, 0, 0, 0),
    }, "what granted credit paid for is no revenue"
    by_code = queries.acquisition(period=period, by="code").rows
    assert [(way.first, way.sign_ups, way.topped_up) for way in by_code] == [(code, 2, 1)], "without the one beyond"
    client = client_of(accountant)
    text = panel(client, "acquisition")
    for words in ("Google", "Not known", "100.0%", "$1.25", "5 sign-ups"):
        assert words in text
    assert "Nobody came by one" in panel(client, "acquisition", "?by=invite")
    file = panel(client, "acquisition", "?format=csv&by=channel")
    assert file.splitlines()[0].endswith("Channel,Sign-ups,Topped up,Conversion,Paid in,Revenue")
    assert "Search,1,1,1.00,20.00,0.00" in file
    assert AuditEvent.objects.filter(verb="referrals.exported", actor=accountant).count() == 1


def test_it_shows_the_first_and_says_how_many_more_there_are(client_of, marketer, monkeypatch):
    make_story()
    monkeypatch.setattr(queries, "SHOWN", 2)
    client = client_of(marketer)
    text, file = (panel(client, "acquisition", query) for query in ("", "?format=csv"))
    assert text.count('<tr role="row">') == 1 + 2 and len(file.splitlines()) == 1 + 4
    assert "2 more rows are in the file. 5 sign-ups" in text


def test_it_is_empty_and_follows_the_period(client_of, marketer):
    client = client_of(marketer)
    assert "No sign-ups in this period" in panel(client, "acquisition")
    story = make_story()
    User.objects.filter(pk=story["searching"].pk).update(date_joined=timezone.now() - timedelta(days=20))
    User.objects.filter(pk=story["waiting"].member_id).update(is_demo=True)
    assert "Google" not in panel(client, "acquisition", "?period=7d") and "Google" in panel(client, "acquisition")
    assert Acquisition.objects.count() == 4
    assert "4 sign-ups" in panel(client, "acquisition", "?period=90d"), "demo members are left out"
