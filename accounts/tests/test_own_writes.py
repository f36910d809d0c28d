"""What people save of their own account undoes nothing that staff do to it meanwhile."""

from functools import partial

import pytest
from django.test import Client

from accounts import removal, roles, standing
from accounts.models import User
from accounts.tests.make import GOOD_PASSWORD, make_user
from accounts.tests.test_own_account import again, signed_in
from tests.locks import in_line

NEW = "pewter lantern orbit moss"
NAME = ("/me/name/", {"name": "Somebody Else"})
CHANGE = ("/account/password/change/", {"oldpassword": GOOD_PASSWORD, "password1": NEW, "password2": NEW})
ACTS = {
    "suspended": lambda person, by: standing.suspend(person, reason="Spam", by=by),
    "deleted": lambda person, by: removal.delete(person, by=by, reason="Asked"),
    "demoted": lambda person, by: roles.give(person, "", by=by),
}


def test_an_account_deleted_in_two_tabs_says_until_when_in_both(committed_db):
    person, said = make_user(), []
    tabs = [again(signed_in(person)) for _ in range(2)]

    def leave(tab):
        said.append(tab.post("/me/leave/delete/", {"typed": person.email}, follow=True).content.decode())

    assert in_line(person, *(partial(leave, tab) for tab in tabs)) == []
    assert not any("Until –" in page for page in said)


@pytest.mark.parametrize("sent", [NAME, CHANGE], ids=["name", "password"])
@pytest.mark.parametrize("act", ACTS)
def test_what_staff_do_meanwhile_stays(committed_db, act, sent):
    owner = make_user("owner@example.org", role="super_admin")
    person = make_user("ada@example.org", role="support")
    client = Client()
    client.force_login(person)
    client.get("/me/")
    assert in_line(person, partial(ACTS[act], person, owner), partial(client.post, *sent)) == []
    now = User.objects.get(pk=person.pk)
    assert (now.status, now.role) == {
        "suspended": ("Suspended", "support"),
        "deleted": ("Deleted", "support"),
        "demoted": ("Active", ""),
    }[act]
