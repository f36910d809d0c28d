"""Staff see the site as a member: for a reason, for a while, read-only, in both names, and never unseen."""

import io
import re
import time
from functools import partial

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import impersonation, removal, sessions, standing
from accounts.models import CustomRole, User
from accounts.tests.make import make_user
from audit import chain
from audit.models import AuditEvent
from billing.tests.make import make_top_up
from ctas import counting
from ctas.models import PlacementDay
from files.tests import make
from files.tests.conftest import media  # noqa: F401 (a fixture)
from memberships import checkout
from memberships.models import Enrolment
from studio.models import Cut
from studio.tests.make import make_cut
from tests.locks import in_line
from tunables import values

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(supporter, client, confirmed_lately):
    client.force_login(supporter)
    return client


def begin(client, member, reason="Ticket 5"):
    return client.post(f"/admin/accounts/users/{member.pk}/impersonate/", {"reason": reason}, headers=HTMX)


def rows(verb):
    return AuditEvent.objects.filter(verb=verb)


def test_it_works(staff, supporter, member, django_capture_on_commit_callbacks):
    key = staff.session.session_key
    assert "for 30 minutes" in staff.get(f"/admin/users/{member.pk}/").content.decode()
    assert begin(staff, member).headers["HX-Redirect"] == "/me/"
    assert staff.session.session_key != key
    page = staff.get("/me/account/").content.decode()
    assert "You, <strong>Supporter</strong>, see the site as <strong>Member</strong>" in page and "Read-only" in page
    assert re.search("It ends by itself <time [^>]*>in 30 minutes<", page)
    for path in ("/me/leave/", "/account/email/", "/account/password/change/", "/account/second-step/app/"):
        assert "may only be looked at" in staff.get(path).content.decode(), path
    assert staff.get("/admin/users/").status_code == 403  # nothing of the back office meanwhile
    assert staff.post("/me/name/", {"name": "Hacked"}).status_code == 403
    member.refresh_from_db()
    assert (member.name, member.last_login, member.last_seen_at) == ("Member", None, None)
    refused = rows("impersonation.refused").order_by("id")
    for row in (rows("access.denied").get(), *refused):
        assert (row.actor, row.on_behalf_of) == (supporter, member), row.verb
    assert (len(refused), refused[0].note, refused[4].note) == (5, "GET /me/leave/", "POST /me/name/")
    assert staff.post("/account/logout/").url == f"/admin/users/{member.pk}/"  # signing out leads back
    assert staff.get("/admin/users/").status_code == 200
    assert not rows("user.signed_in").exists()
    assert [row.actor for row in (rows("impersonation.began").get(), rows("impersonation.ended").get())] == [
        supporter
    ] * 2
    theirs = Client()
    theirs.force_login(member)
    assert "Our support looked at your account" in theirs.get("/me/activity/").content.decode()


def test_a_file_of_the_members_is_recorded(staff, supporter, member):
    begin(staff, member)
    assert staff.get("/me/credit/movements.csv").getvalue()
    for verb in ("billing.exported", "export.sent"):
        assert (rows(verb).get().actor, rows(verb).get().on_behalf_of) == (supporter, member)


def test_who_may_not_see_addresses_sees_none_through_the_member_either(client, member, confirmed_lately):
    CustomRole.objects.create(key="nosy", title="Nosy", perms=["users:read", "users:impersonate"])
    client.force_login(make_user("nosy@example.org", role="nosy"))
    assert begin(client, member).headers["HX-Redirect"] == "/me/"
    for path in ("/me/", "/me/account/", "/account/email/", "/studio/"):
        assert member.email not in client.get(path).content.decode(), path


def test_a_page_that_waits_asks_for_nothing_through_the_members_eyes(staff, member):
    """Each time it would be refused, and written down."""
    checkout.reserve(member, checkout.price_now("month"))
    Enrolment.objects.update(status="open", session_id="cs_1")
    top_up = make_top_up(member)
    begin(staff, member)
    for page in ("/me/membership/", top_up.get_absolute_url()):
        text = staff.get(f"{page}?paid=1").content.decode()
        assert "Stripe" in text and "X-Self-Refresh" not in text, page


