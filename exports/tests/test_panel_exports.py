"""📦 Exports: lists as files."""

import csv
import io
import os
import re
import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import CharField, Value
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import load_workbook

import ui.csv
from accounts.models import CustomRole, User
from accounts.permissions import Perm
from accounts.tests.make import make_user
from audit.models import AuditEvent
from exports import progress, tasks
from exports.columns import Harmless
from exports.models import Export, TooMany
from exports.progress import Progress
from files import place, storing
from files.models import StoredFile
from files.tests.conftest import media  # noqa: F401 (a fixture)
from jobs.models import Job, State
from jobs.registry import LeaseLost, run_now
from ledger import posting
from tests.waiting import wait_until
from tunables import values

PANEL = "/admin/exports/panels/exports/"
NEW = "/admin/exports/new/users/"
pytestmark = pytest.mark.usefixtures("media")


def ask(by, query="", columns=("id", "name", "email", "role", "status", "credits", "joined"), form="csv") -> Export:
    facts = {"query": query, "columns": list(columns), "format": form}
    return Export.ask(kind="users", by=by, form_key=uuid.uuid4(), **facts)


def write(export) -> Export:
    job = run_now(export.job)
    assert job.state == State.DONE, job.error
    export.refresh_from_db()
    return export


def bytes_of(export) -> bytes:
    with storing.local_copy(export.file) as path:
        return path.read_bytes()


def lines_of(export) -> list[list[str]]:
    return list(csv.reader(io.StringIO(bytes_of(export).decode("utf-8-sig"), newline="")))


def test_it_works(client_of, owner, member):
    """From the filtered list to the file: nothing is written before the password, and everything is recorded."""
    ada = make_user(name="=cmd()|' /C calc'!A0")
    posting.grant(ada, Decimal("12.34"), note="Test")
    client = client_of(owner)
    query = "status=active&role=member&sort=name&columns=role%2Ccredits"
    assert client.get(f"{NEW}?{query}").status_code == 302, "the password first"
    client.post("/account/reauthenticate/", {"password": "poem-vision-demo"})
    page = client.get(f"{NEW}?{query}")
    assert "2 rows" in page.content.decode() and "Role: Members" in page.content.decode()
    initial = page.context["form"].initial
    wish = {"format": "csv", "form_key": str(uuid.uuid4()), **initial}
    for _ in range(2):  # a double click
        assert client.post(f"{NEW}start/", wish).status_code == 302
    export = write(Export.objects.get())
    assert lines_of(export) == [
        ["Id", "Name", "E-mail", "Role", "Credits", "Owes"],
        [str(ada.pk), "'=cmd()|' /C calc'!A0", "ada@example.org", "Member", "12.34", "0.00"],
        [str(member.pk), "Member", member.email, "Member", "0.00", "0.00"],
    ]
    event = AuditEvent.objects.get(verb="users.exported", actor=owner)
    assert (event.after["rows"], event.after["sha256"]) == (2, export.file.sha256)
    text = client.get(PANEL, headers={"HX-Request": "true"}).content.decode()
    assert "Ready" in text and export.sha256[:12] in text and "Status: Active" in text
    link = client.get(f"/admin/exports/{export.pk}/download/")
    file = client.get(link["Location"])
    assert b"".join(file) == bytes_of(export)
    assert 0 < int(re.search(r"max-age=(\d+)", file["Cache-Control"])[1]) <= 60
    assert client.post(f"{NEW}start/", wish | {"columns": ["nonsense"]}).status_code == 422


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.sampled_from("=+-@|%;\t\r\n \xa0\x01\x7faé\u0338＝﹣₊𝒳'\"\\^]"), max_size=8))
def test_the_database_disarms_as_python_does(db, text):
    owner, _ = User.objects.get_or_create(email="x@example.org")
    found = User.objects.filter(pk=owner.pk).values_list(Harmless(Value(text, output_field=CharField())), flat=True)
    assert found[0] == ui.csv.cell(text)


def test_excel_gets_numbers_times_and_harmless_text(owner):
    ada = make_user(name="@SUM(A1)\x07", last_login=timezone.now().replace(microsecond=0))
    posting.grant(ada, Decimal("1234.5"), note="Test")
    export = write(ask(owner, "q=ada", ["name", "credits", "last_login", "joined"], "xlsx"))
    rows = list(load_workbook(io.BytesIO(bytes_of(export))).active.values)
    assert rows[0] == ("Name", "Credits", "Last login", "Joined")
    assert rows[1][:2] == ("'@SUM(A1)", 1234.5)
    assert abs(rows[1][2] - ada.last_login.replace(tzinfo=None)) < timedelta(seconds=1)


