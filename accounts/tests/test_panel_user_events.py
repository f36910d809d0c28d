"""What happened to one account, and its page."""

from accounts.tests.make import make_user
from audit.models import record
from invites.models import Invite


def panel(person):
    return f"/admin/accounts/panels/user_events/{person.pk}/"


def test_it_works(client_of, owner):
    ada, eve = make_user(), make_user("eve@example.org")
    record(owner, "user.renamed", ada, before={"name": "Ada"}, after={"name": "<b>Countess</b>"}, note="By mail")
    record(ada, "user.signed_in", ada)
    record(eve, "user.signed_in", eve, note="not hers")
    invite = Invite.objects.create(code="ABCDEFGHJKMN")
    record(ada, "invite.redeemed", invite, after={"gives": {"credit": "2.00", "twice": False}})
    record(None, "user.reminded", ada, note="by a machine")
    text = client_of(owner).get(panel(ada), headers={"HX-Request": "true"}).content.decode()
    assert "<del>Ada</del> → <ins>&lt;b&gt;Countess&lt;/b&gt;</ins>" in text and "User renamed" in text
    assert "Owner" in text and "By mail" in text
    assert str(invite) in text and "twice: no, credit: 2.00" in text
    assert "not hers" not in text and "by a machine" not in text
    assert "by a machine" in client_of(owner).get(f"{panel(ada)}?by=all").content.decode()


def test_it_shows_nothing_yet(client_of, owner):
    assert "Nobody did anything yet" in client_of(owner).get(panel(make_user())).content.decode()
    assert (
        "Nothing recorded yet" in client_of(owner).get(f"{panel(make_user('b@example.org'))}?by=all").content.decode()
    )


def test_it_requires_logs_read(client_of, marketer):
    assert client_of(marketer).get(panel(make_user())).status_code == 403


def test_the_page_of_a_person_shows_what_the_role_may_know(client_of, owner, supporter, marketer):
    ada = make_user(name="Ada")
    page = f"/admin/users/{ada.pk}/"
    frames = {
        "credit": "panel-accounts-user_credit",
        "events": "panel-accounts-user_events",
        "money": "/admin/billing/",
    }
    seen = {}
    for viewer in (owner, supporter, marketer):
        text = client_of(viewer).get(page).content.decode().partition("<main")[2]
        assert ("ada@example.org" in text) == viewer.can("users:read_contact")
        seen[viewer.role] = {name for name, mark in frames.items() if mark in text}
    assert seen == {"super_admin": set(frames), "support": set(frames), "marketing": set()}


def test_nobody_is_404(client_of, owner):
    assert client_of(owner).get("/admin/users/999999999/").status_code == 404
