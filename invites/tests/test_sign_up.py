"""Sign-ups by a code: with what they bring, what is refused, and in what words."""

import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from allauth.account.models import EmailConfirmationHMAC
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from accounts import registration
from accounts.models import User
from accounts.tests.make import GOOD_PASSWORD, make_user
from invites import codes
from invites.models import Invite, Redemption
from ledger.queries import balances
from tunables import values

DOOR = "/account/signup/"
WRONG = "This invite code does not work"


def form(code="", email="new@example.net") -> dict:
    return {"email": email, "password1": GOOD_PASSWORD, "name": "New", "invite_code": code}


def main_of(answer) -> str:
    return answer.content.decode().partition("<main")[2].partition("</main")[0]


def test_it_works(owner, client):
    invite, *_ = codes.create(by=owner, grant=Decimal(5))
    values.change("require_email_verification", "off", by=owner)
    values.change("registration_mode", "invite", by=owner)
    assert client.get("/account/login/").status_code == 200
    landed = client.get(f"/join/{str(invite).lower()}/", follow=True).content.decode()
    assert f'value="{invite.code}"' in landed
    assert "by invitation" in client.post(DOOR, form()).content.decode()
    assert client.post(DOOR, form(str(invite).lower())).status_code == 302
    user = User.objects.get(email="new@example.net")
    invite.refresh_from_db()
    assert (invite.used, invite.state, user.redemption.invite) == (1, "used_up", invite)
    assert balances(user).granted == values.get("signup_grant_usd") + 5
    assert (user.acquisition.channel, user.acquisition.invite) == ("invite", invite.code)
    usual, *_ = codes.create(by=owner)
    values.change("invite_grant_usd", "7", by=owner)
    assert Client().post(DOOR, form(str(usual), "usual@example.net")).status_code == 302
    values.change("invite_grant_usd", "9", by=owner)
    came = User.objects.get(email="usual@example.net")
    assert codes.grant_of(came) == 7 and balances(came).granted == values.get("signup_grant_usd") + 7


@pytest.mark.parametrize("lock", [{"email": "new@example.net"}, {"domain": "example.net"}])
def test_what_a_locked_code_gives_waits_for_the_confirmation(owner, client, lock):
    """Anybody may type an address: it is confirmed before credit comes, and one that is elsewhere gets no gift."""
    invite, *_ = codes.create(by=owner, grant=Decimal(5), **lock)
    values.change("require_email_verification", "off", by=owner)
    client.post(DOOR, form(str(invite)))
    user = User.objects.get(email="new@example.net")
    assert balances(user).granted == 0 and user.redemption.invite == invite
    assert "comes with the confirmation" in client.get("/me/account/").content.decode()
    link = f"/account/confirm-email/{EmailConfirmationHMAC(user.emailaddress_set.get()).key}/"
    for _ in range(2):
        client.post(link)
    assert balances(user).granted == values.get("signup_grant_usd") + 5

    thief = User.objects.create(email="thief@elsewhere.example", awaits_welcome=True)
    codes.redeem(invite, thief)
    registration.welcome(thief)
    assert balances(thief).granted == values.get("signup_grant_usd")


def test_every_reason_has_one_answer(owner, client, settings):
    soon, late = codes.create(by=owner, number=2)
    codes.disable(soon, by=owner)
    Invite.objects.filter(pk=late.pk).update(expires_at=late.created_at)
    locked, *_ = codes.create(by=owner, email="other@example.net")
    house, *_ = codes.create(by=owner, domain="@Example.org")
    make_user("known@example.net")
    values.change("invite_tries_per_hour", "100", by=owner)
    said = set()
    for code in ("NOSUCHCODE22", str(soon), str(late), str(locked), str(house), "'; --"):
        for email in ("new@example.net", "known@example.net"):
            answer = Client().post(DOOR, form(code, email))
            assert answer.status_code == 200 and WRONG in answer.content.decode(), code
            said.add(re.sub(f"{re.escape(escape(code))}|{email}|middlewaretoken.*", "", main_of(answer)))
    assert len(said) == 1, "not one letter tells one reason from another, nor a known address from a new one"
    assert not Redemption.objects.exists()
    assert Client().post(DOOR, form(str(house), "ada@example.org")).status_code == 302
    values.change("invite_tries_per_hour", "1", by=owner)
    for _ in range(3):
        shown = Client().post(DOOR, form("NOSUCHCODE22")).content.decode()
    assert "Too many codes were tried" in shown


def test_each_code_is_in_one_state(owner):
    facts = [
        (disabled_at, used, late) for disabled_at in (None, timezone.now()) for used in (0, 1) for late in (None, -1, 1)
    ]
    for (disabled_at, used, late), made in zip(facts, codes.create(by=owner, number=len(facts)), strict=True):
        expires = late and timezone.now() + timedelta(days=late)
        Invite.objects.filter(pk=made.pk).update(disabled_at=disabled_at, used=used, expires_at=expires)
    found = {state: set(Invite.objects.in_state(state)) for state in Invite.State}
    assert {state: len(rows) for state, rows in found.items()} == {
        "active": 2,
        "used_up": 3,
        "expired": 1,
        "disabled": 6,
    }
    assert all(invite.state == state for state, rows in found.items() for invite in rows)
    assert set(Invite.objects.good()) == found["active"]


def test_one_click_makes_its_codes_once(owner):
    batch = uuid.uuid4()
    made = [codes.create(by=owner, number=2, batch=batch) for _ in range(2)]
    assert made[0] == made[1] and Invite.objects.count() == 2


def test_the_last_place_goes_to_one(patience):
    invite, *_ = codes.create(by=None, limit=3)
    start = threading.Barrier(9)

    def sign_up(number):
        start.wait(120)
        try:
            return Client().post(DOOR, form(invite.code, f"new{number}@example.net")).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(9) as threads:
        said = list(threads.map(sign_up, range(9)))
    invite.refresh_from_db()
    assert sorted(said) == [200] * 6 + [302] * 3
    assert invite.used == 3 == Redemption.objects.count() == User.objects.filter(email__startswith="new").count()


@pytest.mark.parametrize("mode", ["open", "closed"])
def test_other_modes(owner, client, mode):
    invite, *_ = codes.create(by=owner)
    values.change("registration_mode", mode, by=owner)
    client.post(DOOR, form(str(invite)))
    assert User.objects.filter(email="new@example.net").exists() == (mode == "open")
