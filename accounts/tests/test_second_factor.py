"""The second step: apps, recovery codes, and what staff without either may reach."""

import io
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts import encryption, known_devices, second_factor, sessions, standing
from accounts.models import OutboxMail
from accounts.tests.make import GOOD_PASSWORD, make_user
from accounts.tests.second_steps import code_of, recovery_codes, set_up_app, set_up_passkey
from accounts.tests.test_own_account import again, signed_in
from accounts.tests.test_sign_in import sign_in
from audit.models import AuditEvent
from tunables import values

STEP = "/account/second-step/sign-in/"
SETTING_UP = "/account/second-step/app/"


def test_it_is_offered_once_the_address_is_confirmed(db):
    user = make_user()
    user.emailaddress_set.update(verified=False)
    client, page = again(signed_in(user)), "/account/second-step/"
    text = client.get(page).content.decode()
    assert "First confirm your e-mail" in text and SETTING_UP not in text
    assert client.get(SETTING_UP).status_code == 302, "nor is it reached by its address"
    user.emailaddress_set.update(verified=True)
    assert SETTING_UP in client.get(page).content.decode()


def test_an_app_is_set_up_and_asked_for(db, clock, run_mails, django_capture_on_commit_callbacks):
    user = make_user()
    client = signed_in(user)
    assert client.get(SETTING_UP)["Location"].startswith("/account/reauthenticate/")
    page = again(client).get(SETTING_UP).content.decode()
    secret = re.search(r'data-copy="(\w{32})"', page)[1]
    assert "<svg" in page and "style=" not in page.partition("<svg")[2].partition("</svg>")[0]
    wrong = client.post(SETTING_UP, {"code": "000000"})
    assert "This code is not right" in wrong.content.decode() and not second_factor.has_one(user)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(SETTING_UP, {"code": code_of(secret)})["Location"] == "/account/second-step/codes/"
    codes = re.findall(r"<li><code>(\d{8})</code>", client.get("/account/second-step/codes/").content.decode())
    assert len(codes) == 10
    assert codes[0] not in client.get("/account/second-step/codes/").content.decode(), "they are shown once"
    _nothing_is_kept_in_clear(secret)
    run_mails()
    assert OutboxMail.objects.filter(subject="An authenticator app was set up").exists()
    assert AuditEvent.objects.filter(verb="user.second_factor_added").count() == 2

    stranger = Client()
    assert sign_in(stranger)["Location"] == STEP
    assert "Use a passkey" not in stranger.get(STEP).content.decode(), "there is none"
    assert stranger.get("/me/").status_code == 302, "a password alone is half a sign-in"
    assert "not right" in stranger.post(STEP, {"code": code_of(secret)}).content.decode(), "used up by the setting up"
    clock(30)
    assert stranger.post(STEP, {"code": code_of(secret)})["Location"] == "/home/"
    assert stranger.get("/me/").status_code == 200


def _nothing_is_kept_in_clear(secret):
    rows = [str(data) for data in Authenticator.objects.values_list("data", flat=True)]
    sessions = [str(session.get_decoded()) for session in Session.objects.all()]
    assert len(rows) == 2 and sessions and not [text for text in rows + sessions if secret in text]


def test_a_code_works_once_also_after_the_cache_was_flushed(db, clock):
    user = make_user()
    code = code_of(set_up_app(user))
    assert second_factor.use_code(user, f" {code[:3]} {code[3:]} ")
    cache.clear()
    assert not second_factor.use_code(user, code)
    clock(-30)
    assert not second_factor.use_code(user, code_of(set_up_again(user))), "a clock that goes back opens nothing"


def test_clocks_and_people_may_be_half_a_minute_off(db, clock):
    user = make_user()
    secret = set_up_app(user)
    steps = [code_of(secret, off) for off in range(-2, 3)]
    assert not second_factor.use_code(user, steps[0]) and not second_factor.use_code(user, steps[4])
    assert second_factor.use_code(user, steps[1]), "typed at the end of its time"
    cache.clear()
    assert not second_factor.use_code(user, steps[1])
    assert second_factor.use_code(user, steps[3]), "by a clock that is fast"
    assert not second_factor.use_code(user, steps[2]), "older than the one that was used"
    clock(30)
    assert not second_factor.use_code(user, steps[3])


