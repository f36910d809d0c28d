"""Creating an account: gate, create, gift; and what nobody may learn or break on the way."""

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone

from accounts import registration
from accounts.models import OutboxMail, User
from accounts.tests.make import GOOD_PASSWORD, make_user
from audit.models import AuditEvent
from ledger.queries import balances
from tunables import values

SIGN_UP = "/account/signup/"


def sign_up(client, email="ada@example.org", password=GOOD_PASSWORD, name="Ada", **extra):
    return client.post(SIGN_UP, {"email": email, "password1": password, "name": name}, **extra)


@pytest.fixture
def unconfirmed(db):
    values.change("require_email_verification", "off", by=None)


def test_it_works_without_confirmation(client, unconfirmed):
    response = sign_up(client)
    assert response["Location"] == "/home/"
    user = User.objects.get()
    assert (user.email, user.name, user.role, user.is_active) == ("ada@example.org", "Ada", "", True)
    assert client.get("/me/").status_code == 200
    assert balances(user).granted == 1


def test_the_name_may_stay_empty(client, db):
    assert sign_up(client, name="").status_code == 302


@pytest.mark.parametrize(
    "email",
    [
        *["a/b=c@example.org", "a?b@example.org", "ada@[127.0.0.1]", "purged-1@Purged.Invalid"],
        *["ada@localhost", "ada@exa\u0308mple.org", "ada"],
    ],
)
def test_addresses_that_nobody_has_are_refused(client, db, email):
    """A mask would not know them at sight, or a purge needs them. Who has one already signs in as ever."""
    refused = client.post(SIGN_UP, {"email": email, "password1": GOOD_PASSWORD, "name": ""})
    assert refused.context["form"].errors["email"] == ["Write an address such as ada@example.com."]
    assert not User.objects.exists()
    make_user(email)
    if "@" in email:
        assert client.post("/account/login/", {"login": email, "password": GOOD_PASSWORD}).status_code == 302


def test_it_records_the_registration(client, unconfirmed):
    sign_up(client)
    verbs = list(AuditEvent.objects.exclude(verb="tunable.changed").order_by("id").values_list("verb", flat=True))
    assert verbs[:1] == ["user.registered"]
    assert "user.signed_in" in verbs


def test_no_other_field_gets_in(client, unconfirmed):
    extra = {"role": "super_admin", "is_staff": "1", "is_active": "0", "id": "1", "is_demo": "1", "balance": "99"}
    client.post(SIGN_UP, {"email": "ada@example.org", "password1": GOOD_PASSWORD, "name": "", **extra})
    user = User.objects.get()
    assert (user.role, user.is_active, user.is_demo) == ("", True, False)
    assert balances(user).granted == 1


def test_the_welcome_credit_follows_its_setting(client, db):
    values.change("signup_grant_usd", "0", by=None)
    sign_up(client)
    assert balances(User.objects.get()).granted == 0


def test_it_can_be_closed(client, db):
    values.change("registration_mode", "closed", by=None)
    assert "Registration is closed" in client.get(SIGN_UP).content.decode()
    assert "reate your account" not in (page := client.get("/account/login/").content.decode())
    assert "Create an account" not in page, "nor does the head of a page invite"
    sign_up(client)
    assert not User.objects.exists()


def test_a_taken_address_is_told_while_confirmation_is_off(client, unconfirmed):
    make_user()
    response = sign_up(client, "ADA@example.org")
    assert "There is an account with this e-mail already" in response.content.decode()
    assert 'value="Ada"' in response.content.decode()
    assert User.objects.count() == 1


def test_what_was_typed_stays(client, db):
    text = sign_up(client, password="short").content.decode()
    assert "Use at least 15 characters" in text
    assert 'value="ada@example.org"' in text
    assert "short" not in text.partition("<form")[2]


def test_ones_own_name_is_no_password(client, db):
    text = sign_up(client, name="Wanda Zimmermann", password="Wanda Zimmermann 1").content.decode()
    assert "This one is easy to guess" in text and not User.objects.exists()


