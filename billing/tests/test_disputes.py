"""Disputes: withdrawn at their opening, given back when won, each movement once, whatever the order of the events."""

import uuid
from itertools import permutations

import pytest
from django.utils import timezone

from alerts.models import Alert
from billing import disputes, stripe_events
from billing.models import DebtDecision, Dispute, FraudWarning, RefundRequest, TopUp
from billing.tests.make import make_dispute, make_refund, make_session, make_top_up, store_event
from billing.tests.stripe_side import START, choose, session_id, work
from ledger import checks, posting
from ledger.models import Lot, Transaction
from ledger.queries import account_balance, balances
from ledger.tests.make import D, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("sandbox")]


def apply(type_, thing, **fields):
    return stripe_events.apply_event(store_event(type_, thing, **fields).pk)


def paid(member, amount="20", bonus="0") -> TopUp:
    top_up = make_top_up(member, amount, bonus)
    apply("checkout.session.completed", make_session(top_up))
    return TopUp.objects.get(pk=top_up.pk)


def stands(member):
    now = balances(member)
    return now.paid, now.granted, now.debt


def opened(dispute):
    apply("charge.dispute.created", dispute)
    apply("charge.dispute.funds_withdrawn", dispute)


def test_it_works(member):
    top_up = paid(member)
    opened(make_dispute(top_up, 2000))
    assert stands(member) == (0, 0, 0)
    assert account_balance("stripe_fees") == 15 and account_balance("stripe") == -15
    row = Dispute.objects.get()
    assert (row.status, row.amount, row.needs_answer) == ("needs_response", 20, True)
    alert = Alert.objects.get(fingerprint=f"billing.dispute.{row.pk}")
    assert member.email in alert.title and "Answer at Stripe until" in alert.detail and alert.is_open
    assert checks.run() == []


def test_what_was_spent_is_owed_and_a_won_dispute_gives_exactly_back(member):
    top_up = paid(member)
    posting.charge(member, D(15), service="poem")
    dispute = make_dispute(top_up, 2000)
    opened(dispute)
    assert stands(member) == (0, 0, 15)
    assert Alert.objects.get(fingerprint=f"billing.debt.{member.pk}").is_open
    won = make_dispute(top_up, 2000, id=dispute["id"], status="won", moved=(-1, 1))
    apply("charge.dispute.funds_reinstated", won)
    apply("charge.dispute.closed", won)
    assert stands(member) == (5, 0, 0)
    assert not Alert.objects.get(fingerprint=f"billing.debt.{member.pk}").is_open
    assert not Alert.objects.get(fingerprint=f"billing.dispute.{Dispute.objects.get().pk}").is_open
    assert account_balance("stripe_fees") == 15, "the fee of the dispute stays"
    assert checks.run() == []


def test_an_inquiry_moves_no_money_and_freezes_nothing(member):
    top_up = paid(member)
    apply("charge.dispute.created", make_dispute(top_up, 2000, status="warning_needs_response", moved=(), id="du_i"))
    assert stands(member) == (20, 0, 0) and balances(member).available == 20
    apply("charge.dispute.closed", make_dispute(top_up, 2000, status="warning_closed", moved=(), id="du_i"))
    assert Dispute.objects.get().status == "warning_closed"
    assert Transaction.objects.filter(kind="dispute").count() == 0


def test_the_rest_of_a_disputed_lot_is_frozen_until_the_bank_decides(member):
    top_up = paid(member, bonus="4")
    other = paid(member, "10")
    dispute = make_dispute(top_up, 500)
    opened(dispute)
    assert stands(member)[:2] == (25, 3)
    assert balances(member).available == 10, "the other top-up only"
    with pytest.raises(posting.NotCovered):
        posting.charge(member, D(11), service="poem")
    apply("charge.dispute.closed", make_dispute(top_up, 500, id=dispute["id"], status="lost"), created=2_000_000_000)
    assert not Lot.objects.exclude(frozen_at=None).exists() and balances(member).available == 28
    assert other.disputes.count() == 0