def test_changes_are_allowed_by_a_switch_and_never_money_or_the_account(staff, supporter, member):
    begin(staff, member)
    staff.post("/impersonation/allow-writing/")
    assert "in both names" in staff.get("/me/account/").content.decode()
    for path in ("/me/name/", "/account/password/change/", "/me/sessions/end/"):
        assert staff.post(path, {"name": "Hacked"}).status_code == 403, path
    assert staff.post("/studio/cut/", {}).status_code == 403  # the member would pay
    assert staff.post("/cuts/nobody/delete/").status_code == 404
    assert rows("impersonation.writes_allowed").get().actor == supporter


@pytest.mark.usefixtures("media")
def test_every_change_leaves_a_row_and_nothing_private_is_published(staff, supporter, member):
    cut = make_cut(owner=member, shared=True)
    begin(staff, member)
    staff.post("/impersonation/allow-writing/")
    show, wrote = f"/cuts/{cut.slug}/show/", []
    for path, data in (
        (show, {"visibility": "private"}),
        (f"/cuts/{cut.slug}/delete/", {}),
        (f"/cuts/{cut.slug}/restore/", {}),
        ("/me/assets/upload/", {"files": io.BytesIO(make.png())}),
    ):
        assert staff.post(path, data).status_code in (200, 302), path
        wrote.append((supporter.pk, member.pk, f"POST {path}"))
    for visibility in ("public", "link", ""):
        assert staff.post(show, {"visibility": visibility}).status_code == 403
    assert staff.post("/cuts/nobody/delete/").status_code == 404
    assert list(rows("impersonation.wrote").values_list("actor", "on_behalf_of", "note").order_by("pk")) == wrote
    assert rows("impersonation.refused").count() == 3 and Cut.objects.get().visibility == "private"


@pytest.mark.parametrize("way", ["time", "role", "sessions", "suspended"])
def test_it_ends_by_itself(staff, supporter, member, way, monkeypatch):
    values.change("impersonation_minutes", "10", by=None)
    begin(staff, member)
    if way == "time":
        now = impersonation.time.time()
        monkeypatch.setattr(impersonation.time, "time", lambda: now + 10 * 60)
    elif way == "role":
        User.objects.filter(pk=supporter.pk).update(role="marketing")
    elif way == "sessions":
        sessions.end_all(supporter, by=None)
    else:
        User.objects.filter(pk=supporter.pk).update(is_active=False)
    answer = staff.get("/me/account/", headers=HTMX)
    home = f"/admin/users/{member.pk}/" if way == "time" else "/account/login/"
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, home)
    assert rows("impersonation.ended").get().actor_id == supporter.pk
    assert "impersonation" not in staff.session


@pytest.mark.parametrize("key", ["signed_in_at", "seen_at"])
def test_the_session_of_staff_grows_old_meanwhile(staff, member, key, monkeypatch):
    """Neither are the hours of staff longer through a member's eyes, nor does who works there count as idle."""
    values.change("staff_session_idle_hours", "1", by=None)
    values.change("impersonation_minutes", "120", by=None)
    staff.get("/admin/users/")
    begin(staff, member)
    now = impersonation.time.time()
    monkeypatch.setattr(impersonation.time, "time", lambda: now)
    for _ in range(2):
        now += 40 * 60
        assert staff.get("/me/account/").status_code == 200
    session = staff.session
    session["impersonation"][key] -= 3600 * values.get("staff_session_hours")
    session.save()
    assert staff.get("/me/account/")["Location"] == "/account/login/"
    assert staff.get("/admin/users/").status_code == 302 and not staff.session.get("impersonation")


@pytest.mark.parametrize("way", ["suspended", "deleted", "sessions"])
def test_it_ends_with_the_member(staff, supporter, owner, member, way):
    """The row says so, in both directions of the door: staff are back on their own side."""
    begin(staff, member)
    if way == "suspended":
        standing.suspend(member, by=owner, reason="Spam")
    elif way == "deleted":
        removal.delete(member, by=owner, reason="Asked by mail")
    else:
        sessions.end_all(member, by=None)
    answer = staff.get("/me/account/", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, f"/admin/users/{member.pk}/")
    ended = rows("impersonation.ended").get()
    assert (ended.actor, ended.target, "closed" in ended.note) == (supporter, f"user:{member.pk}", True)
    assert [device.session_key for device in sessions.of(supporter)] == [staff.session.session_key]
    assert staff.get(f"/admin/users/{member.pk}/").status_code == 200 and "impersonation" not in staff.session


