"""Members who share, and whom their codes bring."""

from decimal import Decimal
from itertools import count

from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.make import GOOD_PASSWORD, make_user
from ledger import posting
from referrals import codes, rewards
from referrals.models import Referral, ShareCode, VisitDay
from sitestats.models import Acquisition

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


def make_story() -> dict:
    """Ada shared: two came by her code, one of them paid and spent; one came beyond the cap; one came by Google."""
    code = make_code(name="Ada")
    paying, waiting, beyond = (make_referral(code, name=name) for name in ("Pia", "Wim", "Bo"))
    Referral.objects.filter(pk=beyond.pk).update(state="over_cap")
    searching = make_user("google@example.net", name="Gus")
    for person, fields in [
        (paying.member, {"channel": "share", "source": code.code, "share_code": code.code, "share_target": "harbour"}),
        (waiting.member, {"channel": "referral", "source": code.code, "share_code": code.code}),
        (beyond.member, {"channel": "referral", "source": code.code, "share_code": code.code}),
        (searching, {"channel": "search", "source": "Google", "referrer": "google.com/search"}),
    ]:
        now = timezone.now()
        Acquisition.objects.create(user=person, first_seen_at=now, signed_up_at=now, **fields)
    VisitDay.objects.create(code=code, day=timezone.now().date(), visits=7)
    for person in (paying.member, searching):
        posting.top_up(person, cash=Decimal(20), external_id=f"stripe:checkout.session:{person.pk}")
    rewards.settle(paying.member_id)
    posting.charge(paying.member, Decimal("3.25"), service="poem")
    return {"code": code, "paying": paying, "waiting": waiting, "beyond": beyond, "searching": searching}


def panel(client, name: str, query: str = "") -> str:
    """A panel as htmx gets it, or as a file."""
    response = client.get(f"/admin/referrals/panels/{name}/{query}", headers={"HX-Request": "true"})
    assert response.status_code == 200, response.status_code
    return response.getvalue().decode()