def set_up_again(user):
    return encryption.decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])


@pytest.mark.parametrize("kind", ["app", "recovery code"])
def test_of_eight_that_use_one_code_at_once_one_gets_in(committed_db, kind):
    user = make_user()
    secret = set_up_app(user)
    code = code_of(secret) if kind == "app" else recovery_codes(user)[3]

    def use(_):
        try:
            return second_factor.use_code(user, code) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(use, range(8))).count(True) == 1
    assert len(recovery_codes(user)) == (10 if kind == "app" else 9)


def test_a_recovery_code_signs_in_and_is_noted(db):
    user = make_user()
    set_up_app(user)
    code = recovery_codes(user)[0]
    client = Client()
    sign_in(client)
    assert client.post(STEP, {"code": code})["Location"] == "/home/"
    assert AuditEvent.objects.filter(verb="user.recovery_code_used", actor=user).exists()
    other = Client()
    sign_in(other)
    assert "not right" in other.post(STEP, {"code": code}).content.decode()


def test_guessing_pauses_and_a_right_password_does_not_clear_it(db, clock):
    user = make_user()
    secret = set_up_app(user)
    for _ in range(5):
        guesser = Client()
        sign_in(guesser)
        guesser.post(STEP, {"code": "000000"})
    guesser = Client()
    sign_in(guesser)
    said = guesser.post(STEP, {"code": code_of(secret)}).content.decode()
    assert "Too many wrong codes. Wait 15 minutes." in said and "reset the password" not in said
    owner = Client(REMOTE_ADDR="10.9.9.9")
    sign_in(owner)
    assert owner.post(STEP, {"code": code_of(secret)})["Location"] == "/home/", "the pause is the guesser's alone"
    assert AuditEvent.objects.filter(verb="user.locked_out", target=f"user:{user.pk}").count() == 1


def test_codes_are_counted_by_account_whatever_the_browser(db, clock):
    """Whoever reads the mailbox can make any number of browsers known, by resetting the password."""
    user = make_user()
    secret = set_up_app(user)
    values.change("account_failures_per_day", "10", by=None)
    for _ in range(5):
        known = Client()
        reset = HttpResponse()
        known_devices.remember(RequestFactory().get("/"), reset, user)
        known.cookies[known_devices.COOKIE] = reset.cookies[known_devices.COOKIE].value
        sign_in(known)
        for _ in range(2):
            known.post(STEP, {"code": "000000"})
    answer = known.post(STEP, {"code": code_of(secret)})
    assert "Too many wrong codes today" in answer.content.decode()


def test_right_codes_are_no_wrong_tries(db):
    """As many people of one office as may guess from there in a minute, and one more."""
    for number in range(4):
        user = make_user(f"p{number}@example.org")
        set_up_app(user)
        for code in recovery_codes(user)[:8]:
            client = Client()
            sign_in(client, user.email)
            assert client.post(STEP, {"code": code})["Location"] == "/home/"


