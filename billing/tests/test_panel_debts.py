"""Debts: who owes what, and what staff decided."""

import uuid

import pytest

from accounts.masking import masked
from billing.models import DebtDecision
from ledger import posting
from ledger.tests.make import D, make_refund, make_top_up

pytestmark = pytest.mark.django_db
PANEL = "/admin/billing/panels/debts/"


def owing(member, amount=15):
    top_up = make_top_up(member, 20)
    posting.charge(member, D(amount), service="poem")
    make_refund(member, 20, top_up)


def text_of(client):
    return client.get(PANEL, headers={"HX-Request": "true"}).content.decode()


def test_it_works(client_of, supporter, member):
    owing(member)
    text = text_of(client_of(supporter))
    assert member.email in text and "$15.00" in text and "Not decided" in text and "Decide…" in text


def decide(member, choice, *, by):
    decided = {"owed": D(15), "reason": "Moved away", "form_key": uuid.uuid4(), "by": by}
    return DebtDecision.objects.decide(member, choice, **decided)


def test_a_decision_shows_and_a_write_off_keeps_its_undo(client_of, owner, accountant, member):
    owing(member)
    decide(member, "carry", by=owner)
    assert "Carried" in text_of(client_of(accountant))
    written_off = decide(member, "write_off", by=owner)
    text = text_of(client_of(owner))
    assert "Nobody owes anything" in text and f"/admin/billing/debts/{written_off.pk}/reopen/" in text
    recent = client_of(owner).get("/admin/billing/panels/recent_topups/?kind=debt_written_off").content.decode()
    assert "Debt written off" in recent and "$15.00" in recent
    text = text_of(client_of(accountant))
    assert "Moved away" in text and "reopen" not in text
    written_off.reopen(by=owner)
    assert "Written off lately" not in text_of(client_of(owner))
    recent = client_of(owner).get("/admin/billing/panels/recent_topups/?kind=reversal").content.decode()
    assert "Write-off undone" in recent


def test_who_may_not_decide_sees_no_button(client_of, accountant, member):
    owing(member)
    text = text_of(client_of(accountant))
    assert masked(member.email) in text and "Decide…" not in text


def test_it_shows_nothing_yet(client_of, accountant):
    assert "Nobody owes anything" in text_of(client_of(accountant))


def test_it_requires_billing_read(client_of, marketer):
    assert client_of(marketer).get(PANEL).status_code == 403
