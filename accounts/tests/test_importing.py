"""Accounts from a file: a dry run that writes nothing, errors first, and exactly what was shown or nothing."""

import io
import threading
import zipfile
from functools import partial

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import removal, standing
from accounts.importing import Accounts
from accounts.models import User
from accounts.tests.make import make_user
from audit.models import AuditEvent
from tests.locks import in_line, is_free

CHECK, RUN = "/admin/users/import/check/", "/admin/users/import/run/"


@pytest.fixture
def desk(client_of, owner):
    desk = client_of(owner)
    desk.post("/account/reauthenticate/", {"password": "poem-vision-demo"})
    return desk


def people():
    return set(User.objects.values_list("email", "name"))


def test_it_works(desk, owner):
    make_user(name="Ada")
    make_user("grace@example.org", name="Grace")
    text = "\ufeffE-mail,name\r\n".replace("E-mail", "email")
    text += 'ADA@example.org,"Lovelace, Ada"\r\ngrace@example.org,Grace\r\nnew@example.org,<b>New</b>\r\n'
    before = people()
    page = desk.post(CHECK, {"text": text})
    shown = page.content.decode()
    assert page.context["plan"].counts == {"Error": 0, "New": 1, "Changed": 1, "The same": 1}
    assert "Lovelace, Ada" in shown and "&lt;b&gt;New" in shown and people() == before
    wish = {"text": text, "fingerprint": page.context["plan"].fingerprint}
    assert desk.post(RUN, wish).status_code == 302
    assert people() - before == {("ada@example.org", "Lovelace, Ada"), ("new@example.org", "<b>New</b>")}
    new = User.objects.get(email="new@example.org")
    assert new.acquisition.channel == "imported"
    assert not new.has_usable_password() and not new.emailaddress_set.get().verified
    assert AuditEvent.objects.get(verb="users.imported").after["new"] == 1
    changed = AuditEvent.objects.get(verb="user.renamed")
    assert changed.changes == [] and changed.actor == owner, "neither name: the log forgets nothing"
    assert AuditEvent.objects.get(verb="user.imported").target == f"user:{new.pk}"
    again = desk.post(RUN, wish)
    assert again.status_code == 409, "sent twice, it finds that nothing is as it was shown"
    assert AuditEvent.objects.filter(verb="users.imported").count() == 1


def test_a_password_asked_for_meanwhile_costs_nothing_typed(client_of, owner):
    client, text = client_of(owner), "email,name\nnew@example.org,New\n"
    shown = client.post(CHECK, {"text": text}).context["plan"].fingerprint
    wish = {"text": text, "fingerprint": shown}
    asked = client.post(RUN, wish, headers={"Referer": f"http://testserver{CHECK}"})
    back = client.post(asked["Location"], {"password": "poem-vision-demo"})["Location"]
    assert "new@example.org" in client.get(back).content.decode()
    assert client.post(RUN, wish).status_code == 302


def test_errors_come_first_and_nothing_is_done(desk, owner):
    text = f"name,email\nFine,fine@example.org\nX,nonsense\n,{owner.email}\nA\x0bB,b@example.org\n"
    page = desk.post(CHECK, {"text": text})
    plan = page.context["plan"]
    assert [line.kind for line in plan.lines] == ["Error", "Error", "Error", "New"]
    assert all(line.problem for line in plan.lines[:3]) and not plan.changes
    assert desk.post(RUN, {"text": text, "fingerprint": plan.fingerprint}).status_code == 409
    assert people() == {(owner.email, "Owner")}


def test_lines_that_stand_twice_are_named_and_the_others_go_on(owner):
    text = "email,name\nada@b.org,Ada\nnew@b.org,New\nADA@b.org,Ada\nada@b.org,Countess\n"
    wrong = {line.number: line.problem for line in Accounts(owner).check(text).lines if line.kind == "Error"}
    assert list(wrong) == [2, 4, 5]
    assert wrong[4] == "ada@b.org stands in line 2, 5, too."
    assert [line.number for line in Accounts(owner).check(text).lines if line.kind == "New"] == [3]


@pytest.mark.parametrize(
    "text",
    ["", ",,\n", "email\nx@example.org", "a,b,c", "email,name"],
)
def test_what_is_no_such_table_is_refused(desk, text):
    assert desk.post(CHECK, {"text": text}).status_code == 422