def test_accounts_per_address_are_limited(client, db):
    values.change("signups_per_address_per_day", "2", by=None)
    for number in range(3):
        response = sign_up(Client(), f"ada{number}@example.org")
    assert "Too many accounts were created from here" in response.content.decode()
    assert User.objects.count() == 2


def test_confirmation_comes_first(client, db, run_mails):
    assert sign_up(client)["Location"] == "/account/confirm-email/"
    user = User.objects.get()
    assert client.get("/me/").status_code == 302
    assert balances(user).granted == 0
    run_mails()
    link = link_in(OutboxMail.objects.get())
    assert client.get(link).status_code == 200
    assert balances(user).granted == 0, "opening the link is not yet a confirmation"
    assert client.post(link)["Location"] == "/home/"
    assert client.get("/me/").status_code == 200
    assert balances(user).granted == 1
    assert client.post(link).status_code in (302, 404)
    assert balances(user).granted == 1


def link_in(mail):
    return next(line for line in mail.body.splitlines() if line.startswith("http")).partition("localhost:8000")[2]


def test_known_and_new_addresses_look_the_same(client, db, run_mails):
    make_user()
    known, new = sign_up(Client()), sign_up(Client(), "eve@example.org")
    assert (known.status_code, known["Location"]) == (new.status_code, new["Location"])
    run_mails()
    subjects = dict(OutboxMail.objects.values_list("to", "subject"))
    assert subjects == {"ada@example.org": "You have an account already", "eve@example.org": "Confirm your e-mail"}


def test_known_and_new_addresses_take_the_same_time(db, settings):
    settings.PASSWORD_HASHERS = ["accounts.passwords.Argon2id"]
    make_user()
    took = [(_time(sign_up, Client()), _time(sign_up, Client(), f"eve{number}@example.org")) for number in range(5)]
    known, new = (min(each) for each in zip(*took, strict=True))
    assert 0.25 < known / new < 4


def _time(call, *arguments):
    start = perf_counter()
    call(*arguments)
    return perf_counter() - start


def test_one_account_per_address_whoever_is_first(committed_db):
    values.change("require_email_verification", "off", by=None)
    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(_sign_up_in_a_thread, range(8)))
    assert User.objects.count() == EmailAddress.objects.count() == 1
    assert sorted(codes) == [200] * 7 + [302]
    assert balances(User.objects.get()).granted == 1


def _sign_up_in_a_thread(_):
    try:
        return sign_up(Client()).status_code
    finally:
        connection.close()


def test_one_account_per_address_with_confirmation(committed_db):
    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(_sign_up_in_a_thread, range(8)))
    assert User.objects.count() == 1
    assert codes == [302] * 8


@pytest.fixture
def yes(client, db, run_mails):
    """Somebody has signed up; `yes()` is what they say on the page that the mail leads to."""
    sign_up(client)
    run_mails()
    return lambda: client.post(link_in(OutboxMail.objects.get()), follow=True).content.decode()


def test_who_comes_second_with_an_address_is_told_so(yes, monkeypatch):
    """Between the look at the table and the write somebody else confirmed the same address."""
    EmailAddress.objects.create(user=make_user("other@example.org"), email="ada@example.org", verified=True)
    monkeypatch.setattr(EmailAddress, "can_set_verified", lambda self: True)
    assert "This address belongs to another account." in yes()
    assert not EmailAddress.objects.get(user__name="Ada").verified


def test_what_else_fails_at_a_confirmation_is_no_word_about_the_address(yes, monkeypatch):
    def fails(user):
        User.objects.filter(pk=user.pk).update(deleted_at=timezone.now())  # the table wants the day of a purge, too

    monkeypatch.setattr(registration, "welcome", fails)
    with pytest.raises(IntegrityError, match="accounts_user_deleted_until"):
        yes()
    assert not EmailAddress.objects.get().verified
