"""The password is asked for in the midst of an act: what was typed, chosen and filtered is there again afterwards."""

import re
import uuid
from decimal import Decimal

import pytest

from accounts import roles
from accounts.models import BulkAct, CustomRole
from accounts.tests.make import make_user
from audit.models import AuditEvent
from billing.models import CreditAdjustment
from exports.models import Export

BULK, EXPORT = "/admin/users/bulk/suspend/", "/admin/exports/new/users/"
KEY = str(uuid.uuid4())
FILTER = "role=member&joined=7"
FETCHES = 'data-act="/admin/referrals/panels/recent_signups/?format=csv" data-goes data-file'


@pytest.fixture
def sent_and_back(client_of, owner):
    """Send a form whose page stands at `origin`; give the password; the page that one is led to."""

    def send(act, fields, origin):
        client = client_of(owner)
        client.logout()
        client.force_login(owner)  # anew: the password was given long ago
        away = client.post(act, fields, headers={"Referer": f"http://testserver{origin}"})
        assert away["Location"].startswith("/account/reauthenticate/?next=")
        assert "secret" not in str(dict(client.session)), "what must not be told is not kept"
        back = client.post(away["Location"], {"password": "poem-vision-demo"})
        return client, back["Location"], client.get(back["Location"])

    return send


@pytest.mark.parametrize("again", [False, True], ids=["its page", "the page that refused it, which takes no GET"])
def test_a_bulk_act(sent_and_back, member, outsider, again):
    fields = {"reason": "Spam", "until": "2099-01-31", "choice": f"id={member.pk}&id={outsider.pk}"}
    origin = f"{BULK}start/" if again else f"{BULK}?{fields['choice']}"
    fields |= {"expected": 2, "form_key": KEY, "password": "secret"}
    client, address, page = sent_and_back(f"{BULK}start/", fields, origin)
    assert address == (BULK if again else origin)
    shown = page.context["form"].initial
    assert {name: str(shown[name]) for name in fields if name != "password"} == {
        name: str(text) for name, text in fields.items() if name != "password"
    }
    assert client.post(f"{BULK}start/", {**shown}).status_code == 302
    assert BulkAct.objects.get().ids == [member.pk, outsider.pk]


def test_an_act_that_was_left_is_not_another_one(client_of, owner, member, outsider):
    """Back from the page of the password, other accounts are chosen: these it is, and no reason of before."""
    client, fields = client_of(owner), {"reason": "Spam", "choice": f"id={member.pk}", "form_key": KEY, "expected": 1}
    client.post(f"{BULK}start/", fields, headers={"Referer": f"http://testserver{BULK}?id={member.pk}"})
    address = f"{BULK}?id={outsider.pk}"
    client.post(f"/account/reauthenticate/?next={address}", {"password": "poem-vision-demo"})
    shown = client.get(address).context["form"].initial
    assert shown["choice"] == f"id={outsider.pk}" and not shown.get("reason")


@pytest.mark.parametrize("again", [False, True], ids=["its page", "the page that refused it, which takes no GET"])
def test_an_export_of_a_filter(sent_and_back, member, again):
    fields = {"format": "xlsx", "columns": ["id", "email"], "query": FILTER, "form_key": KEY}
    client, _, page = sent_and_back(f"{EXPORT}start/", fields, f"{EXPORT}start/" if again else f"{EXPORT}?{FILTER}")
    text = page.content.decode()
    assert "1 row" in text and "Role: Members" in text
    assert re.findall(r'value="(\w+)"[^>]* checked', text) == ["xlsx", "id", "email"]
    client.post(f"{EXPORT}start/", page.context["form"].initial)
    export = Export.objects.get()
    assert (export.query, export.columns, export.format) == (FILTER, ["id", "email"], "xlsx")


@pytest.mark.parametrize("ticked", [["billing:read", "cuts:read"], []])
def test_the_matrix_of_a_role(sent_and_back, owner, ticked):
    path = f"/admin/roles/{roles.clone('marketing', 'Night shift', by=owner).key}/"
    fields = {"title": "Late shift", "perms": ticked, "version": 1}
    _, address, page = sent_and_back(f"{path}change/", fields, path)
    text = page.content.decode()
    assert address == path and 'value="Late shift"' in text
    assert re.findall(r'value="([\w:]+)" checked', text) == ticked


def test_retiring_a_role_leaves_its_matrix_as_it_is(sent_and_back, owner):
    path = f"/admin/roles/{roles.clone('marketing', 'Night shift', by=owner).key}/"
    _, address, page = sent_and_back(f"{path}retire/", {}, path)
    text = page.content.decode()
    assert address == path and 'value="Night shift"' in text and len(re.findall(r'value="([\w:]+)" checked', text)) > 3


