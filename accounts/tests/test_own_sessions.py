"""Where somebody is signed in, what happened to the account, and who else may see that."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import help as helping
from accounts import removal, roles, sessions, standing
from accounts.models import User
from accounts.second_factor import CHANGED
from accounts.tasks import clear_sessions
from accounts.tests.make import GOOD_PASSWORD, make_user
from accounts.tests.second_steps import code_of, set_up_app
from accounts.tests.test_own_account import signed_in
from accounts.tests.test_sign_in import sign_in
from audit.models import AuditEvent, record, record_many

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604.1"
)


def two_browsers():
    here, phone = Client(HTTP_USER_AGENT=FIREFOX), Client(HTTP_USER_AGENT=IPHONE, REMOTE_ADDR="10.7.7.7")
    sign_in(here), sign_in(phone, REMOTE_ADDR="10.7.7.7")
    return here, phone


def test_they_are_listed_and_ended_one_by_one(db):
    user = make_user()
    here, phone = two_browsers()
    page = here.get("/me/sessions/").content.decode()
    assert "Firefox on Linux" in page and "Safari on iPhone" in page and "10.7.7.7" in page
    assert page.count("This one") == 1
    other = UserSession.objects.get(ip="10.7.7.7")
    stranger = signed_in(make_user("eve@example.org"))
    assert stranger.post(f"/me/sessions/{other.pk}/end/").status_code == 404
    assert "10.7.7.7" not in stranger.get("/me/sessions/").content.decode()
    assert here.post(f"/me/sessions/{other.pk}/end/")["Location"] == "/me/sessions/"
    assert phone.get("/me/").status_code == 302 and here.get("/me/").status_code == 200
    assert AuditEvent.objects.get(verb="user.session_ended").target == f"user:{user.pk}"
    own = UserSession.objects.get(user=user)
    assert here.post(f"/me/sessions/{own.pk}/end/")["Location"] == "/account/logout/"


def test_all_others_end_at_once(db):
    user = make_user()
    here, phone = two_browsers()
    began = UserSession.objects.get(user=user, ip="127.0.0.1").created_at
    here.post("/me/sessions/end/")
    assert phone.get("/me/").status_code == 302
    assert [(session.device, session.created_at) for session in sessions.of(user)] == [("Firefox on Linux", began)]


def test_whatever_ends_them_leaves_none_listed(owner):
    user = make_user()
    for end in (
        lambda: removal.delete(user, by=owner, reason="Asked by mail") and removal.restore(user, by=owner),
        lambda: standing.suspend(user, by=owner, reason="Spam") and standing.restore(user, by=owner),
        lambda: helping.end_sessions(user, by=owner),
        lambda: roles.give(user, "support", by=owner),
    ):
        user.refresh_from_db()
        client = signed_in(user)
        client.get("/me/")
        assert UserSession.objects.filter(user=user).count() == 1
        end()
        assert not UserSession.objects.filter(user=user).exists() and client.get("/me/").status_code == 302


def test_a_new_password_ends_all_but_the_one_in_which_it_was_chosen(db):
    make_user()
    here, phone = two_browsers()
    new = "a long sentence nobody guesses"
    here.post("/account/password/change/", {"oldpassword": GOOD_PASSWORD, "password1": new, "password2": new})
    assert [row.session_key for row in UserSession.objects.all()] == [here.session.session_key]
    assert phone.get("/me/").status_code == 302 and here.get("/me/").status_code == 200


def test_a_session_from_before_gets_its_row_and_an_ended_one_loses_it(db):
    user = make_user()
    client = signed_in(user)
    client.get("/me/")
    assert UserSession.objects.filter(user=user).count() == 1
    client.session.delete()
    clear_sessions()
    assert not UserSession.objects.exists()


def test_the_member_sees_what_happened_and_not_who_of_staff_did_it(db, owner):
    user = make_user()
    set_up_app(user)
    sign_in(Client(), password="wrong")
    record(owner, "impersonation.began", user, note="They cannot find their cut")
    record(owner, "user.note_added", user, note="Difficult person")
    text = signed_in(user).get("/me/activity/").content.decode()
    assert "Wrong password" in text and "Our support looked at your account" in text
    assert "Difficult" not in text and "cannot find" not in text and owner.email not in text


def test_what_happened_goes_back_to_the_beginning(db):
    user = make_user()
    client, url, seen = signed_in(user), "/me/activity/", []
    record(user, "user.registered", user)
    record_many(user, [("user.renamed", user, None, None)] * 110)
    while url:
        page = client.get(url)
        seen += page.context["happenings"]
        url = page.context["page"].next_url
        assert (">Next</a>" in page.content.decode()) == bool(url)
    assert [one.what for one in seen] == ["Name changed"] * 110 + ["Account created"]


def test_a_code_confirms_instead_of_the_password(db, clock):
    user = make_user()
    secret = set_up_app(user)
    client = signed_in(user)
    asked = client.get("/account/second-step/app/remove/")["Location"]
    page = client.get(asked).content.decode()
    assert "/account/second-step/again/?next=" in page
    again = asked.replace("/account/reauthenticate/", "/account/second-step/again/")
    assert "not right" in client.post(again, {"code": "000000"}).content.decode()
    assert client.post(again, {"code": code_of(secret)})["Location"] == "/account/second-step/app/remove/"
    assert client.get("/account/second-step/app/remove/").status_code == 200
    assert User.objects.get().pk == user.pk


def test_a_person_is_seen_every_five_minutes_at_most(db, monkeypatch):
    user, began = make_user(), timezone.now()
    here, phone = two_browsers()

    def seen_after(client, minutes, ask="get", **headers):
        monkeypatch.setattr("time.time", lambda: began.timestamp() + 60 * minutes)
        monkeypatch.setattr(timezone, "now", lambda: began + timedelta(minutes=minutes))
        getattr(client, ask)("/me/account/", headers=headers)
        user.refresh_from_db()
        return round((user.last_seen_at - began).total_seconds() / 60)

    assert [seen_after(here, 0), seen_after(phone, 4), seen_after(here, 6)] == [0, 0, 6]
    assert seen_after(phone, 20, **{"HX-Request": "true"}) == 6, "a panel that refreshes itself is no step"
    by_itself = {"HX-Request": "true", "X-Self-Refresh": "1"}
    assert seen_after(phone, 20, "post", **by_itself) == 6, "nor does a page that waits for Stripe"
    with CaptureQueriesContext(connection) as queries:
        seen_after(here, 6.5)
    assert not [query for query in queries if query["sql"].startswith("UPDATE")]


def test_who_signed_others_out_by_a_new_password_is_not_asked_to(db):
    user = make_user()
    client = signed_in(user)
    session = client.session
    session[CHANGED] = True
    session.save()
    client.post(
        "/account/password/change/", {"oldpassword": GOOD_PASSWORD, "password1": "a long sentence nobody guesses"}
    )
    assert client.get("/me/").status_code == 200 and CHANGED not in client.session