def test_a_wrong_code_stands_in_the_log_with_its_device(db, rf):
    request = rf.get("/", headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/149.0"})
    signals.authentication_failed.send(
        sender=Authenticator, request=request, user=make_user(), authenticator=Authenticator(type="totp")
    )
    event = AuditEvent.objects.get(verb="user.second_factor_failed")
    assert event.after == {"kind": "authenticator app", "device": "Firefox on Windows"}


def test_a_reset_password_does_not_skip_the_second_step(db):
    user = make_user()
    set_up_app(user)
    user.set_password(GOOD_PASSWORD + "s")
    user.save()
    client = Client()
    assert sign_in(client, password=GOOD_PASSWORD + "s")["Location"] == STEP
    assert client.get("/me/").status_code == 302


def test_a_reset_ends_the_sign_in_that_waits_for_its_second_step(db):
    user = make_user()
    set_up_app(user)
    sign_in(client := Client())
    path = f"/account/password/reset/key/{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}/"
    form = client.get(path)["Location"]
    assert client.post(form, {"password1": GOOD_PASSWORD + "s"}).status_code == 302
    assert 'name="password"' in client.get("/account/login/").content.decode(), "it asks for the new password"
    assert sign_in(client, password=GOOD_PASSWORD + "s")["Location"] == STEP
    assert client.post(STEP, {"code": recovery_codes(user)[0]})["Location"] == "/home/"


def test_new_keys_open_old_secrets_and_use_renews_them(db, settings, clock):
    user = make_user()
    secret, old_key = set_up_app(user), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key that is long enough, really", [old_key]
    assert second_factor.use_code(user, code_of(secret))
    call_command("renew_secrets", stdout=io.StringIO())
    settings.SECRET_KEY_FALLBACKS = []
    assert len(recovery_codes(user)) == 10
    assert encryption.decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"]) == secret
    settings.SECRET_KEY = "another key, that never closed anything"
    with pytest.raises(encryption.InvalidToken):
        set_up_again(user)


def test_the_app_is_removed_with_its_recovery_codes(db):
    user = make_user()
    set_up_app(user)
    client, page, offer = again(signed_in(user)), "/account/second-step/", 'action="/me/sessions/end/"'
    assert offer not in client.get(page).content.decode(), "nothing changed"
    assert client.get("/account/second-step/app/remove/").status_code == 200
    assert client.post("/account/second-step/app/remove/").status_code == 302
    assert not Authenticator.objects.filter(user=user).exists()
    assert AuditEvent.objects.filter(verb="user.second_factor_removed").exists()
    assert offer in client.get(page).content.decode(), "it offers to sign out where it was not asked for"
    client.post("/me/sessions/end/")
    assert offer not in client.get(page).content.decode()


def test_a_wrong_passkey_is_asked_for_again_on_the_way(db):
    client, page = signed_in(user := make_user()), "/account/passkeys/again/?next=/me/account/"
    set_up_passkey(user)
    assert "Your passkey, please" in client.get(page).content.decode()
    for wrong in ("", "{}", "[]", "7", '{"id": "eA", "response": {}}', '{"id": "eA", "rawId": "eA", "response": []}'):
        sent = {"credential": wrong, "passwordless": "on"}
        assert client.post(page, sent)["Location"] == page
        assert Client().post("/account/passkeys/sign-in/", sent)["Location"] == "/account/login/"
    again(client)
    added = {"credential": '{"id": "eA", "rawId": "eA", "response": {}}'}
    assert (
        "The passkey was not added. Try again." in client.post("/account/passkeys/add/", sent | added).content.decode()
    )


def test_who_has_passkeys_alone_is_asked_for_one_and_reads_of_no_app(db):
    user = make_user()
    set_up_passkey(user)
    sign_in(client := Client())
    page = client.get(STEP).content.decode()
    assert "authenticator app" not in page and "Type one of your recovery codes." in page
    assert page.index("Use a passkey") < page.index("recovery codes")
    set_up_app(user)
    assert (
        "the code that your authenticator app shows, or one of your recovery codes."
        in client.get(STEP).content.decode()
    )


def test_an_unconfirmed_address_sets_up_nothing(db):
    user = make_user()
    user.emailaddress_set.update(verified=False)
    answer = again(signed_in(user)).get(SETTING_UP, follow=True)
    assert "Confirm your e-mail address first" in answer.content.decode()


@pytest.mark.parametrize("way", ["password", "sessions", "suspended"])
def test_a_sign_in_that_waits_holds_no_longer_than_a_session(db, owner, way):
    user = make_user()
    set_up_app(user)
    client = Client()
    assert sign_in(client)["Location"] == STEP
    if way == "password":
        user.set_password(GOOD_PASSWORD + "s")
        user.save()
    elif way == "sessions":
        sessions.end_all(user, by=None)
    else:
        standing.suspend(user, by=owner, reason="Spam")
        standing.restore(user, by=owner)
    assert client.post(STEP, {"code": recovery_codes(user)[0]})["Location"] == "/account/login/"
    assert len(recovery_codes(user)) == 10, "no code is used up by what cannot succeed"
    assert client.get(STEP)["Location"] == "/account/login/", "nothing of it waits any more"
    assert client.get("/me/").status_code == 302 and "Sign in again" in client.get("/account/login/").content.decode()
    assert not AuditEvent.objects.filter(verb="user.signed_in").exists()