def test_every_order_of_its_events_ends_the_same():
    chain = [
        ("charge.dispute.created", "needs_response", ()),
        ("charge.dispute.funds_withdrawn", "needs_response", (-1,)),
    ]
    chain += [("charge.dispute.updated", "under_review", (-1,)), ("charge.dispute.funds_reinstated", "won", (-1, 1))]
    chain += [("charge.dispute.closed", "won", (-1, 1))]
    ends = set()
    for number, order in enumerate(permutations(range(len(chain)))):
        person = make_member()
        top_up = paid(person)
        posting.charge(person, D(12), service="poem")
        for step in (*order, order[0]):
            type_, status, moved = chain[step]
            thing = make_dispute(top_up, 2000, status=status, moved=moved, id=f"du_{number}")
            apply(type_, thing, created=1_900_000_000 + step * 60)
        row = Dispute.objects.get(top_up=top_up)
        lots = tuple(Lot.objects.filter(member=person).values_list("remaining", "frozen_at"))
        ends.add((*stands(person), row.status, lots, Transaction.objects.filter(member=person).count()))
    assert ends == {(8, 0, 0, "won", ((8, None),), 4)}


def test_a_dispute_over_what_was_refunded_is_a_loss_until_it_is_won(member):
    top_up = paid(member)
    apply("refund.created", make_refund(top_up, 2000))
    dispute = make_dispute(top_up, 2000, fee=0)
    opened(dispute)
    assert stands(member) == (0, 0, 0) and account_balance("disputes") == 20
    apply("charge.dispute.closed", make_dispute(top_up, 2000, id=dispute["id"], status="won", moved=(-1, 1), fee=0))
    assert account_balance("disputes") == 0 and account_balance("stripe") == 0
    assert checks.run() == []


def test_it_waits_for_its_payment(member):
    top_up = make_top_up(member)
    assert apply("charge.dispute.created", make_dispute(top_up, 2000)).state == "waiting"


@pytest.mark.parametrize("change", [{"currency": "eur"}, {"balance_transactions": None}, {"evidence_details": {}}])
def test_what_does_not_fit_is_quarantined(member, change):
    top_up = paid(member)
    assert apply("charge.dispute.created", make_dispute(top_up, 2000) | change).state == "quarantined"
    assert stands(member) == (20, 0, 0)


def test_more_given_back_than_withdrawn_is_quarantined(member):
    top_up = paid(member)
    dispute = make_dispute(top_up, 2000)
    opened(dispute)
    wrong = make_dispute(top_up, 2000, id=dispute["id"], status="won", moved=(-1, 1))
    wrong["balance_transactions"][1]["amount"] = 1999
    assert apply("charge.dispute.closed", wrong).state == "quarantined"
    assert stands(member) == (0, 0, 0)


def test_a_fraud_warning_is_told_and_moves_nothing(member):
    top_up = paid(member)
    warning = {
        "id": "issfr_1",
        "payment_intent": top_up.payment_intent_id,
        "fraud_type": "made_with_stolen_card",
        "actionable": True,
        "created": int(timezone.now().timestamp()),
    }
    for _ in range(2):
        apply("radar.early_fraud_warning.created", warning)
    assert FraudWarning.objects.get().top_up == top_up
    assert member.email in Alert.objects.get(fingerprint__startswith="billing.fraud_warning").title
    assert stands(member) == (20, 0, 0)


def test_a_real_dispute_whose_events_are_lost_is_found_by_its_charge(client_of, member, stripe_side):
    session = session_id(client_of(member).post(START, choose()))
    stripe_side.sandbox.pay(session)
    intent = stripe_side.api.checkout.sessions.retrieve(session).payment_intent
    stripe_side.deliver()
    charge = stripe_side.api.payment_intents.retrieve(intent).latest_charge
    stripe_side.sandbox.dispute(intent)
    stripe_side.lose()
    assert disputes.sync_disputes(charge) == 1
    work()
    assert (stands(member)[0], stands(member)[2]) == (0, 0)
    assert disputes.sync_disputes(charge) == 1 and Transaction.objects.filter(kind="dispute").count() == 1
    assert disputes.sync_disputes("ch_of_somebody_else") == 0


def test_what_the_bank_took_cannot_be_refunded_too(member):
    top_up = paid(member)
    dispute = make_dispute(top_up, 1500)
    opened(dispute)
    assert RefundRequest.objects.left(top_up) == 5
    apply("charge.dispute.closed", make_dispute(top_up, 1500, id=dispute["id"], status="won", moved=(-1, 1)))
    assert RefundRequest.objects.left(top_up) == 20


