"""Signing in and out, and what stops people from guessing."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.tests.make import GOOD_PASSWORD, make_user
from audit.models import AuditEvent
from tunables import values

SIGN_IN = "/account/login/"


def sign_in(client, email="ada@example.org", password=GOOD_PASSWORD, **extra):
    return client.post(SIGN_IN, {"login": email, "password": password}, **extra)


def test_it_works(client, db):
    make_user()
    response = sign_in(client)
    assert response.status_code == 302
    assert response["Location"] == "/home/"
    assert client.get("/home/")["Location"] == "/me/"


def test_staff_land_in_the_back_office(client, db):
    make_user(role="support")
    sign_in(client)
    assert client.get("/home/")["Location"] == "/admin/"


def test_it_ignores_case_and_blanks_of_the_address(client, db):
    make_user("Ada@Example.org")
    assert sign_in(client, " ADA@example.ORG ").status_code == 302


def test_it_compares_passwords_exactly_but_for_unicode_spelling(client, db):
    make_user(password="  caf\u00e9 harbour sparrow  ")
    assert sign_in(client, password="caf\u00e9 harbour sparrow").status_code == 200
    assert sign_in(client, password="  cafe\u0301 harbour sparrow  ").status_code == 302


def test_a_suspended_account_stays_out(client, db):
    make_user(is_active=False, suspended_until=datetime(2026, 12, 5, 12, tzinfo=UTC))
    assert sign_in(client)["Location"] == "/account/inactive/"
    assert "until 5 Dec 2026" in client.get("/account/inactive/").content.decode()
    assert client.get("/home/").status_code == 302


def test_suspending_ends_the_session(client, db):
    user = make_user()
    sign_in(client)
    user.is_active = False
    user.save()
    assert client.get("/me/")["Location"].startswith(SIGN_IN)


def test_unknown_and_wrong_read_the_same(client, db):
    make_user()
    wrong = sign_in(client, password="wrong harbour sparrow tin")
    unknown = sign_in(client, email="eve@example.org")
    assert wrong.status_code == unknown.status_code == 200
    assert _without_input(wrong) == _without_input(unknown).replace("eve@", "ada@")


def _without_input(response):
    return re.sub(r'(csrfmiddlewaretoken" value|"X-CSRFToken":)[^>]*', "", response.content.decode())


def test_it_locks_after_five_wrong_passwords(client, db):
    make_user()
    for _ in range(5):
        assert "do not belong together" in sign_in(client, password="wrong").content.decode()
    assert "Too many wrong passwords" in sign_in(client).content.decode()


@pytest.mark.parametrize("spoof", ["9.9.9.9", "9.9.9.9, 8.8.8.8"])
def test_a_forged_address_does_not_help(client, db, spoof):
    make_user()
    for _ in range(5):
        sign_in(client, password="wrong")
    assert "Too many" in sign_in(client, HTTP_X_FORWARDED_FOR=spoof).content.decode()


def test_another_spelling_of_the_address_does_not_help(client, db):
    make_user()
    for email in ["ada@example.org", "ADA@example.org", " Ada@example.org", "ada@EXAMPLE.org", "aDa@example.org"]:
        sign_in(client, email, password="wrong")
    assert "Too many" in sign_in(client).content.decode()


def test_a_stranger_cannot_lock_the_owner_out(client, db):
    make_user()
    for _ in range(6):
        sign_in(client, password="wrong", REMOTE_ADDR="10.0.0.1")
    assert sign_in(client, REMOTE_ADDR="10.0.0.2").status_code == 302


def test_a_flood_from_everywhere_does_not_lock_the_owner_out_at_home(client, db):
    make_user()
    sign_in(client)
    client.post("/account/logout/")
    for number in range(50):
        sign_in(Client(), password="wrong", REMOTE_ADDR=f"10.0.{number}.1")
    assert "Too many" in sign_in(Client(), REMOTE_ADDR="10.1.0.1").content.decode()
    for _ in range(4):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 302, "this browser has a count of its own"
    client.post("/account/logout/")
    for _ in range(5):
        sign_in(client, password="wrong")
    assert "Too many" in sign_in(client).content.decode()


def test_ones_own_account_does_not_help_to_guess_at_others(client, db):
    make_user()
    for number in range(31):
        answer = sign_in(client, f"guess{number}@example.org", password="wrong")
        if number % 10 == 0:
            sign_in(Client())
    assert "from where you are" in answer.content.decode()


def test_many_addresses_do_not_help_for_ever(client, db):
    make_user()
    for number in range(50):
        sign_in(client, password="wrong", REMOTE_ADDR=f"10.0.{number}.1")
    assert "Too many" in sign_in(client, REMOTE_ADDR="10.1.0.1").content.decode()


@pytest.mark.parametrize(
    ("door", "field"), [("/account/reauthenticate/", "password"), ("/account/password/change/", "oldpassword")]
)
def test_where_the_password_is_asked_for_again_is_the_same_door(client_of, db, door, field):
    values.change("login_failures_before_lockout", "3", by=None)
    client, new = client_of(make_user()), {"password1": "meadow lantern gravel sixty"}
    for _ in range(3):
        client.post(door, {field: "wrong", **new})
    assert "Too many" in client.post(door, {field: GOOD_PASSWORD, **new}).content.decode()
    assert AuditEvent.objects.filter(verb="user.sign_in_failed").count() == 3
    assert AuditEvent.objects.filter(verb="user.locked_out").count() == 1


def test_guesses_at_the_same_time_count_one_by_one(committed_db):
    make_user()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: _guess(), range(16)))
    assert answers.count("wrong") <= 5
    assert answers.count("wrong") + answers.count("locked") == 16


def _guess():
    from django.db import connection

    text = sign_in(Client(), password="wrong").content.decode()
    connection.close()
    return "wrong" if "do not belong together" in text else "locked"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "///evil.example",
        "https:evil.example",
        "https://evil.example/",
        "http:///evil.example",
        "javascript:alert(1)",
        "%2F%2Fevil.example",
        "\t//evil.example",
        "/\t/evil.example",
        "/\r\n/evil.example",
        "https://testserver@evil.example",
    ],
)
def test_next_stays_on_this_site(client, db, target):
    make_user()
    response = client.post(SIGN_IN, {"login": "ada@example.org", "password": GOOD_PASSWORD, "next": target})
    assert response["Location"] == "/home/"


def test_next_is_followed_on_this_site(client, db):
    make_user()
    response = client.post(SIGN_IN + "?next=/me/", {"login": "ada@example.org", "password": GOOD_PASSWORD})
    assert response["Location"] == "/me/"


def test_the_session_id_changes_at_sign_in(client, db):
    make_user()
    client.get("/")
    client.session.save()
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_sign_out_needs_a_post_and_forgets(client_of, db):
    client = client_of(make_user())
    assert client.get("/account/logout/").status_code == 200
    assert client.get("/me/").status_code == 200
    response = client.post("/account/logout/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/me/").status_code == 302


def test_own_pages_are_not_stored(client_of, db):
    assert client_of(make_user()).get("/me/")["Cache-Control"] == "no-store"


def test_htmx_is_sent_to_the_sign_in_page_and_back(client, db):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/admin/users/?q=a&sort=name"}
    response = client.get("/admin/accounts/panels/users/", headers=headers)
    assert response.status_code == 401
    assert response["HX-Redirect"] == "/account/login/?next=/admin/users/%3Fq%3Da%26sort%3Dname"
    headers["HX-Current-URL"] = "http://evil.example//evil.example/x"
    response = client.get("/admin/accounts/panels/users/", headers=headers)
    assert response["HX-Redirect"] == "/account/login/?next=/evil.example/x"


@pytest.mark.parametrize("length", [255, 320])
def test_an_address_too_long_to_exist_is_refused(client, db, length):
    email = f"{'a' * (length - 12)}@example.org"
    for path in ("/account/password/reset/", "/account/signup/", SIGN_IN):
        fields = {"email": email, "login": email, "password": GOOD_PASSWORD, "password1": GOOD_PASSWORD}
        response = client.post(path, fields)
        assert response.status_code == 200 and "too long" in response.content.decode()


def test_a_session_in_which_no_page_was_opened_grows_old_too(client, db, monkeypatch):
    """Panels that refresh themselves are no step of a person, and none began to count."""
    make_user(role="support")
    sign_in(client)
    now, hours = time.time, values.get("staff_session_idle_hours")

    def panel(after):
        monkeypatch.setattr(time, "time", lambda: now() + 3600 * after)
        return client.get("/me/account/", headers={"HX-Request": "true"}).status_code

    assert [panel(hours - 1), panel(hours + 1)] == [200, 401]