def test_an_undo_that_waited_for_a_password_presses_no_button(sent_and_back, member):
    """The button beside it would end whatever plan holds by now."""
    page = f"/admin/users/{member.pk}/"
    end = f"/admin/accounts/users/{member.pk}/plan/end/"
    _, _, shown = sent_and_back(f"{end}?of=1", {}, page)
    assert f'data-act="{end}?of=1"' in shown.content.decode()


ACTS = {  # what is typed; each undoes the one before
    "/admin/billing/tunables/topup_max_usd/change/": {"value": "777", "version": "0"},
    "/admin/billing/tunables/topup_max_usd/reset/": {"version": "1"},
    "/admin/billing/members/{pk}/freeze/": {"reason": "Looks stolen"},
    "/admin/billing/members/{pk}/thaw/": {"reason": "It was the owner", "seen": "Looks stolen"},
    "/admin/accounts/users/{pk}/plan/": {"plan": "comped", "reason": "A jury member"},
    "/admin/accounts/users/{pk}/plan/end/": {},
}


def test_how_top_ups_work_frozen_spending_and_plans(sent_and_back, member):
    """Nothing is done before; then the form that is filled in by static/js/dialogs.js finds what was typed."""
    for number, (act, fields) in enumerate(ACTS.items()):
        act, origin = act.format(pk=member.pk), "/admin/billing/" if "tunables" in act else f"/admin/users/{member.pk}/"
        client, address, page = sent_and_back(act, fields, origin)
        waits = page.content.decode().partition('id="waiting"')[2].partition("</div>")[0]
        assert address == origin and f'data-act="{act}"' in waits
        assert dict(re.findall(r'name="(\w+)" value="([^"]*)"', waits)) == fields
        if "value" in fields:
            panel = "/admin/billing/panels/topup_configuration/"
            shown = client.get(panel, headers={"HX-Request": "true"}).content.decode()
            assert 'value="777"' in shown and "Not saved yet" in shown
        done = AuditEvent.objects.filter(verb__regex="^(tunable|spending|user.plan)")
        assert done.count() == number
        assert client.post(act, fields).status_code == 302 and done.count() == number + 1


def test_an_adjustment_is_not_declined_before(sent_and_back, member, owner, supporter):
    asked = CreditAdjustment.objects.ask(member, Decimal(500), reason="x", form_key=KEY, by=supporter)
    client, _, page = sent_and_back(f"/admin/billing/adjustments/{asked.pk}/decline/", {}, "/admin/billing/")
    assert 'decline/" data-goes>' in page.content.decode()
    assert CreditAdjustment.objects.get().status == "pending"
    client.post(f"/admin/billing/adjustments/{asked.pk}/decline/")
    assert CreditAdjustment.objects.get().status == "declined"


def test_a_list_as_a_file(client_of, owner, member):
    """Nothing leaves before the password; one comes back to the filtered list, which fetches the file: this once."""
    path, page = "/admin/referrals/panels/recent_signups/?format=csv", "/admin/referrals/?period=7d"
    client = client_of(owner)
    for took, answer in ((False, 302), (True, 200)):
        file = client.get(path, headers={"Referer": f"http://testserver{page}"})
        assert file.status_code == answer and AuditEvent.objects.filter(verb="referrals.exported").exists() == took
        if not took:
            assert FETCHES not in client.get(page).content.decode(), "who never gave it has not asked again"
            file = client.get(path, headers={"Referer": f"http://testserver{page}"})
            back = client.post(file["Location"], {"password": "poem-vision-demo"}, follow=True)
            assert back.request["PATH_INFO"] + "?" + back.request["QUERY_STRING"] == page
            assert FETCHES in back.content.decode() and "Nothing is done yet" not in back.content.decode()
            assert FETCHES not in client.get(page).content.decode()
    assert client_of(member).get(path).status_code == 403, "who may not see it is not asked"


@pytest.mark.parametrize("query", ["", "?format=csv"])
def test_the_head_of_the_log(client_of, owner, query):
    client, page = client_of(owner), "/admin/logs/?tab=all"
    file = client.get(f"/admin/audit/head/{query}", headers={"Referer": f"http://testserver{page}"})
    assert file.status_code == 302 and "Content-Disposition" not in file
    assert client.post(file["Location"], {"password": "poem-vision-demo"})["Location"] == page
    assert client.get(f"/admin/audit/head/{query}")["Content-Disposition"].startswith("attachment")


def test_who_is_refused_anyway_is_not_asked(client_of, db):
    """The head of the log takes two permissions; without the second no password helps, whatever the format."""
    CustomRole.objects.create(key="nosy", title="Nosy", perms=["logs:read", "users:read"])
    client = client_of(make_user("nosy@example.org", role="nosy"))
    for query in ("", "?format=csv"):
        assert client.get(f"/admin/audit/head/{query}").status_code == 403
