"""🎟️ Invite Codes: made, found, copied, disabled and enabled, and as a file."""

import datetime as dt
import json
import uuid

import pytest

from audit.models import AuditEvent
from invites import codes
from invites.models import Invite
from tests.cast import confirmed_client
from ui import clock

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL, MAKE = "/admin/invites/panels/codes/", "/admin/invites/codes/create/"
HTMX = {"HX-Request": "true"}


def typed(**more) -> dict:
    return {"number": 1, "limit": 1, "batch": uuid.uuid4(), **more}


def test_it_works(marketer, owner):
    client = confirmed_client(marketer)
    assert "No invite codes yet" in client.get("/admin/invites/").content.decode()
    form = typed(number=3, limit=20, label="Spring fair", grant="1.50", domain="example.org")
    for _ in range(2):  # a double click
        assert client.post(MAKE, form).status_code == 302
    assert {(i.label, i.limit, str(i.grant), i.domain) for i in Invite.objects.all()} == {
        ("Spring fair", 20, "1.500000", "example.org")
    }
    assert Invite.objects.count() == 3 == AuditEvent.objects.filter(verb="invite.created", actor=marketer).count()
    invite = Invite.objects.first()
    shown = client.get(PANEL, {"q": str(invite).lower()}, headers=HTMX).content.decode()
    assert shown.count("<tr") == 2 and f'data-copy="{invite.link}"' in shown and "anybody at example.org" in shown
    url = f"/admin/invites/codes/{invite.pk}"
    assert client.post(f"{url}/disable/", headers=HTMX).status_code == 204
    assert str(invite) in client.get(PANEL, {"state": "disabled"}, headers=HTMX).content.decode()
    assert not codes.disable(invite, by=marketer), "twice is once"
    page = f"{url}/"
    assert "/enable/" in client.get(page).content.decode()
    assert client.post(f"{url}/enable/")["Location"] == page and "/disable/" in client.get(page).content.decode()
    assert "No code matches" in client.get(PANEL, {"state": "disabled"}, headers=HTMX).content.decode()
    log = "/admin/audit/panels/log/?tab=activity&what=invite.disabled"
    assert f"invite {invite}" in confirmed_client(owner).get(log, headers=HTMX).content.decode(), (
        "by its code, not its id"
    )
    rows = b"".join(client.get(PANEL, {"format": "csv", "q": "Spring"})).decode().splitlines()
    assert len(rows) == 4 and "Active" in rows[1]
    codes.create(by=owner, expires_at=clock.midnight(dt.date(2998, 6, 1)))
    newest = b"".join(client.get(PANEL, {"format": "csv"})).decode().splitlines()[1]
    assert ",2.00,2998-05-31," in newest, "what it gives by default, and the last day on which it works"


def test_a_code_is_found_by_its_beginning_from_four_letters_on(client_of, marketer):
    invite, *_ = codes.create(by=None)
    Invite.objects.filter(pk=invite.pk).update(code="WXYZ23456789")
    client = client_of(marketer)
    for words, found in (("wxyz", True), ("WXYZ-2345-6", True), ("wxy", False), ("xyz2", False)):
        shown = client.get(PANEL, {"q": words}, headers=HTMX).content.decode()
        assert ("WXYZ-2345-6789" in shown) == found, words
    assert "codes from four letters on" in shown


def test_an_undo_takes_back_that_act_alone(marketer, owner):
    invite, *_ = codes.create(by=owner)
    client = confirmed_client(marketer)
    answer = client.post(f"/admin/invites/codes/{invite.pk}/disable/", headers=HTMX)
    undo = json.loads(answer["HX-Trigger"])["toast"]["undo"]
    codes.enable(invite, by=owner)
    codes.disable(invite, by=owner)
    for address in (undo, *(undo.partition("=")[0] + wrong for wrong in ("=nonsense", "=2026-13-45T00:00:00Z"))):
        assert "changed again since" in client.post(address, headers=HTMX)["HX-Trigger"]
    invite.refresh_from_db()
    assert invite.disabled_at
    again = f"/admin/invites/codes/{invite.pk}/enable/"
    assert "is enabled again" in client.post(again, headers=HTMX)["HX-Trigger"]
    page = confirmed_client(owner).get(f"/admin/invites/codes/{invite.pk}/").content.decode()
    assert "Changed by" in page and f"log.whom=invite%3A{invite.pk}" in page


def test_what_is_wrong_stands_beside_its_field(marketer):
    client = confirmed_client(marketer)
    for wrong, sentence in (
        ({"limit": 0}, "Write 1 or more."),
        ({"expires": "2020-01-01"}, "This day is over."),
        ({"expires": "9999-12-31"}, "Choose a day from"),
        ({"email": "a@b.co", "domain": "b.co"}, "not to both"),
        ({"email": "a@b.co", "limit": 2}, "signs up once"),
        ({"domain": "nonsense"}, "such as example.com"),
        ({"grant": "-1"}, "amount"),
        ({"label": "Kept\u202eB"}, "in letters"),
        ({"grant": "5"}, "no more than the setting: $2.00"),
    ):
        answer = client.post(MAKE, typed(**{"label": "Kept"} | wrong))
        assert answer.status_code == 422, wrong
        assert sentence in answer.content.decode() and 'value="Kept' in answer.content.decode(), wrong
    assert not Invite.objects.exists()
    again = client.post(MAKE, typed(limit=0), headers=HTMX)
    assert again.status_code == 422 and again.content.lstrip().startswith(b"<form"), "in its dialog"
    made = client.post(MAKE, typed(), headers=HTMX)
    assert (made.status_code, made["HX-Redirect"]) == (204, "/admin/invites/")
    assert "is ready." in client.get(made["HX-Redirect"]).content.decode()


def test_who_may(client_of, accountant, member):
    invite, *_ = codes.create(by=None)
    client = client_of(accountant)
    assert "New codes" not in client.get("/admin/invites/").content.decode()
    assert client.post(MAKE, typed()).status_code == 403
    assert client.post(f"/admin/invites/codes/{invite.pk}/disable/").status_code == 403
    assert client_of(member).get(PANEL).status_code == 403
