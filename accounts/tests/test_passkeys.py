"""Passkeys under attack: another's, one that is said again, a copied one, and the last one of staff who need one."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client

from accounts import second_factor
from accounts.security_forms import RenamePasskeyForm
from accounts.tests.make import make_user
from accounts.tests.passkeys import Device
from accounts.tests.second_steps import recovery_codes
from accounts.tests.test_own_account import again, signed_in
from accounts.tests.test_sign_in import sign_in
from audit.models import AuditEvent
from tunables import values

ADD, DOOR, STEP = "/account/passkeys/add/", "/account/passkeys/sign-in/", "/account/second-step/sign-in/"
AGAIN = "/account/passkeys/again/"
LET_IN = "/home/"


def with_passkey(email="ada@example.org", **device):
    """Somebody with a passkey, and their device."""
    user = make_user(email)
    return user, add_passkey(again(signed_in(user)), Device(user, **device))


def add_passkey(client, device) -> Device:
    client.get(ADD)
    sent = {"credential": json.dumps(device.make(client)), "passwordless": "on", "name": ""}
    assert client.post(ADD, sent).status_code == 302
    return device


def asked(page=DOOR, client=None) -> Client:
    """A browser that is asked for a passkey there."""
    client = client or Client()
    client.get(page, headers={"X-Requested-With": "XMLHttpRequest"})
    return client


def say(client, answer, page=DOOR) -> str:
    """Where it leads."""
    return client.post(page, {"credential": json.dumps(answer)}).headers.get("Location", "")


def get_in() -> int:
    return AuditEvent.objects.filter(verb="user.signed_in").count()


@pytest.mark.parametrize("counts", [True, False])
def test_it_works_at_every_door(db, counts):
    user, device = with_passkey(counts=counts)
    for _ in range(2):
        client = asked()
        assert say(client, device.use(client)) == LET_IN
    assert client.get("/me/").wsgi_request.user == user
    client = Client()
    assert sign_in(client)["Location"] == STEP
    asked(STEP, client)
    assert say(client, device.use(client), STEP) == LET_IN
    asked(f"{AGAIN}?next=/me/account/", client)
    assert say(client, device.use(client), f"{AGAIN}?next=/me/account/") == "/me/account/"


def test_another_ones_opens_nothing(db):
    user, _ = with_passkey()
    _, others = with_passkey("eve@example.org", name=b"another")
    client = asked()
    assert say(client, others.use(client, of=user)) == "/account/login/"
    client = Client()
    sign_in(client)
    asked(STEP, client)
    assert say(client, others.use(client), STEP) == ""
    client = signed_in(user)
    asked(AGAIN, client)
    assert say(client, others.use(client), AGAIN) == AGAIN
    assert get_in() == 0


def test_one_that_somebody_else_registered_too_is_still_ones_own(db):
    user, device = with_passkey()
    eve = make_user("eve@example.org")
    forged = add_passkey(again(signed_in(eve)), Device(eve, name=device.name))
    client = asked()
    assert say(client, forged.use(client, of=user)) == "/account/login/"
    client = asked()
    assert say(client, device.use(client, of=eve)) == "/account/login/"
    client = asked()
    assert say(client, device.use(client)) == LET_IN and client.get("/me/").wsgi_request.user == user


@pytest.mark.parametrize("counts", [True, False])
def test_what_was_said_once_opens_nothing_again(db, counts):
    _, device = with_passkey(counts=counts)
    client = asked()
    heard = device.use(client)
    assert say(client, heard) == LET_IN
    assert say(asked(), heard) == "/account/login/", "to another question"
    client.post("/account/logout/")
    assert say(client, heard) == "/account/login/", "in the same browser"
    assert say(Client(), heard) == "/account/login/", "unasked"
    assert get_in() == 1


def test_it_is_asked_who_holds_it_at_every_door(db):
    """A device alone, found or stolen: nothing opens, whatever question it answers."""
    _, device = with_passkey()
    client = asked()
    assert say(client, device.use(client, verified=False)) == "/account/login/"
    with_passkey("eve@example.org", name=b"another")
    client = Client()
    sign_in(client, "eve@example.org")
    asked(STEP, client)
    assert say(client, device.use(client, verified=False)) != LET_IN
    assert get_in() == 0 and client.get("/me/").status_code == 302


def test_a_copy_is_told_by_its_count(db):
    user, device = with_passkey(counter=7)
    client = asked()
    assert say(client, device.use(client)) == LET_IN
    device.counter = 7
    client = asked()
    assert say(client, device.use(client)) == "/account/login/"
    assert AuditEvent.objects.get(verb="user.second_factor_failed").target == f"user:{user.pk}"
    client = asked()
    assert say(client, device.use(client)) == LET_IN, "which goes on where it was"


def test_one_that_was_removed_is_told_so_in_words_of_passkeys(db):
    _, device = with_passkey()
    Authenticator.objects.all().delete()
    client = asked()
    assert say(client, device.use(client)) == "/account/login/"
    text = client.get("/account/login/").content.decode()
    assert "This passkey is not known here. Use another way." in text and "clock" not in text


def test_of_eight_that_say_the_same_at_once_one_gets_in(committed_db):
    _, device = with_passkey()
    client = asked()
    heard, cookies = device.use(client), client.cookies

    def try_it(_):
        browser = Client()
        browser.cookies.load(cookies.output(header="", sep=";"))
        try:
            return say(browser, heard)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(try_it, range(8))).count(LET_IN) == 1
    assert get_in() == 1


def test_who_removes_the_last_one_is_led_to_set_one_up(db):
    user, _ = with_passkey()
    user.role = "support"
    user.save()
    values.change("staff_mfa_required", "on", by=None)
    client = again(signed_in(user))
    add_passkey(client, Device(user, name=b"second"))
    assert len(recovery_codes(user)) == 10 and client.get("/admin/users/").status_code == 200
    first, second = Authenticator.objects.filter(type="webauthn").order_by("pk")
    client.post(f"/account/passkeys/{first.pk}/remove/")
    assert client.get("/admin/users/").status_code == 200
    client.post(f"/account/passkeys/{second.pk}/remove/")
    assert not second_factor.has_one(user) and not Authenticator.objects.exists(), "codes alone are none"
    assert client.get("/admin/users/")["Location"] == "/account/second-step/"
    assert "Nothing was done" not in client.get("/account/second-step/").content.decode(), "nothing was tried"
    assert client.post("/admin/users/1/role/", {"role": ""})["Location"] == "/account/second-step/"
    assert "Nothing was done: a second step comes first." in client.get("/account/second-step/").content.decode()
    assert client.get("/admin/users/", headers={"HX-Request": "true"}).status_code == 401


def test_a_new_name_leaves_what_a_sign_in_counted_meanwhile(db):
    with_passkey()
    passkey = Authenticator.objects.get(type="webauthn")
    form = RenamePasskeyForm({"name": "Desk"}, instance=passkey)
    assert form.is_valid()
    Authenticator.objects.filter(pk=passkey.pk).update(data=passkey.data | {"counter": 7})
    form.save()
    passkey.refresh_from_db()
    assert (passkey.data["name"], passkey.data["counter"], passkey.wrap().name) == ("Desk", 7, "Desk")


def test_nobody_removes_or_renames_anothers(db):
    with_passkey()
    passkey = Authenticator.objects.get(type="webauthn")
    client = again(signed_in(make_user("eve@example.org")))
    for verb in ("remove", "rename"):
        assert client.post(f"/account/passkeys/{passkey.pk}/{verb}/", {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.filter(pk=passkey.pk).exists()