def test_who_may_not_see_it_does_not_get_it(owner, supporter):
    """Columns, filters and the order are those of whoever asked, as their rights are when it is written."""
    export = ask(owner)
    User.objects.filter(pk=owner.pk).update(role="marketing")
    refused = write(export)
    assert refused.state == "failed" and "may not export" in refused.problem and refused.file is None
    kind = tasks.writing.KINDS["users"]
    owner.__dict__["perms"] = frozenset({"users:export", "users:read"})
    assert not {"credits", "owes"} & {column.key for column in kind.columns(owner)}
    User.objects.filter(pk=supporter.pk).update(name="Supporter sam@secret.example")
    columns = [column for column in kind.columns(owner) if column.key in ("name", "email")]
    rows = kind.rows(owner, QueryDict("q=sup&credit_min=1&sort=credits"))
    found = rows.values_list(*(column.as_excel(column.expression) for column in columns))
    assert list(found) == [("Supporter (address hidden)", "s•••@p•••.example")]
    told = kind.words([(owner, QueryDict("q=sup&credit_min=1&joined=x"))])
    assert told == [["Search: sup"]], "no word of what filters not"
    export = ask(supporter, "credit_min=1", ["id"])
    role = CustomRole.objects.create(key="fewer", title="Fewer", perms=["users:export", "users:read"])
    User.objects.filter(pk=supporter.pk).update(role=role.key)
    assert "has changed" in write(export).problem, "everybody would be in it"


def test_only_who_asked_can_download_and_it_expires(confirmed_lately, client_of, owner, django_user_model):
    values.change("export_ttl_hours", "2", by=None)
    other = django_user_model.objects.create_user("b@example.org", "x", role="super_admin")
    export = write(ask(owner))
    assert client_of(other).get(f"/admin/exports/{export.pk}/download/").status_code == 404
    name = export.file.name
    owner.role = "finance"  # who has lost a right since gets no file that was written with it
    owner.save()
    refused = client_of(owner).get(f"/admin/exports/{export.pk}/download/")
    assert refused.status_code == 403 and "Export the list again." in refused.content.decode()
    refused = client_of(owner).get(NEW)
    assert refused.status_code == 403 and "but not this one." in refused.content.decode()
    assert AuditEvent.objects.filter(verb="access.denied", actor=owner).count() == 2
    owner.role = "super_admin"
    owner.save()
    assert Export.objects.get().expires_at - timezone.now() <= timedelta(hours=2)
    Export.objects.update(expires_at=timezone.now())
    assert client_of(owner).get(f"/admin/exports/{export.pk}/download/").status_code == 404, "also before the sweep"
    tasks.expire()
    export.refresh_from_db()
    assert (export.state, export.rows) == ("gone", 2) and not StoredFile.objects.filter(name=name).exists()
    assert client_of(owner).get(f"/admin/exports/{export.pk}/download/").status_code == 404
    export = write(ask(owner))
    for answer in ("The file is deleted.", "The file was gone already."):
        response = client_of(owner).post(f"/admin/exports/{export.pk}/delete/", headers={"HX-Request": "true"})
        assert answer in response["HX-Trigger"]
    assert AuditEvent.objects.filter(verb="export.deleted", target=f"export:{export.pk}").count() == 1
    text = client_of(owner).get(PANEL, headers={"HX-Request": "true"}).content.decode()
    assert re.findall(r">(Ready|Deleted|Expired)<", text) == ["Deleted", "Expired"]


def test_only_who_asked_deletes_the_file(confirmed_lately, client_of, owner):
    colleague = make_user("colleague@example.org", role="super_admin")
    export = write(ask(colleague))
    path = f"/admin/exports/{export.pk}/delete/"
    for person, may in ((owner, False), (colleague, True)):
        client = client_of(person)
        assert (path in client.get(PANEL, headers={"HX-Request": "true"}).content.decode()) == may
        assert client.post(path).status_code == (302 if may else 404)
        export.refresh_from_db()
        assert (export.file is None) == may


def test_a_second_run_of_the_job_leaves_one_file(owner, monkeypatch):
    """Two runs at once, as after a lease that ran out: the slower one's file goes again."""
    export = ask(owner)
    kept = tasks.writing.storing.keeping

    def slower():
        monkeypatch.setattr(tasks.writing.storing, "keeping", kept)
        tasks.writing.run_job(type("Run", (), {"payload": {"export": export.pk}, "pk": 0, "progress": lambda *a: None}))
        return kept()

    monkeypatch.setattr(tasks.writing.storing, "keeping", slower)
    write(export)
    assert StoredFile.objects.filter(content_type__startswith="text/csv").count() == 1
    assert AuditEvent.objects.filter(verb="users.exported").count() == 1


