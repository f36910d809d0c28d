"""Referrals on the page of a user, and a member's own link on the overview."""

from referrals.models import ShareCode
from referrals.tests.make import make_story, panel
from tunables import values


def test_it_works(client_of, supporter, outsider):
    client = client_of(supporter)
    text = panel(client, "member_referrals", f"{outsider.pk}/")
    assert "Not known" in text and "None yet" in text
    story = make_story()
    assert "7 visits, 2 sign-ups, $2.00 earned" in panel(client, "member_referrals", f"{story['code'].member_id}/")
    text = panel(client, "member_referrals", f"{story['paying'].member_id}/")
    assert "Share" in text and "/c/harbour/" in text and "Ada" in text and "Rewarded" in text


def test_a_member_sees_their_own_link_and_what_it_brought(client_of, outsider, owner):
    page = client_of(outsider).get("/me/").content.decode()
    code = ShareCode.objects.get(member=outsider)
    assert f"http://localhost:8000/?ref={code}" in page and "Nobody has come by it yet" in page
    sharer = make_story()["code"].member
    page = client_of(sharer).get("/me/").content.decode()
    for words in ("7 visits", "2 sign-ups, 1 before a first top-up", "$2.00 earned"):
        assert f"<li>{words}</li>" in page
    values.change("registration_mode", "closed", by=None)
    assert "Your link" not in client_of(sharer).get("/me/").content.decode(), "nobody could sign up by it"
    values.change("registration_mode", "open", by=None)
    assert "Your link" not in client_of(owner).get("/me/").content.decode()
    assert not ShareCode.objects.filter(member=owner).exists()
