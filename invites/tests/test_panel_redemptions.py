"""Who came in by one code."""

import re
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts import registration
from accounts.models import User
from accounts.tests.make import make_user
from invites import codes

pytestmark = pytest.mark.usefixtures("confirmed_lately")
HTMX = {"HX-Request": "true"}


def test_it_works(client_of, owner, accountant):
    invite, *_ = codes.create(by=owner, limit=2)
    page, panel = f"/admin/invites/codes/{invite.pk}/", f"/admin/invites/panels/redemptions/{invite.pk}/"
    client = client_of(owner)
    assert "Nobody yet" in client.get(panel, headers=HTMX).content.decode()
    codes.redeem(codes.take(str(invite), "ada@example.org"), make_user("ada@example.org", name="Ada"))
    assert "1 of 2" in client.get(page).content.decode()
    assert "Ada" in client.get(panel, {"q": "ada@"}, headers=HTMX).content.decode()
    assert "ada@example.org" in b"".join(client.get(panel, {"format": "csv"})).decode()
    client = client_of(accountant)
    assert "Ada" not in client.get(panel, {"q": "ada@"}, headers=HTMX).content.decode(), "not found by an address"
    assert "a•••@e•••.org" in b"".join(client.get(panel, {"format": "csv"})).decode()


def test_credit_that_waits_for_a_confirmed_address_is_not_said_to_be_granted(client_of, owner):
    invite, *_ = codes.create(by=owner, limit=3, grant=Decimal("1.50"))
    ada, eve = (make_user(f"{name}@example.org", awaits_welcome=True) for name in ("ada", "eve"))
    made_by_hand = make_user("staff@example.org")
    for person in (ada, eve, made_by_hand):
        codes.redeem(codes.take(str(invite), person.email), person)
    registration.welcome(ada)
    client, panel = client_of(owner), f"/admin/invites/panels/redemptions/{invite.pk}/"

    def shown():
        return re.findall(r'"Granted credit">([^<]*)<', client.get(panel, headers=HTMX).content.decode())

    assert shown() == ["$0.00", "$1.50, once confirmed", "$1.50"]
    head, *lines = b"".join(client.get(panel, {"format": "csv"})).decode().splitlines()
    assert head.endswith("Id,Name,E-mail,Granted credit,Once confirmed,When")
    assert [line.split(",")[3:5] for line in lines] == [["0.00", "0.00"], ["0.00", "1.50"], ["1.50", "0.00"]]
    User.objects.filter(pk=eve.pk).update(purged_at=timezone.now(), deleted_at=timezone.now(), purges_at=timezone.now())
    assert shown() == ["$0.00", "$0.00", "$1.50"]
