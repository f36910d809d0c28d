"""Share codes: visit → sign-up → first top-up → revenue, and what came beyond the cap."""

import pytest

from referrals.tests.make import make_code, make_story, panel
from tunables import values

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_it_works(client_of, marketer, supporter):
    client = client_of(marketer)
    make_code("unused@example.org")
    assert "No share code was used" in panel(client, "share_codes")
    story = make_story()
    values.change("share_code_weekly_limit", "2", by=None)
    text = panel(client, "share_codes")
    assert "1 beyond the cap" in text and "at most 2 sign-ups" in text
    file = panel(client, "share_codes", "?format=csv").splitlines()
    sharer = story["code"].member
    assert file[0].endswith(
        "Code,Member: id,Member: name,Visits,Sign-ups,First top-ups,Paid in,Revenue,Rewards to each,Cap hits"
    )
    assert file[1:] == [f"{story['code']},{sharer.pk},Ada,7,2,1,20.00,1.25,2.00,1"]
    assert sharer.email not in text + "".join(file), "addresses are for who may see them"
    assert sharer.email in panel(client_of(supporter), "share_codes", "?format=csv")
