"""Referrals, and what staff decide about those that are held."""

import pytest

from referrals import queries
from referrals.models import Referral
from referrals.tests.make import make_referral, make_story, panel

pytestmark = pytest.mark.usefixtures("confirmed_lately")
HTMX = {"HX-Request": "true"}


def test_it_works(client_of, marketer, accountant):
    client = client_of(marketer)
    assert "No referrals yet" in panel(client, "referrals")
    assert "Nothing waits for you" in panel(client, "referrals", "?state=held")
    make_story()
    held = make_referral(state="held", doubt="The same mailbox.", name="Hal")
    counts = queries.state_counts()
    assert counts["held"] == "1" and counts[""] == str(Referral.objects.count())
    text = panel(client, "referrals")
    assert "The same mailbox." in text and "$2.00" in text and text.count(">Release<") == 1
    assert "Hal" not in panel(client, "referrals", "?state=rewarded")
    assert "The same mailbox." in panel(client, "referrals", "?format=csv&state=held")

    address = f"/admin/referrals/referrals/{held.pk}/"
    for act, state, said in [
        ("refuse", "refused", "Refused."),
        ("refuse", "refused", "decided that already"),
        ("release", "waiting", "Released."),
        ("release", "waiting", "decided that already"),
    ]:
        response = client.post(f"{address}{act}/", headers=HTMX)
        assert said in response["HX-Trigger"] and Referral.objects.get(pk=held.pk).state == state
    assert client_of(accountant).post(f"{address}release/").status_code == 403
    assert ">Release<" not in panel(client_of(accountant), "referrals")
