"""What Stripe tells after a payment, and what staff decide then, is cut off everywhere; retried, it has one effect."""

import time
import uuid
from decimal import Decimal

import pytest

from audit.models import AuditEvent
from billing import stripe_api
from billing.models import DebtDecision, Dispute
from billing.models.debt import VERBS
from billing.tests.make import make_dispute, make_refund, store_event
from ledger import posting
from ledger.models import Transaction
from ledger.queries import balances
from tests.faults.cases import apply, booked, event_case, has, job_case, paid_top_up, person
from tests.faults.crash import sweep


def disputed(spent="15"):
    """A paid top-up of $20 of which $15 is spent, and its dispute, opened and withdrawn."""
    top_up = paid_top_up()
    posting.charge(top_up.member, Decimal(spent), service="poem")
    dispute = make_dispute(top_up, 2000)
    apply("charge.dispute.funds_withdrawn", dispute)
    return top_up, dispute


def test_a_dispute_withdraws_the_money(server):
    def prepare():
        top_up = paid_top_up()
        posting.charge(top_up.member, Decimal(15), service="poem")

        def verify():
            has(top_up.member, 0, 0, 14)
            assert booked(top_up.member, "dispute") == Dispute.objects.filter(top_up=top_up).count() == 1

        return event_case(store_event("charge.dispute.funds_withdrawn", make_dispute(top_up, 2000)), verify)

    assert sweep(server, prepare) > 15


@pytest.mark.parametrize(("status", "moved", "stands"), [("won", (-1, 1), (6, 0, 0)), ("lost", (-1,), (0, 0, 14))])
def test_a_dispute_is_decided(server, status, moved, stands):
    def prepare():
        top_up, dispute = disputed()
        closed = make_dispute(top_up, 2000, id=dispute["id"], status=status, moved=moved)

        def verify():
            has(top_up.member, *stands)
            assert booked(top_up.member, "reversal") == (status == "won")
            assert Dispute.objects.get(top_up=top_up).status == status

        return event_case(store_event("charge.dispute.closed", closed, created=int(time.time()) + 60), verify)

    assert sweep(server, prepare) > 10


def test_refunds_that_are_listed_from_stripe(server, monkeypatch):
    """What a lost event would have told; two refunds, each in a transaction of its own."""
    listed = {}
    monkeypatch.setattr(stripe_api, "listed", lambda resource, charge: listed[charge])

    def prepare():
        top_up = paid_top_up()
        charge = f"ch_{top_up.public_id.hex}"
        listed[charge] = [make_refund(top_up, 500), make_refund(top_up, 300)]

        def verify():
            has(top_up.member, 12, "0.6")
            assert booked(top_up.member, "refund") == 2

        return job_case("billing.sync_refunds", {"charge": charge}, verify)

    assert sweep(server, prepare) > 20


def make_payout(**fields):
    key = f"po_{uuid.uuid4().hex}"
    payout = {"id": key, "object": "payout", "amount": 1500, "currency": "usd", "status": "paid", "automatic": True}
    payout |= {"balance_transaction": f"txn_{key}", "failure_message": None, "failure_balance_transaction": None}
    return payout | {"created": int(time.time()), "arrival_date": int(time.time()) + 86_400} | fields


@pytest.mark.parametrize("status", ["paid", "failed"])
def test_a_payout(server, status):
    def prepare():
        payout = make_payout()
        if status == "failed":
            apply("payout.paid", payout)
        told = payout | {"status": status}

        def verify():
            booked = Transaction.objects.filter(external_id__startswith=f"stripe:payout:{payout['id']}")
            assert booked.count() == (1 if status == "paid" else 2)

        return event_case(store_event(f"payout.{status}", told), verify)

    assert sweep(server, prepare) > 8


# What staff decide about a member who owes


@pytest.mark.parametrize("choice", ["write_off", "block"])
def test_a_decision_about_a_debt(server, choice):
    staff = person("finance")

    def prepare():
        top_up, _ = disputed()
        member, key = top_up.member, uuid.uuid4()

        def act():
            owed = Decimal(14)
            DebtDecision.objects.decide(member, choice, owed=owed, reason="Talked to", form_key=key, by=staff)

        def verify():
            has(member, 0, 0, 0 if choice == "write_off" else 14)
            assert booked(member, "debt_written_off") == (choice == "write_off")
            assert balances(member).blocked == (choice == "block")
            assert DebtDecision.objects.filter(member=member).count() == 1
            assert audited(member) == [VERBS[choice]]

        return act, act, verify

    assert sweep(server, prepare) > 8


def test_a_write_off_is_taken_back(server):
    staff = person("finance")

    def prepare():
        top_up, _ = disputed()
        member = top_up.member
        facts = {"owed": Decimal(14), "reason": "Gone", "form_key": uuid.uuid4(), "by": staff}
        decision = DebtDecision.objects.decide(member, "write_off", **facts)

        def act():
            DebtDecision.objects.get(pk=decision.pk).reopen(by=staff)

        def verify():
            has(member, 0, 0, 14)
            assert audited(member) == ["debt.written_off", "debt.reopened"]

        return act, act, verify

    assert sweep(server, prepare) > 5


def audited(member) -> list[str]:
    events = AuditEvent.objects.filter(target=f"user:{member.pk}", verb__startswith="debt.").order_by("pk")
    return list(events.values_list("verb", flat=True))