def test_the_device_stays_in_the_list_and_can_be_signed_out(staff, supporter, member):
    staff.get("/admin/users/")
    (before,) = sessions.of(supporter)
    begin(staff, member)
    (device,) = sessions.of(supporter)
    assert (device.pk, device.session_key) == (before.pk, staff.session.session_key)
    assert not sessions.of(member)
    sessions.end(device, by=supporter)
    ended = rows("impersonation.ended").get()
    assert (ended.actor, ended.target, ended.note) == (supporter, f"user:{member.pk}", "The session was ended")
    assert staff.get("/me/").url.startswith("/account/login/")


@pytest.mark.parametrize("way", ["first", "last"])
def test_a_device_that_is_signed_out_meanwhile_is_out(committed_db, staff, supporter, member, way):
    staff.get("/admin/users/")
    begin(staff, member)
    (device,) = sessions.of(supporter)
    cookie, browser = staff.cookies[settings.SESSION_COOKIE_NAME].value, Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
    acts = [partial(sessions.end, device, by=supporter), partial(browser.post, "/impersonation/end/")]
    assert in_line(Session.objects.get(pk=cookie), *acts[:: 1 if way == "first" else -1]) == []
    assert rows("impersonation.ended").count() == 1 and browser.get("/admin/users/").status_code == 302


def test_asked_four_times_at_once_it_ends_once(committed_db, staff, supporter, member):
    begin(staff, member)
    cookie, session, answers = staff.cookies[settings.SESSION_COOKIE_NAME].value, staff.session, []
    session["impersonation"] = {**session["impersonation"], "seen_at": int(time.time()) - 120}
    session.save()

    def end():
        browser = Client()
        browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
        answers.append(browser.post("/impersonation/end/").status_code)

    held = Session.objects.get(pk=cookie)
    assert in_line(held, *[end] * 4) == [] and answers == [302] * 4
    assert rows("impersonation.ended").count() == 1 and Session.objects.count() == 1


def test_what_staff_look_at_is_not_counted(staff, supporter, member, client):
    """Neither with their own eyes nor with a member's."""
    cut = make_cut(owner=member, shared=True)
    counting.forget()
    for who in ("staff", "through the member"):
        if who != "staff":
            begin(staff, member)
        assert staff.get(f"/c/{cut.slug}/").status_code == 200, who
        staff.post(f"/c/{cut.slug}/shared/")
        assert staff.post("/go/share_banner/seen/").status_code == (204 if who == "staff" else 403)
        staff.get("/go/share_banner/")
    counting.flush()
    cut.refresh_from_db()
    assert (cut.views, cut.shares, PlacementDay.objects.count()) == (0, 0, 0)
    assert Client().get(f"/c/{cut.slug}/").status_code == 200
    cut.refresh_from_db()
    assert cut.views == 1


def test_it_refuses(staff, supporter, marketer, member):
    assert begin(staff, member, reason="").status_code == 422
    assert "never that of staff" in begin(staff, marketer).content.decode()
    assert "never that of staff" in begin(staff, supporter).content.decode()
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert begin(staff, member).status_code == 422
    staff.force_login(marketer)
    assert begin(staff, member).status_code == 403
    assert not rows("impersonation.began").exists()


def test_the_chain_covers_both_names(committed_db, staff, supporter, member):
    begin(staff, member)
    staff.post("/me/name/")
    row = rows("impersonation.refused").get()
    assert chain.verify().ok
    previous = AuditEvent.objects.get(position=row.position - 1).hash

    def digest(**changed):
        events = AuditEvent.objects.filter(pk=row.pk)
        columns = {"before_text": "null", "after_text": "null"} | changed
        return chain.digest(previous, type("Row", (), {**events.values().get(), **columns}))

    assert digest() == row.hash != digest(on_behalf_of_id=None)