def test_a_run_that_was_killed_leaves_nothing_and_nothing_found_is_a_heading(owner, monkeypatch):
    """What another run has locked, which is still at work, stays."""
    export, room = ask(owner, columns=["id", "name"]), place.waiting_room()
    killed, at_work, other = (room / f"export-{export.pk}{end}" for end in ("-a", "-b", "0-a"))
    for folder in (killed, at_work, other):
        folder.mkdir()
        (folder / "written").write_text("secret@example.org")
    lock = tasks.writing._lock(at_work)
    kinds = tasks.writing.KINDS
    monkeypatch.setitem(kinds, "users", replace(kinds["users"], rows=lambda by, query: User.objects.none()))
    assert lines_of(write(export)) == [["Id", "Name"]] and export.rows == 0
    assert sorted(room.iterdir()) == [at_work, other]
    os.close(lock)


def test_progress_is_told_from_beside_and_a_cancel_is_heard(committed_db, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.01)
    job = Job.enqueue("exports.write", {})
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, lease_token=uuid.uuid4())
    job.refresh_from_db()
    with Progress(job, 10) as told:
        told.done = 7
        wait_until(lambda: Job.objects.get(pk=job.pk).progress_done == 7, 20)
        Job.objects.filter(pk=job.pk).update(state=State.CANCELLED)
        wait_until(lambda: told.lost, 20)
        with pytest.raises(LeaseLost):
            told.check()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("progress-")]


def test_it_shows_nothing_yet(client_of, owner):
    assert "No exports yet" in client_of(owner).get(PANEL, headers={"HX-Request": "true"}).content.decode()


def test_nothing_yet_leads_to_the_lists_that_one_may_export(client_of, owner, accountant):
    perms = [Perm.EXPORTS_USE, Perm.USERS_EXPORT]  # whose page this role may not open
    CustomRole.objects.create(key="custom-night", title="Night watch", perms=perms)
    night_watch = make_user("night@example.org", role="custom-night")
    for person, lists in ((owner, {"users", "accounting"}), (accountant, {"accounting"}), (night_watch, set())):
        text = client_of(person).get(PANEL, headers={"HX-Request": "true"}).content.decode()
        assert set(re.findall(r'href="/admin/(\w+)/"', text)) == lists, person


def test_it_asks_the_database_as_often_for_two_as_for_five(client_of, owner):
    client, asked = client_of(owner), []
    perms = ["users:export", "users:read", "exports:use"]
    for number in range(5):
        role = CustomRole.objects.create(key=f"night-{number}", title=f"Night shift {number}", perms=perms)
        ask(make_user(f"p{number}@example.org", role=role.key), f"role={role.key}", ["id"])
        with CaptureQueriesContext(connection) as found:
            text = client.get(PANEL, headers={"HX-Request": "true"}).content.decode()
        asked.append(len(found))
    assert asked[1] == asked[4] and "Role: Night shift 4" in text and "Role: Night shift 0" in text


def test_it_requires_users_export(client_of, supporter):
    assert client_of(supporter).get(PANEL).status_code == 403
    assert client_of(supporter).get(NEW).status_code == 403


def test_one_person_has_a_few_under_way(client_of, owner, supporter, monkeypatch):
    """The sentence says how many; the same form again is the same export; those of others do not count."""
    monkeypatch.setattr("accounts.access.reauthentication.is_reauthentication_required", lambda request, app: False)
    values.change("exports_at_once", "1", by=owner)
    first = ask(owner)
    with pytest.raises(TooMany, match="1 file of yours is being written"):
        ask(owner)
    assert Export.ask(form_key=first.form_key, by=owner) == first and ask(supporter) != first
    form = {"query": "", "columns": ["id"], "format": "csv", "form_key": uuid.uuid4()}
    answer = client_of(owner).post(NEW + "start/", form)
    assert (answer.status_code, Export.objects.filter(by=owner).count()) == (422, 1)
    assert "Wait for one to be ready" in answer.content.decode()
    write(first)
    assert ask(owner, "q=zebra&role=member").pk
    asked = AuditEvent.objects.filter(verb="export.asked").last()
    assert (asked.actor, asked.after["filter"]) == (owner, {"q": "(words)", "role": "member"})


def test_each_fetching_is_recorded(confirmed_lately, client_of, owner):
    export = write(ask(owner))
    for verb, said in (("get", 302), ("head", 405), ("get", 302)):  # the link is the file: no method has it unrecorded
        assert getattr(client_of(owner), verb)(f"/admin/exports/{export.pk}/download/").status_code == said
    facts = AuditEvent.objects.filter(verb="export.fetched", actor=owner, target=f"export:{export.pk}").values("after")
    assert [(row["after"]["rows"], row["after"]["sha256"]) for row in facts] == [(export.rows, export.sha256)] * 2


def test_its_name_is_of_the_business_day(db):
    """As the times inside it are."""
    values.change("business_time_zone", "Europe/Berlin", by=None)
    asked = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert Export(kind="users", format="csv", created_at=asked).filename == "users-2026-11-21-0030.csv"
