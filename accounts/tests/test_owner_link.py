"""A production install starts with nobody in it: the command line makes the first owner, by a one-time link."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import demo
from accounts.models import OwnerLink, User
from accounts.tests.make import GOOD_PASSWORD, make_user
from audit.models import AuditEvent


def link_for(email="owner@example.org"):
    out = StringIO()
    call_command("createowner", email=email, stdout=out)
    return re.search(r"http://localhost:8000(/\S+)", out.getvalue())[1]


def test_it_works(client, db):
    link = link_for()
    owner = User.objects.get()
    assert owner.role == "super_admin" and not owner.has_usable_password()
    client.get(link), client.head(link)
    assert "owner@example.org" in client.get(link).content.decode()
    assert client.post(link + "redeem/", {"password": GOOD_PASSWORD})["Location"] == "/account/login/"
    response = client.post("/account/login/", {"login": owner.email, "password": GOOD_PASSWORD})
    assert response["Location"] == "/home/"
    assert set(AuditEvent.objects.values_list("verb", flat=True)) >= {"user.made_owner", "user.password_changed"}


def test_it_keeps_only_a_hash(db):
    token = link_for().rstrip("/").rpartition("/")[2]
    assert OwnerLink.objects.get().digest == hashlib.sha256(token.encode()).hexdigest()


def test_it_works_once(client, db):
    link = link_for()
    client.post(link + "redeem/", {"password": GOOD_PASSWORD})
    assert client.get(link).status_code == 410
    assert client.post(link + "redeem/", {"password": "umbrella quartz engine moss"}).status_code == 410
    assert User.objects.get().check_password(GOOD_PASSWORD)


def test_it_works_once_for_all_who_click_at_the_same_time(committed_db):
    link = link_for()
    with ThreadPoolExecutor(6) as threads:
        codes = list(threads.map(lambda n: _redeem(link, n), range(6)))
    assert sorted(codes) == [302] + [410] * 5


def _redeem(link, number):
    try:
        return Client().post(link + "redeem/", {"password": f"{GOOD_PASSWORD} {number}"}).status_code
    finally:
        connection.close()


def test_it_ends(client, db):
    link = link_for()
    OwnerLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(link).status_code == 410


def test_a_new_link_closes_the_old_one(client, db):
    old = link_for()
    link_for()
    assert client.get(old).status_code == 410


def test_weak_passwords_are_refused(client, db):
    link = link_for()
    response = client.post(link + "redeem/", {"password": "short"})
    assert response.status_code == 422
    assert "at least 15" in response.content.decode()
    assert client.get(link).status_code == 200


def test_it_brings_a_locked_out_person_back_as_owner(db):
    make_user("ada@example.org", is_active=False)
    link_for("ADA@example.org")
    user = User.objects.get()
    assert (user.role, user.is_active) == ("super_admin", True)
    assert AuditEvent.objects.get(verb="user.made_owner").before == {"role": "", "is_active": False}


def test_it_wants_an_address(db):
    with pytest.raises(CommandError, match="is not an e-mail address"):
        link_for("nobody")


def test_demo_people_come_once_and_only_in_embedded_mode(db, settings):
    assert [user.role for user in demo.load()] == ["super_admin", "support", "marketing", "finance", ""]
    assert len(demo.load()) == User.objects.count() == 5
    assert all(user.is_demo and user.check_password("poem-vision-demo") for user in User.objects.all())
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="embedded mode only"):
        call_command("load_demo_people")
