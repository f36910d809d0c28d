"""Invitations for staff: one link, one account, never more rights than the inviter has."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts import roles, staff_invitations
from accounts.models import CustomRole, QueuedMail, StaffInvitation, User
from accounts.tests.make import GOOD_PASSWORD, make_user
from tests.cast import confirmed_client
from tests.locks import is_free

NAME = {"name": "Nora", "password": GOOD_PASSWORD}


def _link() -> str:
    return re.search(r"/account/staff/\S+/", QueuedMail.objects.latest("pk").body)[0]


def test_it_works(owner):
    inviter, stranger = confirmed_client(owner), Client()
    asked = {"email": "Nora@example.org", "role": "support"}
    assert inviter.post("/admin/staff/invite/", asked).status_code == 302
    link = _link()
    assert "nora@example.org" in stranger.get(link).content.decode() and stranger.get(link).status_code == 200
    refused = stranger.post(f"{link}accept/", {"name": "Nora", "password": "short"})
    assert refused.status_code == 422 and "at least" in refused.content.decode()
    named = stranger.post(f"{link}accept/", {"name": "Nora Zimmermann", "password": "Nora Zimmermann 1"})
    assert named.status_code == 422 and "easy to guess" in named.content.decode()
    assert stranger.post(f"{link}accept/", NAME).status_code == 302
    nora = User.objects.get(email="nora@example.org")
    assert (nora.role, nora.check_password(GOOD_PASSWORD)) == ("support", True)
    assert nora.emailaddress_set.get().verified
    assert stranger.get(link).status_code == stranger.post(f"{link}accept/", NAME).status_code == 410
    again = inviter.post("/admin/staff/invite/", asked)
    assert again.status_code == 422 and "There is an account" in again.content.decode()
    assert not StaffInvitation.objects.filter(digest__in=link.split("/")), "only a hash is kept"


def test_what_ends_it(owner):
    made = staff_invitations.invite("nora@example.org", "super_admin", by=owner)
    first = _link()
    staff_invitations.invite("nora@example.org", "support", by=owner)
    assert Client().get(first).status_code == 410, "a newer one replaces it"
    assert not staff_invitations.revoke(made, by=owner)
    second = _link()
    owner_now = make_user(role="super_admin")
    roles.give(owner, "finance", by=owner_now)
    assert Client().get(second).status_code == 410, "the inviter may not give this role any more"
    roles.give(owner, "super_admin", by=owner_now)
    assert Client().get(second).status_code == 200
    StaffInvitation.objects.update(expires_at=timezone.now())
    assert Client().get(second).status_code == 410


def test_an_open_invitation_says_when_its_link_does_not_work(owner):
    role = roles.clone("support", "Night shift", by=owner)
    staff_invitations.invite("nora@example.org", role.key, by=owner)
    shown, client = "/admin/accounts/panels/staff_invitations/", confirmed_client(owner)
    assert "the link works until" in client.get(shown).content.decode()
    roles.retire(role, by=owner)
    assert Client().get(_link()).status_code == 410
    assert "the link does not work: the role is retired" in client.get(shown).content.decode()


def test_who_must_not_read_addresses_invites_nobody(db):
    """It would tell whether an address has an account."""
    CustomRole.objects.create(key="desk", title="Desk", perms=["users:read", "staff:invite", "overview:read"])
    client = confirmed_client(make_user("desk@example.org", password="poem-vision-demo", role="desk"))
    refused = client.post("/admin/staff/invite/", {"email": "desk@example.org", "role": "desk"})
    assert refused.status_code == 403 and "See e-mail addresses in full." in refused.content.decode()


def test_who_got_an_account_meanwhile_is_told_what_they_can_do(owner):
    staff_invitations.invite("nora@example.org", "support", by=owner)
    make_user("nora@example.org")
    said = Client().post(f"{_link()}accept/", NAME)
    assert said.status_code == 422 and "Sign in, and ask whoever invited you" in said.content.decode()


def test_nobody_invites_above_themselves(supporter):
    with pytest.raises(roles.Refused, match="nothing beyond your own"):
        staff_invitations.invite("nora@example.org", "super_admin", by=supporter)


def test_a_look_at_the_link_holds_nobody(patience):
    owner = make_user("owner@example.org", role="super_admin")
    role = roles.clone("support", "Night shift", by=owner)
    made = staff_invitations.invite("nora@example.org", role.key, by=owner)
    with transaction.atomic():
        assert staff_invitations.find(_link().rstrip("/").rpartition("/")[2]) == made
        assert is_free(owner, "NO KEY UPDATE") and is_free(role, "NO KEY UPDATE")


def test_of_two_at_once_one_link_works(patience):
    owner = make_user("owner@example.org", role="super_admin")

    def invite():
        try:
            staff_invitations.invite("Nora@example.org", "support", by=owner)
        finally:
            connection.close()

    second = Thread(target=invite)
    with transaction.atomic():
        staff_invitations.invite("nora@example.org", "support", by=owner)
        second.start()
        second.join(1)
    second.join(30)
    assert (staff_invitations.waiting().count(), StaffInvitation.objects.count()) == (1, 2)


def test_many_at_once_make_one_account(committed_db):
    owner = make_user("owner@example.org", role="super_admin")
    made = staff_invitations.invite("nora@example.org", "support", by=owner)

    def accept(_):
        try:
            return staff_invitations.accept(made, name="Nora", password=GOOD_PASSWORD)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        came = [user for user in pool.map(accept, range(6)) if user]
    assert len(came) == 1 == User.objects.filter(email="nora@example.org").count()
