"""Who it is, and what the viewer may do about it."""

from datetime import timedelta

import pytest

from accounts import plans, standing
from ui import clock
from ui.format import day


@pytest.mark.parametrize(("viewer", "offered"), [("owner", True), ("supporter", True), ("marketer", False)])
def test_it_works(client_of, request, member, viewer, offered):
    viewer = request.getfixturevalue(viewer)
    text = client_of(viewer).get(f"/admin/accounts/panels/user_profile/{member.pk}/").content.decode()
    assert "Member" in text and (f"/admin/accounts/users/{member.pk}/suspend/" in text) == offered
    own = client_of(viewer).get(f"/admin/accounts/panels/user_profile/{viewer.pk}/").content.decode()
    assert "/suspend/" not in own


@pytest.mark.parametrize("panel", ["user_profile", "user_devices"])
def test_who_may_more_is_told_instead_of_forms(client_of, owner, supporter, marketer, member, panel):
    def shown(viewer, person):
        path = f"/admin/accounts/panels/{panel}/{person.pk}/"
        return client_of(viewer).get(path, headers={"HX-Request": "true"}).content.decode()

    sentence = "may do more than yours"
    for viewer, person, told in ((supporter, owner, True), (supporter, member, False), (owner, supporter, False)):
        text = shown(viewer, person)
        assert (sentence in text, "<form" in text) == (told, not told)
    if panel == "user_profile":  # whose role could do nothing anyway is told nothing
        assert sentence not in shown(marketer, owner)


def test_an_end_that_staff_typed_stands_as_that_day(client_of, owner, member):
    until = clock.midnight(clock.today() + timedelta(days=2))
    plans.override(member, "comped", by=owner, reason="A prize", until=until)
    standing.suspend(member, by=owner, reason="Spam", until=until)
    text = client_of(owner).get(f"/admin/accounts/panels/user_profile/{member.pk}/").content.decode()
    assert text.count(f"until {day(until)}") == 2


def test_an_address_that_is_not_confirmed_says_so(client_of, owner, member):
    for verified in (True, False):
        member.emailaddress_set.update(verified=verified)
        text = client_of(owner).get(f"/admin/accounts/panels/user_profile/{member.pk}/").content.decode()
        assert ("Not confirmed" in text) != verified
