"""Nobody learns who has an account: same status, same text, same work, and limits that no trick gets around."""

import re
import time
from collections import Counter

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts import email_change, removal, standing
from accounts.models import QueuedMail, User
from accounts.tests.make import GOOD_PASSWORD, make_user
from accounts.tests.second_steps import set_up_app
from accounts.tests.test_registration import sign_up
from accounts.tests.test_sign_in import sign_in
from invites import codes
from referrals.models import ShareCode
from tunables import values
from ui.format import plain_day

RESET = "/account/password/reset/"
KNOWN, UNKNOWN = "ada@example.org", "eve@example.org"


@pytest.fixture
def known(db):
    """One account, in an installation as it comes."""
    make_user()


@pytest.fixture
def work(monkeypatch):
    """How many passwords were hashed, which is what takes time, and how many mails were queued, since last asked."""
    hashed, encode = [], MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(1) or encode(*args))

    def done():
        count = len(hashed), QueuedMail.objects.count()
        hashed.clear(), QueuedMail.objects.all().delete()
        return count

    return done


DOORS = {
    "sign-in": lambda client, email: sign_in(client, email, password="wrong"),
    "sign-up": lambda client, email: (client.get("/?utm_source=x"), sign_up(client, email))[1],
    "reset": lambda client, email: client.post(RESET, {"email": email}),
}


@pytest.mark.parametrize("door", DOORS)
def test_known_and_unknown_look_alike_and_cost_the_same(known, work, door):
    answers = []
    for email in (KNOWN, UNKNOWN):
        answer = DOORS[door](Client(), email)
        page = re.sub(r'csrfmiddlewaretoken" value="\w+|"X-CSRFToken": "\w+', "", answer.content.decode())
        cookies = {name: (cookie["max-age"], cookie["expires"] == "") for name, cookie in answer.cookies.items()}
        answers.append((answer.status_code, answer.get("Location"), cookies, page.replace(email, "…"), work()))
    assert answers[0] == answers[1]
    assert any(answers[0][-1]), "the work was seen"


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_who_sends_an_address_by_an_own_link_learns_nothing(known, member, email):
    """A sign-up is told to the member whose code it came by when the address is confirmed; and none stays behind."""
    client, people = Client(), User.objects.count()
    client.force_login(member)
    code = ShareCode.objects.create(member=member, code="ABCDEFGHJKLM").code
    visitor = Client()
    visitor.get(f"/?ref={code}")
    sign_up(visitor, email)
    assert "Nobody has" in (page := client.get("/me/").content.decode()) or "0 sign-ups" in page
    assert User.objects.count() == people + (email == UNKNOWN)
    EmailAddress.objects.update(verified=True)
    assert ("<li>1 sign-up" in client.get("/me/").content.decode()) == (email == UNKNOWN)


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_a_code_loses_its_place_to_either(known, email):
    """Else a second try with the same code would tell whether the first address has an account."""
    (invite,) = codes.create(by=None, limit=1)
    typed = {"password1": GOOD_PASSWORD, "name": "", "invite_code": invite.code}
    first, second = (Client().post("/account/signup/", typed | {"email": who}) for who in (email, "x@example.org"))
    assert first.status_code == 302 and "This invite code does not work" in second.content.decode()
    invite.refresh_from_db()
    assert (invite.used, invite.redemptions.count()) == (1, int(email == UNKNOWN))


def test_the_limit_of_sign_ups_counts_known_addresses_too(known):
    values.change("signups_per_address_per_day", "2", by=None)
    for _ in range(2):
        assert sign_up(Client(), KNOWN).status_code == 302
    for email in (KNOWN, UNKNOWN):
        assert "Too many accounts" in sign_up(Client(), email).content.decode()


@pytest.mark.parametrize("door", ["sign-up", "reset", "another account's new address"])
def test_a_closed_account_is_told_of_at_its_address_alone(known, owner, door):
    """Else one mail says that there is none, and the other that there is one already."""
    user = User.objects.get(email=KNOWN)
    removal.delete(user, by=owner, reason="Asked")
    QueuedMail.objects.all().delete()
    if door in DOORS:
        deleted, unknown = (DOORS[door](Client(), email) for email in (KNOWN, UNKNOWN))
        assert (deleted.status_code, deleted["Location"]) == (unknown.status_code, unknown["Location"])
    else:
        email_change.start(owner, KNOWN)
    mail = QueuedMail.objects.get(to=KNOWN)
    assert mail.subject == "Your account was deleted"
    assert f"Until {plain_day(user.purges_at)} we can bring it back. Write to support@" in mail.body
    assert "/account/" not in mail.body, "nothing there would help"


def test_a_suspended_one_too(known, owner):
    standing.suspend(User.objects.get(email=KNOWN), by=owner, reason="Spam")
    Client().post(RESET, {"email": KNOWN})
    mail = QueuedMail.objects.get(to=KNOWN)
    assert mail.subject == "Your account is suspended" and "suspended for now. Write to support@" in mail.body


def test_strangers_fill_nobody_s_mailbox(known, monkeypatch):
    """Eight mails a day to one address, whoever asks from wherever; the links of those stay good for hours or days."""
    start = time.time()
    for number in range(25):
        monkeypatch.setattr(time, "time", lambda: start + 3300 * number)  # noqa: B023 (it is called at once)
        for address in (f"10.{number}.0.1", f"10.{number}.0.2"):
            sign_up(Client(), KNOWN, REMOTE_ADDR=address)
            assert Client().post(RESET, {"email": KNOWN}, REMOTE_ADDR=address).status_code == 302
    subjects = Counter(QueuedMail.objects.values_list("subject", flat=True))
    assert subjects == {"You have an account already": 8, "Choose a new password": 8}


def test_a_forged_header_changes_nothing_behind_a_proxy_either(db, settings):
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    make_user()
    for number in range(5):
        sign_in(Client(), password="wrong", HTTP_X_FORWARDED_FOR=f"1.2.3.{number}, 10.0.0.7")
    assert "Too many" in sign_in(Client(), HTTP_X_FORWARDED_FOR="8.8.8.8, 10.0.0.7").content.decode()
    assert sign_in(Client(), HTTP_X_FORWARDED_FOR="10.0.0.7, 10.0.0.8").status_code == 302


def test_a_flood_of_other_counts_clears_none(db):
    make_user()
    for _ in range(5):
        sign_in(Client(), password="wrong")
    with connection.cursor() as cursor:
        cursor.execute("""INSERT INTO cache (cache_key, value, expires)
            SELECT ':1:~' || n, 'gAQu', now() + interval '1 day' FROM generate_series(1, 1000) n""")
    for number in range(3):
        cache.set(f"another-count-{number}", [1], 60)
    assert "Too many" in sign_in(Client()).content.decode(), "they are rows of the database, not the broker's"


def test_a_password_may_be_shorter_beside_a_second_step(db):
    user = make_user()
    short = "teal kettles"

    def change():
        client = Client()
        client.force_login(user)
        page = client.post("/account/password/change/", {"oldpassword": GOOD_PASSWORD, "password1": short})
        return page.status_code, page.content.decode()

    status, page = change()
    assert status == 200 and "at least 15 characters" in page and 'data-min-length="15"' in page
    set_up_app(user)
    values.change("password_min_length_with_second_factor", "13", by=None)
    assert "at least 13 characters" in change()[1]
    values.change("password_min_length_with_second_factor", "12", by=None)
    assert change()[0] == 302
