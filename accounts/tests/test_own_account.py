"""What people change about themselves: name, password, e-mail, sessions."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.db import connection
from django.test import Client

from accounts.models import EmailChange, OutboxMail, User
from accounts.tests.make import GOOD_PASSWORD, make_user
from accounts.tests.test_registration import link_in
from accounts.tests.test_sign_in import sign_in
from audit.models import AuditEvent
from tunables import values

NEW_PASSWORD = "umbrella quartz engine moss"


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def again(client):
    """Give the password once more, as allauth asks before sensitive changes."""
    client.post("/account/reauthenticate/", {"password": GOOD_PASSWORD})
    return client


def test_it_works(db):
    text = signed_in(make_user()).get("/me/account/").content.decode()
    assert "ada@example.org" in text


def test_the_name_changes(db):
    user = make_user(name="Ada")
    assert signed_in(user).post("/me/name/", {"name": "Ada L.", "role": "super_admin"}).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.role) == ("Ada L.", "")
    event = AuditEvent.objects.get(verb="user.renamed")
    assert (event.before, event.after) == (None, None)  # a purge could not take them away


@pytest.mark.parametrize("name", ["x" * 121, "nul\0byte"])
def test_a_bad_name_is_told(db, name):
    response = signed_in(make_user(name="Ada")).post("/me/name/", {"name": name})
    assert response.status_code == 422
    assert User.objects.get().name == "Ada"


def test_changing_the_password_ends_other_sessions(db):
    user = make_user()
    here, elsewhere = signed_in(user), signed_in(user)
    data = {"oldpassword": GOOD_PASSWORD, "password1": NEW_PASSWORD}
    assert here.post("/account/password/change/", data).status_code == 302
    assert here.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)


def test_the_old_password_is_needed(db):
    user = make_user()
    data = {"oldpassword": "wrong", "password1": NEW_PASSWORD}
    assert signed_in(user).post("/account/password/change/", data).status_code == 200
    user.refresh_from_db()
    assert user.check_password(GOOD_PASSWORD)


def test_signing_out_everywhere_else(db):
    user = make_user()
    here, elsewhere = signed_in(user), signed_in(user)
    assert here.post("/me/sessions/end/").status_code == 302
    assert here.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302


def test_the_password_is_asked_for_before_the_address_changes(db):
    client = signed_in(make_user())
    response = client.post("/account/email/", {"action_add": "", "email": "lovelace@example.org"})
    assert response["Location"].startswith("/account/reauthenticate/")
    assert not EmailChange.objects.exists()


def test_the_password_is_asked_for_again_after_a_while(db, monkeypatch):
    values.change("reauthentication_minutes", "1", by=None)
    client = again(signed_in(make_user()))
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    response = client.post("/account/email/", {"action_add": "", "email": "lovelace@example.org"})
    assert response["Location"].startswith("/account/reauthenticate/")


def test_a_forgotten_password_is_reset_once(client, db, run_mails):
    user = make_user()
    elsewhere = signed_in(user)
    client.post("/account/password/reset/", {"email": "ada@example.org"})
    run_mails()
    link = link_in(OutboxMail.objects.get())
    client.get(link), client.head(link)
    form = client.get(link)["Location"]
    assert client.get(form).status_code == 200
    assert client.post(form, {"password1": NEW_PASSWORD}).status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)
    assert client.get("/me/").status_code == 302, "a reset does not sign in"
    assert elsewhere.get("/me/").status_code == 302
    assert "This link does not work" in Client().get(link).content.decode()


def test_reset_looks_the_same_for_unknown_addresses(client, db):
    make_user()
    known = client.post("/account/password/reset/", {"email": "ada@example.org"})
    unknown = client.post("/account/password/reset/", {"email": "eve@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_a_reset_lets_a_locked_out_owner_in(client, db, run_mails):
    make_user()
    for _ in range(6):
        client.post("/account/login/", {"login": "ada@example.org", "password": "wrong"})
    client.post("/account/password/reset/", {"email": "ada@example.org"})
    run_mails()
    form = client.get(link_in(OutboxMail.objects.get()))["Location"]
    client.post(form, {"password1": NEW_PASSWORD})
    assert client.post("/account/login/", {"login": "ada@example.org", "password": NEW_PASSWORD}).status_code == 302


def test_strangers_who_guess_and_ask_keep_the_owner_out_of_nothing(db, run_mails):
    make_user()
    reset, sent = "/account/password/reset/", {"email": "ada@example.org"}

    def flood():
        for number in range(51):
            sign_in(Client(), password="wrong", REMOTE_ADDR=f"10.0.{number}.1")

    flood()
    assert {Client().post(reset, sent, REMOTE_ADDR=f"10.1.{number}.1").status_code for number in range(9)} == {302}
    owner, elsewhere = Client(), Client()
    refused = sign_in(owner).content.decode()
    assert "Reset the password: then this browser gets in" in refused and "minutes" not in refused
    assert owner.post(reset, sent).status_code == 302
    run_mails()
    links = [link_in(mail) for mail in OutboxMail.objects.order_by("pk")]
    assert len(links) == 2, "whoever asked, and however often"
    owner.post(owner.get(links[-1])["Location"], {"password1": NEW_PASSWORD})
    flood()
    assert sign_in(owner, password=NEW_PASSWORD).status_code == 302
    assert "Too many" in sign_in(elsewhere, password=NEW_PASSWORD, REMOTE_ADDR="10.2.0.1").content.decode()
    OutboxMail.objects.all().delete()
    elsewhere.post(reset, sent)
    run_mails()
    assert link_in(OutboxMail.objects.get(subject="Choose a new password")) not in links, "those are used up"


def test_a_link_that_is_used_twice_at_once_is_used_once(patience):
    user = make_user()
    path = f"/account/password/reset/key/{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}/"
    browsers = [Client() for _ in range(4)]
    forms, start = [browser.get(path)["Location"] for browser in browsers], Barrier(4)

    def choose(number):
        start.wait(120)
        try:
            return browsers[number].post(forms[number], {"password1": f"{NEW_PASSWORD} {number}"})
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(choose, range(4)))
    (first,) = (number for number, answer in enumerate(answers) if answer.status_code == 302)
    user.refresh_from_db()
    assert user.check_password(f"{NEW_PASSWORD} {first}")
    assert sum("It was used already" in answer.content.decode() for answer in answers) == 3
    assert AuditEvent.objects.filter(verb="user.password_changed").count() == 1


def test_links_in_mails_never_follow_the_host_header(client, db, run_mails):
    make_user()
    client.post("/account/password/reset/", {"email": "ada@example.org"}, HTTP_HOST="127.0.0.1:9999")
    run_mails()
    links = re.findall(r"http\S+", OutboxMail.objects.get().body)
    assert links and all(link.startswith("http://localhost:8000") for link in links)


def test_a_foreign_host_is_refused(client, db):
    assert client.get("/account/login/", HTTP_HOST="evil.example").status_code == 400


@pytest.mark.parametrize(("role", "hours"), [("", 336), ("support", 12)])
def test_a_session_ends_after_its_hours(db, monkeypatch, role, hours):
    client = signed_in(make_user(role=role))
    client.get("/me/")
    start = time.time()
    for hour in range(2, hours, 2):
        monkeypatch.setattr(time, "time", lambda hour=hour: start + 3600 * hour)
        assert client.get("/me/").status_code == 200
    monkeypatch.setattr(time, "time", lambda: start + 3600 * hours + 1)
    assert client.get("/me/").status_code == 302


@pytest.mark.parametrize(("role", "hours"), [("", 168), ("support", 4)])
def test_a_session_left_alone_ends_sooner(db, monkeypatch, role, hours):
    client = signed_in(make_user(role=role))
    client.get("/me/")
    start = time.time()
    monkeypatch.setattr(time, "time", lambda: start + 3600 * hours - 120)
    client.get("/me/", headers={"HX-Request": "true"})
    monkeypatch.setattr(time, "time", lambda: start + 3600 * hours + 1)
    assert client.get("/me/").status_code == 302


def test_an_address_that_was_never_confirmed_stays_until_the_new_one_is(client, db, run_mails):
    values.change("require_email_verification", "off", by=None)
    client.post("/account/signup/", {"email": "adda@example.org", "password1": GOOD_PASSWORD, "name": ""})
    assert "Not confirmed" in client.get("/me/account/").content.decode()
    for stopped in (True, False):
        again(client).post("/account/email/", {"action_add": "", "email": "ada@example.org"})
        assert User.objects.get().email == "adda@example.org"
        run_mails()
        notice = OutboxMail.objects.filter(to="adda@example.org").latest("pk")
        page = Client().get(link_in(notice)).content.decode()
        assert "ada@" not in notice.body + page and "No, stop it" in page and "Yes" not in page
        new = link_in(OutboxMail.objects.filter(to="ada@example.org").latest("pk"))
        if stopped:
            Client().post(f"{link_in(notice)}stop/")
        assert Client().post(f"{new}confirm/").status_code == (410 if stopped else 200)
    user = User.objects.get()
    assert list(user.emailaddress_set.values_list("email", "verified", "primary")) == [("ada@example.org", True, True)]
    assert user.email == "ada@example.org" and "Not confirmed" not in client.get("/me/account/").content.decode()


def test_too_many_requests_say_so(client, db):
    for _ in range(21):
        answer = client.post("/account/password/reset/", {"email": "ada@example.org"})
    assert answer.status_code == 429
    assert "Too many requests" in answer.content.decode()


@pytest.mark.parametrize("name", ["Ada\r\nBcc: all", "\u202eadA", "a\x1b[31m"])
def test_a_name_is_one_plain_line(client, db, name):
    client.force_login(make_user())
    assert client.post("/me/name/", {"name": name}).status_code == 422
