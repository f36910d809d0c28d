"""Share codes: visit → sign-up → first top-up → revenue, and what came beyond the cap."""

import pytest
from django.utils import timezone

from accounts.tests.make import make_user
from referrals import queries
from referrals.models import Referral, VisitDay
from referrals.tests.make import make_code, make_story, panel
from tunables import values

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_it_shows_the_first_and_says_how_many_more_there_are(client_of, marketer, monkeypatch):
    make_story()
    Referral.objects.create(code=make_code("eve@example.org"), member=make_user("new@example.org"))
    VisitDay.objects.create(code=make_code("late@example.org"), day=timezone.now().date(), visits=1)
    monkeypatch.setattr(queries, "SHOWN", 1)
    client = client_of(marketer)
    text, file = (panel(client, "share_codes", query) for query in ("", "?format=csv"))
    assert text.count('<tr role="row">') == 1 + 1 and len(file.splitlines()) == 1 + 3
    assert "2 more codes are in the file." in text and "1 beyond the cap" in text


def test_it_works(client_of, marketer, supporter):
    client = client_of(marketer)
    make_code("unused@example.org")
    assert "No share code was used" in panel(client, "share_codes")
    story = make_story()
    values.change("share_code_weekly_limit", "2", by=None)
    text = panel(client, "share_codes")
    assert "1 beyond the cap" in text and "at most 2 sign-ups" in text
    values.change("share_code_weekly_limit", "1", by=None)
    assert "at most 1 sign-up within" in panel(client, "share_codes")
    values.change("share_code_weekly_limit", "2", by=None)
    file = panel(client, "share_codes", "?format=csv").splitlines()
    sharer = story["code"].member
    assert file[0].endswith(
        "Code,Member: id,Member: name,Visits,Sign-ups,First top-ups,Paid in,Revenue,Rewards to each,Cap hits"
    )
    assert file[1:] == [f"{story['code']},{sharer.pk},Ada,7,2,1,20.00,1.25,2.00,1"]
    assert sharer.email not in text + "".join(file), "addresses are for who may see them"
    assert sharer.email in panel(client_of(supporter), "share_codes", "?format=csv")
