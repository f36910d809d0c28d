"""Accounts closed and opened again: who may, what ends, what comes by itself, and two at once."""

import json
from datetime import timedelta
from threading import Thread

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts import removal, roles, standing
from accounts.models import User
from accounts.standing import NotAllowed
from accounts.superadmins import LastSuperAdmin
from accounts.tests.make import make_user
from accounts.tests.test_sign_in import sign_in
from audit.models import AuditEvent
from conftest import PASSWORD
from jobs.models import Job
from jobs.registry import run_now
from tests.locks import wait_for

HTMX = {"HX-Request": "true"}


def act(client, person, verb, **typed):
    return client.post(f"/admin/accounts/users/{person.pk}/{verb}/", typed, headers=HTMX)


def test_it_works(client_of, supporter, member):
    theirs = Client()
    theirs.force_login(member)
    assert theirs.get("/me/account/").status_code == 200
    answer = act(client_of(supporter), member, "suspend", reason="Chargebacks", until="")
    assert answer.status_code == 204 and "/restore/" in answer.headers["HX-Trigger"]
    assert theirs.get("/me/account/").status_code == 302  # the session that was open is over
    member.refresh_from_db()
    assert (member.status, member.suspension_reason) == ("Suspended", "Chargebacks")
    assert act(client_of(supporter), member, "restore").status_code == 204
    assert theirs.get("/me/account/").status_code == 302  # and stays over
    verbs = AuditEvent.objects.filter(target=f"user:{member.pk}", actor=supporter).order_by("id")
    assert [(e.verb, e.before["status"], e.after["status"]) for e in verbs] == [
        ("user.suspended", "Active", "Suspended"),
        ("user.restored", "Suspended", "Active"),
    ]
    assert not standing.restore(member, by=supporter)
    assert verbs.count() == 2


def test_it_is_lifted_at_its_end_and_only_then(supporter, member):
    ends = timezone.now() + timedelta(days=3)
    standing.suspend(member, by=supporter, reason="Spam", until=ends)
    first = Job.objects.get(kind="accounts.lift_suspension")
    assert first.run_at == ends
    standing.suspend(member, by=supporter, reason="Spam", until=ends + timedelta(days=1))
    run_now(first)  # overtaken by a longer one
    member.refresh_from_db()
    assert not member.is_active
    run_now(Job.objects.filter(kind="accounts.lift_suspension").latest("id"))
    member.refresh_from_db()
    assert (member.is_active, member.suspended_until) == (True, None)


def test_it_refuses(client_of, supporter, owner, member, marketer):
    for person, words in ((owner, "may do more than yours"), (supporter, "A colleague")):
        assert words in act(client_of(supporter), person, "suspend", reason="Why not").content.decode()
    answer = act(client_of(supporter), member, "suspend", reason="", until="2020-01-01")
    assert answer.status_code == 422 and "Choose a day in the future." in answer.content.decode()
    assert act(client_of(marketer), member, "suspend", reason="Why not").status_code == 403
    assert User.objects.filter(is_active=False).count() == 0
    owner_alone = make_user("second@example.org", role="super_admin")
    standing.suspend(owner, by=owner_alone, reason="Left")
    with pytest.raises(NotAllowed):  # support may not open what it may not close
        standing.restore(owner, by=supporter)
    with pytest.raises(LastSuperAdmin):
        standing.suspend(owner_alone, by=None, reason="Nobody left")


