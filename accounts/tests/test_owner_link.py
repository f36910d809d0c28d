"""A production install starts with nobody in it: the command line makes the first owner, by a one-time link."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import demo, owner_link, removal
from accounts.models import OwnerLink, User
from accounts.tests.make import GOOD_PASSWORD, make_user
from audit.models import AuditEvent
from jobs.models import Job
from jobs.registry import run_now


def link_for(email="owner@example.org"):
    out = StringIO()
    call_command("createowner", email=email, stdout=out)
    return re.search(r"http://localhost:8000(/\S+)", out.getvalue())[1]


def test_it_works(client, db):
    link = link_for()
    owner = User.objects.get()
    assert owner.role == "" and not owner.has_usable_password(), "the link alone makes nobody anything"
    client.get(link), client.head(link)
    assert "owner@example.org" in client.get(link).content.decode()
    assert client.post(link + "redeem/", {"password": GOOD_PASSWORD})["Location"] == "/account/login/"
    owner.refresh_from_db()
    assert owner.role == "super_admin"
    response = client.post("/account/login/", {"login": owner.email, "password": GOOD_PASSWORD})
    assert response["Location"] == "/home/"
    assert set(AuditEvent.objects.values_list("verb", flat=True)) >= {"user.made_owner", "user.password_changed"}


def test_nothing_that_somebody_else_may_have_opens_the_account(client, db):
    """Who held the account before has a passkey, an app, recovery codes; and never confirmed the address."""
    person = make_user("owner@example.org")
    person.emailaddress_set.update(verified=False)
    for type in ("totp", "webauthn", "recovery_codes"):
        Authenticator.objects.create(user=person, type=type, data={})
    client.post(link_for() + "redeem/", {"password": GOOD_PASSWORD})
    assert not Authenticator.objects.exists()
    removed = AuditEvent.objects.filter(verb="user.second_factor_removed", actor=None)
    assert removed.count() == 3 and removed.filter(note=owner_link.BY_LINK).count() == 3
    assert person.emailaddress_set.get(verified=True, primary=True).email == person.email
    response = client.post("/account/login/", {"login": person.email, "password": GOOD_PASSWORD})
    assert response["Location"] == "/home/"


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


def test_it_brings_a_locked_out_person_back_as_owner(client, db):
    make_user("ada@example.org", is_active=False, suspension_reason="Spam")
    client.post(f"{link_for('ADA@example.org')}redeem/", {"password": GOOD_PASSWORD})
    user = User.objects.get()
    assert (user.role, user.status, user.suspension_reason) == ("super_admin", "Active", "")
    assert AuditEvent.objects.get(verb="user.made_owner").before == {"role": "", "status": "Suspended"}


def test_who_was_deleted_is_here_to_stay(client, owner):
    ada = make_user()
    removal.delete(ada, by=owner, reason="By a slip")
    client.post(f"{link_for(ada.email)}redeem/", {"password": GOOD_PASSWORD})
    run_now(Job.objects.get(kind="accounts.purge"))
    ada = User.objects.get(pk=ada.pk)
    assert (ada.status, ada.email, ada.purges_at, ada.paid_ends_at) == ("Active", "ada@example.org", None, None)
    assert client.post("/account/login/", {"login": ada.email, "password": GOOD_PASSWORD})["Location"] == "/home/"


def test_who_was_purged_meanwhile_is_nobody_any_more(client, db):
    ada, now = make_user(), timezone.now()
    link = link_for(ada.email)
    User.objects.filter(pk=ada.pk).update(is_active=False, deleted_at=now, purges_at=now, purged_at=now)
    assert client.get(link).status_code == 410 and not owner_link.redeem(OwnerLink.objects.get(), GOOD_PASSWORD)
    assert User.objects.get().role == ""


def test_who_is_signed_in_meanwhile_becomes_no_owner(client, db):
    """Somebody else may sit there: only who has the link comes in as one."""
    ada = make_user()
    client.force_login(ada)
    link = link_for(ada.email)
    assert client.get("/admin/").status_code == 403
    Client().post(f"{link}redeem/", {"password": f"{GOOD_PASSWORD} moss"})
    assert client.get("/admin/")["Location"].startswith("/account/login/")
    assert User.objects.get().role == "super_admin"


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
