"""A member goes through everything and is purged: no text of any table tells who it was, but what is allowed to."""

import json
import re
import uuid

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from accounts import bulk, email_change, forgetting, help, plans, removal, sessions, standing
from accounts.models import BulkAct, EmailChange, Note, OutboxMail, QueuedMail, SavedView, StaffInvitation, User
from accounts.tests.make import GOOD_PASSWORD
from alerts.models import raise_alert
from audit import chain
from billing.models import StripeCustomer, StripeEvent
from billing.tests.make import make_session, make_top_up, store_event
from catalog.tests.make import make_asset
from exports.models import NOBODY, Export
from files.tests.conftest import media  # noqa: F401 (a fixture)
from invites import codes
from jobs.models import Job, State
from jobs.registry import run_now
from ledger import checks
from tunables import values

pytestmark = pytest.mark.django_db
FIRST, SECOND, NAME = "zebrafirst@sentinel.example", "zebrasecond@sentinel.example", "Quagganame Sentinel"
WHY = "wombatreason"
SENTINELS = re.compile("zebrafirst|zebrasecond|quagganame|wombat", re.IGNORECASE)
ALLOWED = {
    ("audit_auditevent", "note"): "why staff acted is their act, sealed for ever: it names nobody by address",
    ("audit_auditevent", "after"): "the same reason, as the state of the suspended account",
    ("audit_auditevent", "before"): "the same reason, as the state of the suspended account",
}
TEXTS = """SELECT c.table_name, c.column_name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
    AND c.data_type IN ('text', 'character varying', 'character', 'json', 'jsonb', 'ARRAY', 'bytea', 'USER-DEFINED')"""


