"""Block, carry or write off what a member owes; a write-off can be undone."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from alerts.models import Alert, raise_alert
from audit.models import AuditEvent
from billing.models import DebtDecision
from billing.models.debt import note_debt, settle_paid_debts
from billing.tests.refunding import confirmed
from ledger import posting
from ledger.queries import account_balance, balances
from ledger.tests.make import D, make_refund, make_top_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def owing(member):
    top_up = make_top_up(member, 20)
    posting.charge(member, D(15), service="poem")
    make_refund(member, 20, top_up)
    raise_alert(f"billing.debt.{member.pk}", "owes")
    return member


@pytest.fixture
def client_of():
    """Browsers of people who have just given their password."""
    return confirmed


def test_a_write_off_asks_for_the_password_first(client, owner, owing):
    client.force_login(owner)
    assert decide(client, owing, "write_off").headers["HX-Redirect"].startswith("/account/reauthenticate/")
    assert balances(owing).debt == 15 and not DebtDecision.objects.exists()
    assert decide(client, owing, "block").status_code == 204, "which gives nothing away"


def decide(client, member, choice, **fields):
    seen = {"owed": str(balances(member).debt or 1), "form_key": str(uuid.uuid4())}
    sent = {"choice": choice, "reason": "Talked to them"} | seen | fields
    return client.post(f"/admin/billing/debts/{member.pk}/decide/", sent, headers={"HX-Request": "true"})


def may_spend(member):
    try:
        return bool(posting.charge(member, D("0.01"), service="poem"))
    except posting.LedgerError:
        return False


def test_it_works(client_of, owner, owing):
    answer = decide(client_of(owner), owing, "write_off")
    assert answer.status_code == 204 and "written off" in answer.headers["HX-Trigger"]
    assert balances(owing).debt == 0 and account_balance("write_offs") == 15
    event = AuditEvent.objects.get(verb="debt.written_off")
    assert (event.actor, event.note) == (owner, "Talked to them")
    assert not Alert.objects.get(fingerprint=f"billing.debt.{owing.pk}").is_open


def test_a_write_off_is_undone_once(client_of, owner, owing):
    client = client_of(owner)
    decide(client, owing, "write_off")
    decision = DebtDecision.objects.get()
    for words in ("owes it again", "undone already"):
        answer = client.post(f"/admin/billing/debts/{decision.pk}/reopen/", headers={"HX-Request": "true"})
        assert words in answer.headers["HX-Trigger"]
    assert balances(owing).debt == 15 and account_balance("write_offs") == 0


def test_a_debt_that_a_dispute_made_is_a_loss_by_disputes(client_of, owner, member):
    top_up = make_top_up(member, 20)
    posting.charge(member, D(15), service="poem")
    posting.dispute(member, D(20), top_up_external_id=top_up, external_id="d:1")
    decide(client_of(owner), member, "write_off")
    assert (account_balance("disputes"), account_balance("write_offs")) == (15, 0)


def test_nobody_decides_over_their_own_debt(client_of, owner):
    top_up = make_top_up(owner, 20)
    posting.charge(owner, D(15), service="poem")
    make_refund(owner, 20, top_up)
    answer = decide(client_of(owner), owner, "write_off")
    assert answer.status_code == 422 and "Ask a colleague" in answer.content.decode()
    assert balances(owner).debt == 15


def test_a_block_ends_with_the_debt_however_it_ends(client_of, supporter, member):
    top_up = make_top_up(member, 10)
    held = posting.hold(member, D(8), service="poem", expires_at=timezone.now() + timezone.timedelta(hours=1))
    note_debt(member, make_refund(member, 10, top_up))
    posting.grant(member, D(1))
    decide(client_of(supporter), member, "block")
    raise_alert(f"billing.debt.{member.pk}", "owes")
    assert balances(member).blocked and not may_spend(member)
    posting.release(held.hold_id)
    assert balances(member).debt == 0 and may_spend(member)
    assert settle_paid_debts() == 1
    assert not Alert.objects.get(fingerprint=f"billing.debt.{member.pk}").is_open


def test_carried_granted_credit_may_be_spent(client_of, supporter, owing):
    posting.grant(owing, D(1))
    decide(client_of(supporter), owing, "carry")
    assert may_spend(owing) and balances(owing).debt == 15


def test_blocked_nothing_may_be_spent_until_it_is_paid(client_of, supporter, owing):
    posting.grant(owing, D(1))
    decide(client_of(supporter), owing, "block")
    assert not may_spend(owing)
    note_debt(owing, posting.top_up(owing, cash=D(10), external_id="t:less"))
    assert not may_spend(owing) and balances(owing).debt == 5
    note_debt(owing, posting.top_up(owing, cash=D(10), external_id="t:all"))
    assert may_spend(owing) and not balances(owing).blocked


def test_a_later_decision_replaces_the_block(client_of, owner, owing):
    posting.grant(owing, D(1))
    decide(client_of(owner), owing, "block")
    decide(client_of(owner), owing, "carry")
    assert may_spend(owing)


def test_more_owed_than_was_seen_is_not_written_off(client_of, owner, owing):
    answer = decide(client_of(owner), owing, "write_off", owed="5")
    assert answer.status_code == 422 and "owes $15.00 now, not $5.00" in answer.content.decode()
    assert 'value="15.000000"' in answer.content.decode() and balances(owing).debt == 15


def test_support_does_not_write_off(client_of, supporter, owing):
    answer = decide(client_of(supporter), owing, "write_off")
    assert answer.status_code == 422 and "not one of the available choices" in answer.content.decode()
    assert balances(owing).debt == 15 and not DebtDecision.objects.exists()


def test_it_refuses_what_is_not_owed_and_keeps_what_was_typed(client_of, owner, member):
    answer = decide(client_of(owner), member, "carry", reason="Kept words")
    assert answer.status_code == 422
    assert "owes nothing any more" in answer.content.decode() and "Kept words" in answer.content.decode()


def test_a_double_click_decides_once(committed_db, client_of, owner, owing):
    sent = {"choice": "write_off", "owed": D(15), "reason": "Gone", "form_key": uuid.uuid4()}
    ready = threading.Barrier(6)

    def press(_):
        ready.wait()
        try:
            return DebtDecision.objects.decide(owing, by=owner, **sent).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(press, range(6)))) == 1
    assert account_balance("write_offs") == 15


def test_it_requires_debts_decide(client_of, accountant, owing):
    assert decide(client_of(accountant), owing, "carry").status_code == 403


def test_undoing_requires_debts_write_off(client_of, supporter, owner, owing):
    decide(client_of(owner), owing, "write_off")
    path = f"/admin/billing/debts/{DebtDecision.objects.get().pk}/reopen/"
    assert client_of(supporter).post(path).status_code == 403