def test_lines_keep_their_numbers_and_a_short_one_is_one_error_among_others(owner):
    text = '\nE-mail,Name\n\nnew@b.org,"A\nB"\n\nshort@b.org\nlong@b.org,L,more\nfine@b.org,Fine\n'
    said = {line.number: (line.kind, line.problem) for line in Accounts(owner).check(text).lines}
    assert said[7] == ("Error", "It has 1 cell, and the first line 2.")
    assert said[8] == ("Error", "It has 3 cells, and the first line 2.")
    assert said[9] == ("New", "") and sorted(said) == [4, 7, 8, 9]


def workbook(*rows):
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        workbook(["E-\nmail", "Name", None], [None], ["new@example.org", "Ñew"], [None, None]),
        "email;name\r\nnew@example.org;Ñew\r\n".encode("utf-8-sig"),
        "email\tname\r\nnew@example.org\tÑew\r\n".encode("utf-16"),
    ],
    ids=["xlsx", "semicolons", "tabs"],
)
def test_a_file_is_read_by_its_content(desk, content):
    page = desk.post(CHECK, {"text": "other", "file": SimpleUploadedFile("any.bin", content)})
    (line,) = page.context["plan"].lines
    assert [cell.text for _, cell in line.under] == ["new@example.org", "Ñew"] and line.kind == "New"
    assert line.number == (3 if content.startswith(b"PK") else 2)
    wish = {"text": page.context["form"]["text"].value(), "fingerprint": page.context["plan"].fingerprint}
    assert desk.post(RUN, wish).status_code == 302 and User.objects.filter(name="Ñew").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "This is no table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "old Excel"),
        (b"PK\x03\x04" + bytes(99), "cannot be read"),
        (workbook(["email"])[:-40], "cannot be read"),
        (b"email,name\na@example.org,\xff\xfe", "CSV UTF-8"),
        (b"email,name\n" + b"a@example.org,A\n" * 70_000, "larger than 1 MB"),
        (workbook(*[["a"]] * 10_001), "more than 10,000 rows"),
    ],
    ids=["empty", "picture", "old", "no zip", "cut off", "encoding", "large", "rows"],
)
def test_a_wrong_file_is_refused_and_what_was_typed_stays(desk, content, sentence):
    page = desk.post(CHECK, {"text": "email,name\nkept", "file": SimpleUploadedFile("x.xlsx", content)})
    assert page.status_code == 422 and sentence in page.content.decode()
    assert page.context["form"]["text"].value() == "email,name\nkept" and not page.context["plan"]


def test_lines_and_files_have_one_limit(desk):
    text = "email,name\r\n" + "".join(f"p{n}@example.org,{' ' * 130_000}P\r\n" for n in range(7))
    page = desk.post(CHECK, {"text": "", "file": SimpleUploadedFile("x.csv", text.replace("\r", "").encode())})
    wish = {"text": text, "fingerprint": page.context["plan"].fingerprint}
    assert desk.post(RUN, wish).status_code == 302 and User.objects.filter(name="P").count() == 7
    for large in ("é" * 510_000, "\r\n" * 510_000):
        for sent in ({"text": large}, {"text": "", "file": SimpleUploadedFile("x.csv", large.encode())}):
            page = desk.post(CHECK, sent)
            assert page.status_code == 422 and "larger than 1 MB" in page.content.decode()


@pytest.mark.parametrize("inside", [bytes(31_000_000), b"<c/>" * 1_000_001, b"<c" + b" a=''" * 1_000_000])
def test_a_workbook_that_unfolds_is_not_unfolded(desk, inside):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", inside)
    page = desk.post(CHECK, {"text": "", "file": SimpleUploadedFile("x.xlsx", bomb.getvalue())})
    assert page.status_code == 422 and "unfolds" in page.content.decode()


def test_somebody_else_was_faster(owner):
    text = "email,name\nada@example.org,Ada\n"
    plan = Accounts(owner).check(text)
    make_user(name="Other")
    assert Accounts(owner).run(text, plan.fingerprint).fingerprint != plan.fingerprint
    assert User.objects.get(email="ada@example.org").name == "Other"


