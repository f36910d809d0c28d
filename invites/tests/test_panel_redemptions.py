"""Who came in by one code."""

import pytest

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
