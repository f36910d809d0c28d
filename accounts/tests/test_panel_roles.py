"""Roles and permissions: the matrix, and the forms that make, change and retire a custom role."""

import re

from accounts.models import CustomRole, User
from accounts.permission_words import SAYS
from accounts.permissions import ROLE_PERMS, Perm
from tests.cast import confirmed_client


def test_every_permission_is_explained_once():
    assert set(SAYS) == set(Perm) and len(set(SAYS.values())) == len(SAYS)


def test_it_works(owner, marketer, client_of):
    shown = client_of(marketer).get("/admin/roles/").content.decode()
    assert "Super admin" in shown and "New role" not in shown
    client = confirmed_client(owner)
    answer = client.post("/admin/roles/clone/", {"title": "Night shift", "source": "marketing"})
    assert answer.headers["Location"] == "/admin/roles/custom-night-shift/"
    page = client.get(answer.headers["Location"]).content.decode()
    assert len(re.findall(r"checked>", page)) == len(ROLE_PERMS["marketing"])
    form = {"title": "Night", "perms": [Perm.USERS_READ, Perm.OVERVIEW_READ], "version": 1}
    assert client.post("/admin/roles/custom-night-shift/change/", form).status_code == 302
    assert CustomRole.objects.get().held == {Perm.USERS_READ, Perm.OVERVIEW_READ}
    assert client.post("/admin/roles/custom-night-shift/change/", form).status_code == 422
    url = "/admin/roles/custom-night-shift"
    User.objects.filter(pk=marketer.pk).update(role="custom-night-shift")
    assert "still have this role" in client.post(f"{url}/retire/", follow=True).content.decode()
    User.objects.filter(pk=marketer.pk).update(role="")
    for verb in ("retire", "restore"):
        client.post(f"{url}/{verb}/")
        assert bool(CustomRole.objects.get().retired_at) == (verb == "retire")
        shown = client.get("/admin/roles/").content.decode()
        assert ("Offer again" in shown) == (verb == "retire")


def test_members_see_nothing(client_of, member):
    assert client_of(member).get("/admin/accounts/panels/roles/").status_code == 403
