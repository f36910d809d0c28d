"""Members who share, and whom their codes bring."""

from itertools import count

from django.test import Client

from accounts.models import User
from accounts.tests.make import GOOD_PASSWORD, make_user
from referrals import codes
from referrals.models import Referral, ShareCode

_numbers = count(1)


def make_code(email="ada@example.org", **fields) -> ShareCode:
    return codes.of(User.objects.filter(email=email).first() or make_user(email, **fields))


def browser(agent: str = "") -> Client:
    """A browser that is like no other, unless named."""
    return Client(headers={"User-Agent": agent or f"Mozilla/5.0 Firefox/{next(_numbers)}"})


def sign_up_by(code, *, email="", client=None, path="/") -> User:
    """Somebody follows the code's link and signs up."""
    client = client or browser()
    email = email or f"new{next(_numbers)}@example.net"
    client.get(f"{path}?ref={code}")
    typed = {"email": email, "password1": GOOD_PASSWORD, "name": "New"}
    assert client.post("/account/signup/", typed).status_code == 302
    return User.objects.get(email=email)


def make_referral(code=None, **fields) -> Referral:
    """A member whom the code brought, without the way through the pages."""
    member = make_user(fields.pop("email", f"new{next(_numbers)}@example.net"), name=fields.pop("name", "New"))
    return Referral.objects.create(code=code or make_code(), member=member, **fields)
