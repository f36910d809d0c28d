"""What people save of their own account undoes nothing that staff do to it meanwhile."""

from functools import partial

import pytest
from django.test import Client

from accounts import removal, roles, standing
from accounts.models import User
from accounts.tests.make import GOOD_PASSWORD, make_user
from tests.locks import in_line

NEW = "pewter lantern orbit moss"
NAME = ("/me/name/", {"name": "Somebody Else"})
CHANGE = ("/account/password/change/", {"oldpassword": GOOD_PASSWORD, "password1": NEW, "password2": NEW})
ACTS = {
    "suspended": lambda person, by: standing.suspend(person, reason="Spam", by=by),
    "deleted": lambda person, by: removal.delete(person, by=by, reason="Asked"),
    "demoted": lambda person, by: roles.give(person, "", by=by),
}


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
