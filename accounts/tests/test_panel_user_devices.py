"""Where somebody is signed in, and what support does for who cannot get in."""

from allauth.usersessions.models import UserSession
from django.test import Client

from accounts.models import OutboxMail, User
from audit.models import AuditEvent

HTMX = {"HX-Request": "true"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_it_works(client_of, supporter, owner, member, run_mails):
    theirs, staff = [Client(headers={"User-Agent": FIREFOX}) for _ in range(2)], client_of(supporter)
    for browser in theirs:
        browser.force_login(member)
        assert browser.get("/me/account/").status_code == 200
    panel, base = f"/admin/accounts/panels/user_devices/{member.pk}/", f"/admin/accounts/users/{member.pk}"
    assert staff.get(panel).content.decode().count("Firefox on Linux</strong>") == 2
    first = UserSession.objects.get(session_key=theirs[0].session.session_key)
    assert staff.post(f"/admin/accounts/sessions/{first.pk}/end/", headers=HTMX).status_code == 204
    assert [browser.get("/me/account/").status_code for browser in theirs] == [302, 200]
    assert staff.post(f"{base}/sessions/end/", headers=HTMX).status_code == 204
    assert theirs[1].get("/me/account/").status_code == 302
    assert "Nowhere signed in" in staff.get(panel).content.decode()
    for _ in range(2):  # a double click sends one mail
        assert staff.post(f"{base}/reset/", headers=HTMX).status_code == 204
    assert staff.post(f"{base}/confirmation/", headers=HTMX).status_code == 422  # confirmed already
    member.emailaddress_set.update(verified=False)
    assert staff.post(f"{base}/confirmation/", headers=HTMX).status_code == 204
    run_mails()
    assert list(OutboxMail.objects.values_list("to", flat=True)) == [member.email] * 2
    assert "/account/password/reset/key/" in OutboxMail.objects.order_by("id")[0].body
    verbs = AuditEvent.objects.filter(target=f"user:{member.pk}", actor=supporter).order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "user.session_ended",
        "user.sessions_ended",
        "user.reset_sent",
        "user.confirmation_sent",
    ]
    theirs = Client()
    theirs.force_login(User.objects.get(pk=member.pk))
    told = theirs.get("/me/activity/").content.decode()
    assert "Link to choose a new password sent" in told and "Mail to confirm your e-mail sent" in told


def test_it_refuses(client_of, supporter, marketer, owner, member):
    browser = Client()
    browser.force_login(owner)
    browser.get("/me/account/")
    session = UserSession.objects.get(user=owner)
    answer = client_of(supporter).post(f"/admin/accounts/sessions/{session.pk}/end/", headers=HTMX)
    assert "may do more than yours" in answer.headers["HX-Trigger"].encode().decode("unicode_escape")
    assert client_of(supporter).post(f"/admin/accounts/users/{owner.pk}/reset/", headers=HTMX).status_code == 422
    assert browser.get("/me/account/").status_code == 200
    assert client_of(marketer).get(f"/admin/accounts/panels/user_devices/{member.pk}/").status_code == 403