def test_what_was_written_off_is_no_loss_when_the_dispute_is_won(member, owner):
    top_up = paid(member, "10")
    posting.charge(member, D(8), service="poem")
    dispute = make_dispute(top_up, 1000, fee=0)
    opened(dispute)
    DebtDecision.objects.decide(member, "write_off", owed=8, reason="Gone", form_key=uuid.uuid4(), by=owner)
    assert stands(member) == (0, 0, 0)
    apply("charge.dispute.closed", make_dispute(top_up, 1000, id=dispute["id"], status="won", moved=(-1, 1), fee=0))
    assert stands(member) == (2, 0, 0) and account_balance("disputes") == 0
    assert checks.run() == []


def test_spending_around_a_frozen_lot_leaves_the_same_whenever_it_is_heard(member, outsider):
    for person, early in ((member, True), (outsider, False)):
        first, _ = paid(person, "10"), paid(person, "12")
        chain = [make_dispute(first, 400, id=f"du_{person.pk}", fee=0)]
        chain.append(make_dispute(first, 400, id=f"du_{person.pk}", status="lost", fee=0))
        if early:
            opened(chain[0])
        posting.charge(person, D(5), service="poem")
        if not early:
            opened(chain[0])
        apply("charge.dispute.closed", chain[1], created=2_000_000_000)
    left = [[lot.remaining for lot in Lot.objects.filter(member=each).order_by("id")] for each in (member, outsider)]
    assert left[0] == left[1] == [1, 12]


def test_a_small_payment_does_not_free_what_is_frozen(member):
    disputed, _ = paid(member, "20"), paid(member, "10")
    apply("charge.dispute.created", make_dispute(disputed, 2000, moved=(), id="du_f"))
    posting.charge(member, D(10), service="poem")
    paid(member, "1")
    assert balances(member).available == 1
    posting.charge(member, D(1), service="poem")
    apply("charge.dispute.funds_withdrawn", make_dispute(disputed, 2000, id="du_f"))
    assert stands(member) == (0, 0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0},
        {"amount": "500"},
        {"amount": 500.5},
        {"reason": None},
        {"status": "brand_new"},
    ],
)
def test_nonsense_is_quarantined_and_not_tried_again(member, change):
    top_up = paid(member)
    assert apply("charge.dispute.created", make_dispute(top_up, 500) | change).state == "quarantined"
    assert stands(member) == (20, 0, 0)


@pytest.mark.parametrize(
    ("moved", "source"), [((-1, -1), None), ((-1, 1, -1), None), ((-1,), "du_other"), ((-9,), None)]
)
def test_movements_that_are_not_its_own_are_quarantined(member, moved, source):
    top_up = paid(member)
    dispute = make_dispute(top_up, 500, moved=moved)
    for movement in dispute["balance_transactions"]:
        movement["source"] = source or dispute["id"]
    assert apply("charge.dispute.created", dispute).state == "quarantined"
    assert stands(member) == (20, 0, 0)


def test_a_dispute_and_a_refund_keep_to_their_payment(member, outsider):
    mine, theirs = paid(member), paid(outsider)
    opened(make_dispute(mine, 500, id="du_1"))
    assert apply("charge.dispute.updated", make_dispute(theirs, 500, id="du_1")).state == "quarantined"
    apply("refund.created", make_refund(mine, 500, id="re_1", status="pending", balance_transaction=None))
    assert apply("refund.updated", make_refund(theirs, 500, id="re_1")).state == "quarantined"
    assert stands(outsider) == (20, 0, 0)


@pytest.mark.parametrize("what", ["dispute", "refund"])
def test_what_is_written_off_after_the_money_came_back_stays_so_though_stripe_tells_again(member, owner, what):
    top_up = paid(member)
    if what == "dispute":
        dispute = make_dispute(top_up, 2000)
        opened(dispute)
        told = "charge.dispute.closed", make_dispute(top_up, 2000, id=dispute["id"], status="won", moved=(-1, 1))
    else:
        refund = make_refund(top_up, 2000)
        apply("refund.created", refund)
        told = "refund.failed", refund | {"status": "failed"}
    apply(*told)
    posting.charge(member, D(20), service="poem")
    apply("refund.created", make_refund(top_up, 800))
    DebtDecision.objects.decide(member, "write_off", owed=8, reason="Gone", form_key=uuid.uuid4(), by=owner)
    assert apply(*told).state == "applied"
    assert stands(member) == (0, 0, 0) and account_balance("write_offs") + account_balance("disputes") == 8
    assert checks.run() == []