def test_two_super_admins_at_once(committed_db):
    ids = [make_user(f"{name}@example.org", role="super_admin").pk for name in ("ada", "eve")]
    outcomes = []

    def close(person, by):
        try:
            outcomes.append(standing.suspend(person, by=by, reason="Them or me"))
        except LastSuperAdmin:
            outcomes.append("refused")
        finally:
            connection.close()

    # Both are read while both may act
    pairs = [list(User.objects.filter(pk__in=ids).order_by(order)) for order in ("pk", "-pk")]
    threads = [Thread(target=close, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["True", "refused"]
    assert User.objects.filter(is_active=True).count() == 1


def test_undo_is_offered_only_where_it_leads_back(client_of, owner, member, confirmed_lately):
    client, url = client_of(owner), f"/admin/accounts/users/{member.pk}"

    def said(act, **typed):
        answer = client.post(f"{url}/{act}/", typed, headers={"HX-Request": "true"})
        return json.loads(answer.headers["HX-Trigger"])["toast"]

    assert said("suspend", reason="Spam")["undo"].startswith(f"{url}/restore/?of=")
    assert said("suspend", reason="Fraud") == {"text": "The account is suspended and its sessions are over."}
    assert said("suspend", reason="Fraud") == {"text": "Nothing changed: the account was like that already."}
    said("restore")
    assert "undo" in said("plan", plan="comped", reason="A prize")
    assert "undo" not in said("plan", plan="free", reason="No prize")


@pytest.mark.parametrize(
    ("act", "back", "typed"),
    [
        ("suspend", "restore", {"reason": "Spam"}),
        ("delete", "undelete", {"reason": "Asked by mail"}),
        ("plan", "plan/end", {"plan": "comped", "reason": "A prize"}),
    ],
)
def test_undo_takes_back_what_it_names_and_nothing_later(client_of, owner, member, confirmed_lately, act, back, typed):
    client, url = client_of(owner), f"/admin/accounts/users/{member.pk}"

    def said(address, **typed):
        return json.loads(client.post(address, typed, headers=HTMX).headers["HX-Trigger"])["toast"]

    def told():
        return list(AuditEvent.objects.filter(target=f"user:{member.pk}").order_by("id").values_list("verb", flat=True))

    undo = said(f"{url}/{act}/", **typed)["undo"]
    said(f"{url}/{back}/")
    newer = said(f"{url}/{act}/", **typed)["undo"]
    before = told()
    assert "changed again since" in said(undo)["text"] and told() == before
    assert "changed again since" in client.post(undo, follow=True).content.decode()
    said(newer)
    assert len(told()) == len(before) + 1
    assert "Nothing changed" in said(undo)["text"]


@pytest.mark.parametrize("act", [standing.suspend, removal.delete])
def test_a_suspension_and_a_new_role_at_once_wait_in_one_order(committed_db, act):
    """Who gives the role holds the account and waits for a super admin; the other waits for nobody but the account."""
    person, *bosses = (make_user(f"{name}@example.org", role="super_admin" if name > "a" else "") for name in "abc")
    said = []

    def run(what, *args, **more):
        try:
            said.append(what(*args, **more))
        except (DatabaseError, roles.Refused) as error:  # deleted meanwhile: refused
            said.append(error)
        finally:
            connection.close()

    threads = [
        Thread(target=run, args=(roles.give, person, "support"), kwargs={"by": bosses[1]}),
        Thread(target=run, args=(act, person), kwargs={"by": bosses[0], "reason": "Spam"}),
    ]
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=bosses[1].pk)
        for waiting, thread in enumerate(threads, 1):
            thread.start()
            wait_for(waiting)
    for thread in threads:
        thread.join(30)
    assert len(said) == 2 and not [error for error in said if isinstance(error, DatabaseError)]


def test_whose_password_is_right_learns_why_it_does_not_help(client, member, supporter):
    standing.suspend(member, by=supporter, reason="Spam", until=timezone.now() + timedelta(days=400))
    page = client.get(sign_in(client, member.email, PASSWORD)["Location"]).content.decode()
    assert "until " in page and "mailto:" in page and "Spam" not in page
    User.objects.filter(pk=member.pk).update(deleted_at=timezone.now(), purges_at=timezone.now())
    page = client.get(sign_in(client, member.email, PASSWORD)["Location"]).content.decode()
    assert "This account was deleted" in page and "suspended" not in page
