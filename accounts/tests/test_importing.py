"""Accounts from a file: a dry run that writes nothing, errors first, and exactly what was shown or nothing."""

import pytest

from accounts import importing
from accounts.models import User
from accounts.tests.make import make_user
from audit.models import AuditEvent

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
    assert not new.has_usable_password() and not new.emailaddress_set.get().verified
    assert AuditEvent.objects.get(verb="users.imported").after["new"] == 1
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


@pytest.mark.parametrize(
    "text", ["", "email\nx@example.org", "email,name\nx@example.org", "email,name\na@b.org,\nA@b.org,", "a,b,c"]
)
def test_what_is_no_such_table_is_refused(desk, text):
    assert desk.post(CHECK, {"text": text}).status_code == 422


def test_somebody_else_was_faster(owner):
    text = "email,name\nada@example.org,Ada\n"
    plan = importing.check(text)
    make_user(name="Other")
    assert importing.run(text, plan.fingerprint, by=owner).fingerprint != plan.fingerprint
    assert User.objects.get(email="ada@example.org").name == "Other"


def test_it_requires_users_import(client_of, supporter):
    for address in ("/admin/users/import/", CHECK, RUN):
        assert client_of(supporter).post(address).status_code in (403, 405)