def test_what_was_judged_is_what_is_written(owner, monkeypatch):
    """A table is gone through once: nobody can sign up between a second look and the writing."""
    text, looks, before = "email,name\nada@example.org,Ada\n", [], Accounts.before_import
    shown = Accounts(owner).check(text).fingerprint

    def meanwhile(resource, dataset, **kwargs):
        looks.append(1)
        if len(looks) == 2:
            make_user(name="Other")
        return before(resource, dataset, **kwargs)

    monkeypatch.setattr(Accounts, "before_import", meanwhile)
    assert Accounts(owner).run(text, shown).holds(shown)
    assert not AuditEvent.objects.filter(verb="user.renamed").exists()


def test_who_signs_up_while_it_is_written_keeps_the_name(patience, monkeypatch):
    owner = make_user("boss@example.org", role="super_admin")
    make_user("grace@example.org", name="Grace")
    text = "email,name\ngrace@example.org,Hopper\nada@example.org,Ada\n"
    shown, new = Accounts(owner).check(text).fingerprint, Accounts.init_instance
    signed_up = threading.Thread(target=signs_up)

    def meanwhile(resource, row=None):
        if not signed_up.ident:
            signed_up.start()
            signed_up.join()
        return new(resource, row)

    monkeypatch.setattr(Accounts, "init_instance", meanwhile)
    plan = Accounts(owner).run(text, shown)
    assert not plan.holds(shown) and plan.counts == {"Error": 0, "New": 0, "Changed": 2, "The same": 0}
    names = User.objects.filter(email__in=("ada@example.org", "grace@example.org")).values_list("name", flat=True)
    assert set(names) == {"Other", "Grace"} and not AuditEvent.objects.filter(verb="users.imported").exists()


def signs_up():
    try:
        make_user(name="Other")
    finally:
        connection.close()


def test_nobody_changes_an_account_while_it_gets_its_new_name(patience, monkeypatch):
    """A dry run keeps nobody waiting."""
    owner, ada = make_user("boss@example.org", role="super_admin"), make_user(name="Ada")
    text, free, judge = "email,name\nada@example.org,Lovelace\n", [], Accounts.validate_instance

    def judged(resource, instance, *args, **kwargs):
        free.append(is_free(ada, "NO KEY UPDATE"))
        return judge(resource, instance, *args, **kwargs)

    monkeypatch.setattr(Accounts, "validate_instance", judged)
    shown = Accounts(owner).check(text).fingerprint
    assert Accounts(owner).run(text, shown).holds(shown) and free == [True, False]


def test_a_purge_and_an_import_take_accounts_in_one_order(committed_db):
    """The purge forgets why the other was suspended; the import names both."""
    owner, gone, other = make_user("boss@example.org", role="super_admin"), make_user("gone@example.org"), make_user()
    standing.suspend(other, by=owner, reason="Wrote to gone@example.org")
    removal.delete(gone, by=owner, reason="Asked")
    User.objects.filter(pk=gone.pk).update(purges_at=timezone.now())
    gone.refresh_from_db()

    @transaction.atomic
    def purge():
        removal.purge(gone.pk, gone.deleted_at.isoformat())

    table = "email,name\ngone@example.org,Gone\nada@example.org,Ada\n"
    assert in_line(other, purge, partial(Accounts(owner).run, table, "what was shown")) == []
    gone.refresh_from_db()
    assert gone.purged_at and not User.objects.filter(suspension_reason__contains="gone@").exists()


def test_what_is_looked_at_after_a_refusal_locks_nobody(committed_db):
    person, desk = make_user(), Accounts(make_user("boss@example.org", role="super_admin"))
    desk.run("email,name\nada@example.org,Ada\n", "something else")
    with transaction.atomic():
        desk.check("email,name\nada@example.org,Ada\n")
        assert is_free(person, "NO KEY UPDATE")


def test_a_long_table_asks_the_database_no_more_often(owner):
    def queries(lines):
        people = "".join(f"p{number}@example.org,Name\n" for number in range(lines))
        with CaptureQueriesContext(connection) as found:
            assert Accounts(owner).check(f"email,name\n{people}").counts["New"] == lines
        return len(found)

    assert queries(300) == queries(3)


def test_it_requires_users_import(client_of, supporter):
    for address in ("/admin/users/import/", CHECK, RUN):
        assert client_of(supporter).post(address).status_code in (403, 405)
