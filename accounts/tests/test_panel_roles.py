"""Roles and permissions: the matrix, and the forms that make, change and retire a custom role."""

import json
import re

from accounts import roles
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
    url = "/admin/roles/custom-night-shift"
    User.objects.filter(pk=marketer.pk).update(role="custom-night-shift")
    assert "One person still has this role." in client.post(f"{url}/retire/", follow=True).content.decode()
    User.objects.filter(pk=marketer.pk).update(role="")
    for verb in ("retire", "restore"):
        client.post(f"{url}/{verb}/")
        assert bool(CustomRole.objects.get().retired_at) == (verb == "retire")
        shown = client.get("/admin/roles/").content.decode()
        assert ("Offer again" in shown) == (verb == "retire")


def test_undo_brings_a_role_back_unless_it_was_retired_again(owner):
    client, url = confirmed_client(owner), f"/admin/roles/{roles.clone('marketing', 'Night shift', by=owner).key}"

    def said(address):
        return json.loads(client.post(address, headers={"HX-Request": "true"}).headers["HX-Trigger"])["toast"]

    undo = said(f"{url}/retire/")["undo"]
    assert said(f"{url}/retire/") == {"text": "“Night shift” is retired."}
    said(f"{url}/restore/")
    newer = said(f"{url}/retire/")["undo"]
    assert "retired again since" in said(undo)["text"] and CustomRole.objects.get().retired_at
    said(newer)
    assert CustomRole.objects.get().retired_at is None


def test_a_name_is_refused_beside_its_field(owner):
    client = confirmed_client(owner)
    for title in ("Super admin", "support  STAFF", "Night shift", "NightShift"):
        answer = client.post("/admin/roles/clone/", {"title": title, "source": "marketing"})
        assert answer.status_code == (302 if title == "Night shift" else 422)
    assert list(answer.context["clone_form"].errors) == ["title"]
    htmx = {"HX-Request": "true"}
    for title, status in (("Night shift", 422), ("Day shift", 204)):
        answer = client.post("/admin/roles/clone/", {"title": title, "source": "marketing"}, headers=htmx)
        assert answer.status_code == status
    assert answer["HX-Redirect"] == "/admin/roles/custom-day-shift/"
    form = {"title": "Support staff", "version": 1, "perms": [Perm.USERS_READ]}
    renamed = client.post("/admin/roles/custom-night-shift/change/", form)
    assert list(renamed.context["form"].errors) == ["title"]


def test_whoever_was_overtaken_sees_by_what_and_may_save_again(owner):
    client = confirmed_client(owner)
    client.post("/admin/roles/clone/", {"title": "Night shift", "source": "marketing"})
    change, version = "/admin/roles/custom-night-shift/change/", 1
    client.post(change, {"title": "Late", "perms": [Perm.LOGS_READ], "version": version})
    form = {"title": "Night", "perms": [Perm.USERS_READ], "version": version}
    shown = client.post(change, form)
    assert shown.status_code == 422
    (said,) = shown.context["form"].non_field_errors()
    assert "called “Late”; it now holds Logs: read; it no longer holds Users: read." in said
    version = shown.context["form"]["version"].value()
    assert client.post(change, form | {"version": version}).status_code == 302
    assert CustomRole.objects.get().title == "Night"


def test_members_see_nothing(client_of, member):
    assert client_of(member).get("/admin/accounts/panels/roles/").status_code == 403
