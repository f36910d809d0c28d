"""Invite codes from a table: judged as the form of new codes is, made once, or not at all."""

import threading
from decimal import Decimal

import pytest
from django.db import connection

from accounts.tests.make import make_user
from audit.models import AuditEvent
from invites.importing import Codes
from invites.models import Invite

CHECK, RUN = "/admin/invites/import/check/", "/admin/invites/import/run/"
FAIR = "1;Fair;3;2.50;2999-01-31;\n"
TEXT = f"limit;label;number;grant;expires;domain\n{FAIR}50;Press;;;;example.org\n{FAIR}"


@pytest.fixture
def desk(client_of, owner):
    desk = client_of(owner)
    desk.post("/account/reauthenticate/", {"password": "poem-vision-demo"})
    return desk


def test_it_works_and_twice_is_once(desk, owner):
    page = desk.post(CHECK, {"text": TEXT})
    plan = page.context["plan"]
    assert plan.counts == {"Error": 0, "New": 3, "Changed": 0, "The same": 0}
    assert "$2.50" in page.content.decode()
    assert not Invite.objects.exists() and not AuditEvent.objects.filter(verb__startswith="invite").exists()
    wish = {"text": TEXT, "fingerprint": plan.fingerprint}
    assert desk.post(RUN, wish)["Location"] == "/admin/invites/"
    assert Invite.objects.filter(label="Fair", limit=1, grant=Decimal("2.5"), expires_at__year__gte=2999).count() == 6
    assert Invite.objects.get(label="Press").domain == "example.org" and Invite.objects.get(label="Press").limit == 50
    assert AuditEvent.objects.get(verb="invites.imported").after["codes"] == 7
    assert AuditEvent.objects.filter(verb="invite.created", actor=owner).count() == 7
    assert desk.post(RUN, wish).status_code == 409
    assert desk.post(CHECK, {"text": TEXT}).context["plan"].counts["The same"] == 3
    assert Invite.objects.count() == 7


def test_errors_come_first_and_nothing_is_made(desk):
    text = "number,email,domain,expires,limit\n400,,,,\n2,x@b.org,b.org,2001-01-01,2\n101,,,,\nnone,,,,\n"
    plan = desk.post(CHECK, {"text": text}).context["plan"]
    assert [(line.number, line.kind) for line in plan.lines] == [(3, "Error"), (4, "Error"), (5, "Error"), (2, "New")]
    for words in ("This day is over", "not to both", "signs up once"):
        assert words in plan.lines[0].problem
    assert "501 codes; at most 500" in plan.lines[1].problem
    assert desk.post(RUN, {"text": text, "fingerprint": plan.fingerprint}).status_code == 409
    assert not Invite.objects.exists()
    assert desk.post(CHECK, {"text": "code\nX"}).status_code == 422


def test_it_asks_as_making_codes_does(client_of, owner, member, marketer):
    client = client_of(owner)
    asked = client.post(RUN, {"text": TEXT, "fingerprint": Codes(owner).check(TEXT).fingerprint})
    back = client.post(asked["Location"], {"password": "poem-vision-demo"})["Location"]
    assert "Fair;3" in client.get(back).content.decode() and not Invite.objects.exists()
    for address in ("/admin/invites/import/", CHECK, RUN):
        assert client_of(member).post(address).status_code in (403, 405)
    (line,) = client_of(marketer).post(CHECK, {"text": "grant\n900"}).context["plan"].lines
    assert "Your role gives no more than the setting" in line.problem


def test_two_at_once_make_them_once(committed_db):
    owner = make_user(role="super_admin")
    plan, done = Codes(owner).check(TEXT), []

    def send():
        try:
            done.append(Codes(owner).run(TEXT, plan.fingerprint).holds(plan.fingerprint))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, False, True] and Invite.objects.count() == 7
    assert AuditEvent.objects.filter(verb="invites.imported").count() == 1