def found_in_the_database() -> dict:
    """(table, column) -> the texts in which a sentinel stands."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(TEXTS)
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT "{column}"::text FROM "{table}" WHERE "{column}"::text ~* %s', [SENTINELS.pattern])
            if texts := [text for (text,) in cursor.fetchall()]:
                found[table, column] = texts
    return found


def is_told(type_, thing):
    """By Stripe."""
    run_now(Job.objects.create(kind="billing.apply_event", payload={"event": store_event(type_, thing).pk}))


def lives_here(client, owner) -> User:
    """Registers by an invite that is meant for them, takes a new address and name, pays, and staff deal with them."""
    values.change("require_email_verification", "off", by=None)
    (invite,) = codes.create(by=owner, label="For Quagganame", email=FIRST)
    form = {"email": FIRST, "password1": GOOD_PASSWORD, "name": "Quagganame before", "invite_code": invite.code}
    assert client.post("/account/signup/", form).status_code == 302
    person = User.objects.get(email=FIRST)
    assert client.post("/me/name/", {"name": NAME}).status_code == 302
    change = email_change.start(person, SECOND, old_agrees=True)
    token = re.search(r"/email/([\w-]{20,})/|/([\w-]{30,})/", QueuedMail.objects.filter(to=SECOND).last().body)
    assert email_change.confirm(next(filter(None, token.groups()))) == "done" and not EmailChange.objects.exists()
    person.refresh_from_db()
    assert person.email == SECOND and change.user == person
    StripeCustomer.objects.create(member=person, stripe_id=f"cus_{person.pk}", email=SECOND)
    paid = {"customer_details": {"email": SECOND, "name": NAME, "address": {"line1": "Wombat Street"}}}
    top_up = make_top_up(person, fingerprint="fp_1")
    for type_, fields in (
        ("checkout.session.completed", make_session(top_up, customer_email=FIRST, **paid)),
        ("customer.updated", {"id": f"cus_{person.pk}", "object": "customer", "email": SECOND, "name": NAME}),
    ):
        is_told(type_, fields)
    return person


def is_dealt_with(person, owner):
    Note.objects.write(person, "wombat note", by=owner, form_key=uuid.uuid4()).edit("wombat again", by=owner, version=1)
    plans.override(person, "comped", by=owner, reason=f"{WHY} of the plan for {SECOND}")
    invitation = {"digest": "d" * 64, "role": "support", "invited_by": owner, "expires_at": person.date_joined}
    StaffInvitation.objects.create(email=FIRST, **invitation)
    SavedView.objects.create(owner=owner, name="One", query="q=zebrasecond%40sentinel.example")
    SavedView.objects.create(owner=owner, name="quagganame sentinel", query="q=Quagganame+Sentinel")
    SavedView.objects.create(owner=owner, name="Kept", query="status=active")
    query = QueryDict("q=zebrafirst").urlencode()
    export = Export.ask(form_key=uuid.uuid4(), kind="users", by=owner, query=query, columns=["id"], format="csv")
    run_now(export.job)
    facts = {"verb": "suspend", "by": owner, "form_key": uuid.uuid4(), "reason": WHY, "ids": [person.pk]}
    run_now(BulkAct.start(**facts, words=f"Search: {SECOND}").job)
    assert not User.objects.get(pk=person.pk).is_active
    standing.restore(person, by=owner)
    undone = BulkAct.start(**facts | {"form_key": uuid.uuid4(), "ids": [person.pk, owner.pk]}, words="everybody")
    run_now(undone.job)
    standing.restore(person, by=owner)
    standing.suspend(person, by=owner, reason=WHY)
    BulkAct.objects.filter(pk=undone.pk).update(changed=[{"id": person.pk, "reason": WHY, "until": None}], reason="x")
    OutboxMail.objects.create(to=owner.email, subject="A refund", body=f"For {SECOND}")
    raise_alert("a:1", f"{SECOND} owes $3", f"For {SECOND}: ask them", severity="warn")
    Job.objects.create(kind="x", state=State.DEAD, error=f"The mail server said: <{FIRST}>: no such user")
    make_asset(owner=person, title="wombat picture")


def test_an_export_that_waits_is_not_of_everybody_then(client, owner, media):  # noqa: F811
    """Neither one that failed, and is tried again."""
    person = User.objects.create_user(FIRST, GOOD_PASSWORD)
    facts = {"kind": "users", "by": owner, "columns": ["id"], "format": "csv"}
    queries = ("q=zebrafirst%40sentinel.example", "status=active")
    values.change("exports_at_once", "4", by=None)
    waiting, failed, cancelled, other = (
        Export.ask(form_key=uuid.uuid4(), query=query, **facts) for query in (queries[0], queries[0], *queries)
    )
    cancelled.job.cancel(by=owner)
    Job.objects.filter(pk=failed.job.pk).update(state=State.DEAD)
    forgetting.forget_words(person)
    Job.objects.filter(pk=failed.job.pk).update(state=State.NEW)
    cancelled.refresh_from_db()
    assert (cancelled.query, cancelled.state) == (NOBODY, "cancelled")
    cancelled.job.retry(by=owner)
    for export in (waiting, failed, cancelled, other):
        run_now(Job.objects.get(pk=export.job_id))
        export.refresh_from_db()
    for export in (waiting, failed, cancelled):
        assert (export.query, export.state, export.file) == (NOBODY, "failed", None)
        assert export.problem == "Whom its filter named is gone. Ask again."
    assert (other.state, other.query) == ("ready", "status=active")
    client.force_login(owner)
    shown = client.get("/admin/exports/panels/exports/", headers={"HX-Request": "true"}).content.decode()
    assert shown.count("Search: (removed)") == 3 and f"/new/users/?{NOBODY}" in shown


def test_a_reason_that_names_somebody_goes_everywhere_at_once(owner):
    """So that an act on many others can still be taken back."""
    person, others = User.objects.create_user(FIRST), [User.objects.create_user(f"{n}@example.org") for n in range(3)]
    facts = {"by": owner, "reason": f"Friends of {FIRST}", "ids": [other.pk for other in others[:2]]}
    act = BulkAct.start(verb="suspend", form_key=uuid.uuid4(), **facts)
    run_now(act.job)
    standing.suspend(others[2], by=owner, reason=f"Wrote to {FIRST}")
    back = BulkAct.start(verb="restore", form_key=uuid.uuid4(), **facts | {"reason": "", "ids": [others[2].pk]})
    run_now(back.job)
    plans.override(others[2], "comped", by=owner, reason=f"With {FIRST}")
    forgetting.forget_words(person)
    assert set(User.objects.filter(is_active=False).values_list("suspension_reason", flat=True)) == {"(removed)"}
    assert {place for place in found_in_the_database() if place[0] == "accounts_planoverride"} == set()
    for done in (act, back):
        run_now(bulk.undo(done, owner).job)
    assert set(User.objects.filter(is_active=False)) == {others[2]}
    others[2].refresh_from_db()
    assert others[2].suspension_reason == "(removed)"


def test_nothing_says_who_it_was(client, owner):
    person = lives_here(client, owner)
    assert client.get("/me/account/").status_code == 200 and sessions.of(person)
    is_dealt_with(person, owner)
    help.end_sessions(person, by=owner)
    before = found_in_the_database()
    for table in ("accounts_user", "billing_stripeevent", "accounts_planoverride", "alerts_alert", "jobs_job"):
        assert any(name == table for name, _ in before), table
    told = StripeEvent.objects.get(type="checkout.session.completed")
    removal.delete(person, by=owner, reason="Asked by mail")
    User.objects.filter(pk=person.pk).update(purges_at=timezone.now())
    run_now(Job.objects.get(kind="accounts.purge"))

    assert User.objects.get(pk=person.pk).status == "Purged"
    found = found_in_the_database()
    assert {place: texts for place, texts in found.items() if place not in ALLOWED} == {}
    for texts in found.values():
        assert not re.search("zebra|quagga", " ".join(texts), re.IGNORECASE), "a reason, never who it was"
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Kept"]

    after = StripeEvent.objects.get(pk=told.pk)
    assert (after.object["amount_total"], after.object["id"]) == (told.object["amount_total"], told.object["id"])
    assert (after.state, after.object["customer_details"]) == (told.state, None)
    assert len(json.loads(after.payload)["redacted"]["sha256"]) == 64
    assert checks.run() == [] and chain.verify().ok
    is_told("customer.updated", {"id": f"cus_{person.pk}", "object": "customer", "email": SECOND})
    is_told("charge.succeeded", {"id": "ch_9", "customer": f"cus_{person.pk}", "receipt_email": FIRST})
    assert StripeCustomer.objects.get().email == ""  # a late word of Stripe brings nothing back
    assert {place for place in found_in_the_database() if place not in ALLOWED} == set()
