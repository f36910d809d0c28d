"""One act on many accounts: the exact number, each looked at again, and back."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import bulk, sessions, standing
from accounts.models import BulkAct, User
from accounts.tests.make import make_user
from audit.models import AuditEvent
from jobs.models import Job
from jobs.registry import run_now
from tunables import values
from ui import clock

START = "/admin/users/bulk/suspend/start/"


@pytest.fixture
def desk(client_of, owner):
    client = client_of(owner)
    client.post("/account/reauthenticate/", {"password": "poem-vision-demo"})
    return client


def wish(desk, choice, **more):
    page = desk.get(f"/admin/users/bulk/suspend/?{choice}")
    facts = page.context["form"].initial | {"reason": "Spam", "form_key": str(uuid.uuid4())}
    return page, {**facts, **more}


def work(act):
    run_now(act.job)
    act.refresh_from_db()
    return act


def test_it_works(desk, owner, member, outsider):
    """The whole filter is suspended, twice sent once done, shown, and undone for those whom it changed."""
    before = make_user(is_active=False, suspension_reason="Old")
    page, facts = wish(desk, "all=1&role=member&joined=7")
    assert "Suspend 3" in page.content.decode() and "Role: Members" in page.content.decode()
    assert f'<a href="/admin/users/{member.pk}/">Member</a>' in page.content.decode()
    answers = [desk.post(START, facts) for _ in range(2)]
    act = BulkAct.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/admin/users/acts/{act.pk}/"}
    work(act)
    assert (len(act.changed), act.left_alone, act.refused) == (2, 1, {"Nothing changed: it was like that already.": 1})
    assert set(User.objects.filter(is_active=False)) == {before, member, outsider}
    assert AuditEvent.objects.filter(verb="user.suspended", actor=owner).count() == 2
    text = desk.get(f"/admin/accounts/panels/bulk_act/{act.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "Undo for 2" in text and ">Outsider</a>." in text
    standing.restore(outsider, by=owner)
    standing.suspend(outsider, by=owner, reason="Something else")
    for _ in range(2):
        desk.post(f"/admin/users/acts/{act.pk}/undo/")
    back = work(BulkAct.objects.get(undoes=act))
    assert [one["id"] for one in back.changed] == [member.pk]
    assert set(User.objects.filter(is_active=False)) == {before, outsider}


def test_an_undo_says_why_it_left_somebody_alone(owner, member, outsider):
    longer = make_user("longer@example.org")
    anew = make_user("anew@example.org")
    ids = [member.pk, outsider.pk, longer.pk, anew.pk]
    act = work(BulkAct.start(verb="suspend", by=owner, form_key=uuid.uuid4(), reason="Spam", ids=ids))
    standing.restore(member, by=owner)
    standing.suspend(outsider, by=owner, reason="Something else")
    standing.suspend(longer, by=owner, reason="Spam", until=timezone.now() + timedelta(days=9))
    standing.restore(anew, by=owner)
    standing.suspend(anew, by=owner, reason="Spam")
    assert work(bulk.undo(act, owner)).refused == {
        "Nothing changed: it was like that already.": 1,
        "It was changed again since.": 3,
    }


def test_the_end_of_sessions_is_no_decision(owner, member, outsider):
    act = work(BulkAct.start(verb="suspend", by=owner, form_key=uuid.uuid4(), reason="Spam", ids=[member.pk]))
    sessions.end_all(member, by=owner)
    assert work(bulk.undo(act, owner)).refused == {} and User.objects.get(pk=member.pk).is_active
    standing.suspend(outsider, by=owner, reason="Old")
    act = work(BulkAct.start(verb="restore", by=owner, form_key=uuid.uuid4(), reason="", ids=[outsider.pk]))
    sessions.end_all(outsider, by=outsider)
    assert work(bulk.undo(act, owner)).refused == {} and not User.objects.get(pk=outsider.pk).is_active


def test_an_undo_of_restoring_leaves_later_decisions(owner, member, outsider):
    for person in (member, outsider):
        standing.suspend(person, by=owner, reason="Old")
    ids = [member.pk, outsider.pk]
    act = work(BulkAct.start(verb="restore", by=owner, form_key=uuid.uuid4(), reason="", ids=ids))
    standing.suspend(outsider, by=owner, reason="Looked at again")
    standing.restore(outsider, by=owner)
    assert work(bulk.undo(act, owner)).refused == {"It was changed again since.": 1}
    assert set(User.objects.filter(is_active=False)) == {member}


def test_the_number_is_checked_when_it_is_sent(desk, member):
    _, facts = wish(desk, "all=1&role=member")
    make_user()
    response = desk.post(START, facts | {"reason": "Typed", "until": "2998-01-01"})
    assert 'value="Typed"' in response.content.decode() and 'value="2998-01-01"' in response.content.decode()
    assert response.status_code == 409 and "1 were shown, and 2 match now" in response.content.decode()
    assert response.context["form"].initial["expected"] == 2
    assert not BulkAct.objects.exists()
    assert desk.post(START, facts | response.context["form"].initial).status_code == 302


def test_its_end_is_judged_as_that_of_one(desk, member):
    _, facts = wish(desk, "all=1&role=member", until=clock.today().isoformat())
    answer = desk.post(START, facts)
    assert answer.status_code == 422 and "Choose a day in the future." in answer.content.decode()
    day = clock.today() + timedelta(days=1)
    desk.post(START, facts | {"until": day.isoformat()})
    assert BulkAct.objects.get().until == clock.midnight(day)


def test_as_many_others_are_not_they(desk, member):
    _, facts = wish(desk, "all=1&role=member")
    make_user()
    User.objects.filter(pk=member.pk).update(role="support")
    response = desk.post(START, facts)
    assert response.status_code == 409 and "As many match now as were shown, but others." in response.content.decode()
    assert not BulkAct.objects.exists()


def test_it_names_the_first_ten_and_leads_to_the_others(desk):
    people = [make_user(f"p{number}@example.org", name=f"Person {number}") for number in range(12)]
    text = desk.get("/admin/users/bulk/suspend/?all=1&q=person").content.decode()
    assert "Person 9</a> and " in text and "Person 10" not in text
    assert '<a href="/admin/users/?users.q=person">2 more</a>' in text
    ids = "&".join(f"id={person.pk}" for person in people)
    assert "Person 9</a> and 2 more." in desk.get(f"/admin/users/bulk/suspend/?{ids}").content.decode()


def test_who_may_more_is_left_alone(supporter, owner, member, marketer):
    act = BulkAct.start(
        verb="suspend", by=supporter, form_key=uuid.uuid4(), reason="x", ids=[supporter.pk, owner.pk, member.pk, 10**9]
    )
    work(act)
    assert [one["id"] for one in act.changed] == [member.pk]
    assert act.is_over and act.left_alone == 3


def test_undoing_a_restore_brings_reason_and_end_back(owner, member):
    until = timezone.now() + timedelta(days=3)
    standing.suspend(member, by=owner, reason="Late", until=until)
    act = work(BulkAct.start(verb="restore", by=owner, form_key=uuid.uuid4(), ids=[member.pk]))
    assert User.objects.get(pk=member.pk).is_active
    work(bulk.undo(act, owner))
    member.refresh_from_db()
    assert (member.is_active, member.suspension_reason, member.suspended_until) == (False, "Late", until)


def test_a_run_that_dies_goes_on_where_it_was(owner, member, outsider, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH", 1)
    act = BulkAct.start(verb="suspend", by=owner, form_key=uuid.uuid4(), reason="x", ids=[member.pk, outsider.pk])
    real, calls = standing.suspend, []

    def dies(person, **how):
        calls.append(person)
        if len(calls) == 2:
            raise RuntimeError
        return real(person, **how)

    monkeypatch.setattr(standing, "suspend", dies)
    run_now(act.job)
    act.refresh_from_db()
    assert (act.done, len(act.changed)) == (1, 1)
    work(act)
    assert act.is_over and [one["id"] for one in act.changed] == [member.pk, outsider.pk]


def test_what_was_stopped_and_undone_is_not_run_on(desk, owner, member, outsider, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH", 1)
    ids = [member.pk, outsider.pk]
    act = BulkAct.start(verb="suspend", by=owner, form_key=uuid.uuid4(), reason="x", ids=ids)
    assert bulk.undo(act, owner) is None, "it has changed nobody yet"
    progress = Job.progress
    monkeypatch.setattr(Job, "progress", lambda job, *how: (job.cancel(by=owner), progress(job, *how)))
    assert (work(act).done, act.stopped) == (1, True)
    work(bulk.undo(act, owner))
    monkeypatch.setattr(Job, "progress", progress)
    act.job.retry(by=owner)
    assert (work(act).done, act.stopped, act.job.state) == (1, True, "done")
    assert not User.objects.filter(is_active=False).exists()
    assert "Its job ended" in desk.get(f"/admin/accounts/panels/bulk_act/{act.pk}/").content.decode()


def test_who_has_lost_the_right_meanwhile_does_nothing(supporter, member):
    act = BulkAct.start(verb="suspend", by=supporter, form_key=uuid.uuid4(), reason="x", ids=[member.pk])
    User.objects.filter(pk=supporter.pk).update(role="finance")
    work(act)
    member.refresh_from_db()
    assert member.is_active and list(act.refused) == ["The right to do this was taken away meanwhile."]


def test_too_many_and_nobody(desk, member, outsider, owner):
    values.change("bulk_limit", "1", by=owner)
    text = desk.get("/admin/users/bulk/suspend/?all=1").content.decode()
    assert "At most 1 accounts at once" in text and "Back to the list" in text and "Nobody to change" not in text
    for vain in ("status=x", "joined_from=2026-02-31"):  # it would be everybody
        page = desk.get(f"/admin/users/bulk/suspend/?all=1&{vain}").content.decode()
        assert "does not filter" in page and "Back to the list" in page
    assert desk.get("/admin/users/bulk/purge/").status_code == 404
    assert "Nobody to change" in desk.get("/admin/users/bulk/suspend/?id=%C2%B2").content.decode()


def test_it_requires_users_suspend(client_of, marketer):
    act = BulkAct.objects.create(verb="suspend", by=marketer, ids=[])
    assert client_of(marketer).get(f"/admin/accounts/panels/bulk_act/{act.pk}/").status_code == 403
