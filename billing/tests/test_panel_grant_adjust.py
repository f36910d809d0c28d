"""Grant / Adjust Credit: who may, what if twice, what if at once, and a second person above the limit."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from alerts.models import Alert
from audit.models import AuditEvent
from billing.models import CreditAdjustment
from billing.models.adjustment import NotAllowed
from ledger import posting
from ledger.models import Transaction
from ledger.queries import balances

ASK = "/admin/billing/adjustments/ask/"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]


def form(member, amount):
    return {"member": member.email, "amount": amount, "reason": "Goodwill", "form_key": str(uuid.uuid4())}


def test_it_works(client_of, supporter, member):
    response = client_of(supporter).post(ASK, form(member, "5"), headers={"HX-Request": "true"})
    assert response.status_code == 204
    assert balances(member).granted == 5
    assert "billing-changed" in response["HX-Trigger"] and "$5.00 granted to" in response["HX-Trigger"]
    event = AuditEvent.objects.get(verb="adjustment.posted")
    assert event.actor == supporter and event.note == "Goodwill" and event.after["amount"] == "5"


def test_negative_removes(client_of, supporter, member):
    client = client_of(supporter)
    client.post(ASK, form(member, "5"))
    client.post(ASK, form(member, "−2"))
    assert balances(member).granted == 3


def test_a_refused_form_keeps_the_list_below_it(client_of, supporter, member):
    client = client_of(supporter)
    client.post(ASK, form(member, "5"))
    response = client.post(ASK, form(member, "0"), headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert "Latest adjustments" in response.content.decode()


def test_the_same_form_twice_grants_once(client_of, supporter, member):
    client, sent = client_of(supporter), form(member, "5")
    assert [client.post(ASK, sent).status_code for _ in range(3)] == [302, 302, 302]
    assert balances(member).granted == 5


def test_the_same_form_at_once_grants_once(committed_db, make_people):
    supporter, member = make_people("support", "")
    key = uuid.uuid4()

    def ask(_):
        try:
            CreditAdjustment.objects.ask(member, Decimal(5), reason="x", form_key=key, by=supporter)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert balances(member).granted == 5
    assert CreditAdjustment.objects.count() == 1


BAD_AMOUNTS = ["0", "-0", "NaN", "Infinity", "-inf", "1e5", "0.0000001", "9" * 31, "", "abc", "1,2", "٣"]


@pytest.mark.django_db
@pytest.mark.parametrize("amount", BAD_AMOUNTS)
def test_it_refuses_what_is_no_amount(client_of, supporter, member, amount):
    sent = form(member, amount)
    response = client_of(supporter).post(ASK, sent, headers={"HX-Request": "true"})
    assert response.status_code == 422
    content = response.content.decode()
    assert 'id="e-adjustment-amount"' in content and "Goodwill" in content and member.email in content
    assert not Transaction.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["nobody@poemvision.example", "999999", "cus_unknown", "\x00", "1" * 30])
def test_it_refuses_an_unknown_member(client_of, supporter, member, name):
    response = client_of(supporter).post(ASK, form(member, "5") | {"member": name}, headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert 'id="e-adjustment-member"' in response.content.decode()


def test_it_refuses_more_than_there_is(client_of, supporter, member):
    response = client_of(supporter).post(ASK, form(member, "-5"), headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert "Not covered" in response.content.decode()
    assert not CreditAdjustment.objects.exists()


def test_nobody_grants_to_themselves(client_of, supporter):
    response = client_of(supporter).post(ASK, form(supporter, "5"), headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert balances(supporter).granted == 0


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["marketer", "accountant", "member"])
def test_it_requires_credit_adjust(client_of, request, role, outsider):
    person = request.getfixturevalue(role)
    assert client_of(person).post(ASK, form(outsider, "5")).status_code == 403
    assert balances(outsider).granted == 0


def test_above_the_limit_a_second_person_decides(client_of, supporter, owner, member):
    client_of(supporter).post(ASK, form(member, "100.01"))
    asked = CreditAdjustment.objects.get()
    assert asked.status == "pending" and balances(member).granted == 0
    client_of(supporter).post(f"/admin/billing/adjustments/{asked.pk}/approve/")
    assert balances(member).granted == 0, "the asker is not the second person"
    client_of(owner).post(f"/admin/billing/adjustments/{asked.pk}/approve/")
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by) == ("posted", owner)
    assert balances(member).granted == Decimal("100.01")


def test_the_asker_is_not_the_second_person(client_of, owner, member):
    client_of(owner).post(ASK, form(member, "500"))
    asked = CreditAdjustment.objects.get()
    with pytest.raises(NotAllowed):
        asked.approve(by=owner)
    assert balances(member).granted == 0


def test_declined_posts_nothing(client_of, supporter, owner, member):
    client_of(supporter).post(ASK, form(member, "500"))
    asked = CreditAdjustment.objects.get()
    client_of(owner).post(f"/admin/billing/adjustments/{asked.pk}/decline/")
    asked.refresh_from_db()
    assert asked.status == "declined" and not Transaction.objects.exists()


def test_reversal_is_a_counter_entry_and_happens_once(client_of, supporter, member):
    client = client_of(supporter)
    client.post(ASK, form(member, "5"))
    posted = CreditAdjustment.objects.get()
    for _ in range(2):
        client.post(f"/admin/billing/adjustments/{posted.pk}/reverse/")
    assert balances(member).granted == 0
    assert Transaction.objects.get(kind="reversal").reverses_id == posted.transaction_id


def test_the_member_is_not_the_second_person(client_of, owner, supporter):
    client_of(supporter).post(ASK, form(owner, "500"))
    asked = CreditAdjustment.objects.get()
    client_of(owner).post(f"/admin/billing/adjustments/{asked.pk}/approve/")
    asked.refresh_from_db()
    assert asked.status == "pending" and balances(owner).granted == 0


def test_what_needed_two_is_not_reversed_by_one(client_of, supporter, owner, member):
    client_of(supporter).post(ASK, form(member, "500"))
    asked = CreditAdjustment.objects.get()
    asked.approve(by=owner)
    client_of(supporter).post(f"/admin/billing/adjustments/{asked.pk}/reverse/")
    assert balances(member).granted == 500
    asked.reverse(by=owner)
    assert balances(member).granted == 0


def test_the_same_form_with_other_values_is_refused(client_of, supporter, member):
    client, sent = client_of(supporter), form(member, "5")
    client.post(ASK, sent)
    response = client.post(ASK, sent | {"amount": "50"}, headers={"HX-Request": "true"})
    assert response.status_code == 422 and balances(member).granted == 5


def test_the_alert_goes_with_the_decision(client_of, supporter, owner, member):
    client_of(supporter).post(ASK, form(member, "500"))
    assert Alert.objects.get().is_open
    CreditAdjustment.objects.get().decline(by=owner)
    assert not Alert.objects.get().is_open


def test_nobody_declines_or_takes_back_what_is_removed_from_them(client_of, supporter, owner):
    posting.grant(supporter, Decimal(500), note="Before")
    for amount in ("9", "-9", "-500"):
        client_of(owner).post(ASK, form(supporter, amount))
    waiting, removed = (CreditAdjustment.objects.get(amount=amount) for amount in (-500, -9))
    client_of(supporter).post(f"/admin/billing/adjustments/{waiting.pk}/decline/")
    client_of(supporter).post(f"/admin/billing/adjustments/{removed.pk}/reverse/")
    assert [row.status for row in CreditAdjustment.objects.all()] == ["pending", "posted", "posted"]
    panel = client_of(supporter).get("/admin/billing/panels/grant_adjust/", headers={"HX-Request": "true"})
    assert b"Latest adjustments" in panel.content
    assert b"/decline/" not in panel.content and b"/reverse/" not in panel.content


def test_many_small_grants_are_one_large_one(client_of, supporter, member, outsider):
    client = client_of(supporter)
    for person in (member, outsider):
        client.post(ASK, form(person, "60"))
    assert [each.status for each in CreditAdjustment.objects.order_by("pk")] == ["posted", "pending"]
    assert balances(outsider).granted == 0


def test_support_is_the_second_person_for_the_owner(client_of, owner, supporter, member):
    client_of(owner).post(ASK, form(member, "500"))
    client_of(supporter).post(f"/admin/billing/adjustments/{CreditAdjustment.objects.get().pk}/approve/")
    assert balances(member).granted == 500


def test_a_large_removal_that_is_not_covered_is_refused_at_once(client_of, supporter, member):
    response = client_of(supporter).post(ASK, form(member, "-5000"), headers={"HX-Request": "true"})
    assert response.status_code == 422 and "Not covered" in response.content.decode()
    assert not CreditAdjustment.objects.exists()


def test_the_password_is_asked_for_first_and_what_was_typed_waits(monkeypatch, client_of, supporter, member):
    monkeypatch.undo()
    client = client_of(supporter)
    asked = client.post(ASK, form(member, "5"), headers={"HX-Request": "true", "HX-Current-URL": "/admin/billing/"})
    assert asked.status_code == 401 and "reauthenticate" in asked["HX-Redirect"] and not balances(member).granted
    panel = "/admin/billing/panels/grant_adjust/"
    page = client.get(panel, headers={"HX-Request": "true"}).content.decode()
    assert f'value="{member.email}"' in page and 'value="5"' in page and 'value="Goodwill"' in page
    assert 'value="Goodwill"' not in client.get(panel, headers={"HX-Request": "true"}).content.decode()
    posted = CreditAdjustment.objects.ask(member, Decimal(1), reason="x", form_key=uuid.uuid4(), by=supporter)
    assert "reauthenticate" in client.post(f"/admin/billing/adjustments/{posted.pk}/reverse/")["Location"]
