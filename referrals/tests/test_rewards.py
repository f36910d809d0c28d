"""Rewards: both, once, after the first paid top-up; as long as its money stays."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import connection
from django.utils import timezone

from accounts import registration
from accounts.models import User
from accounts.tests.make import make_user
from audit.models import AuditEvent
from billing import stripe_events
from billing.models import TopUp
from billing.tests.conftest import stripe_side  # noqa: F401 (a fixture)
from billing.tests.make import make_dispute, make_refund, make_session, make_top_up, store_event
from billing.tests.refunding import paid_top_up
from billing.tests.stripe_side import work
from jobs.models import Job
from ledger import checks, posting
from ledger.models import Lot, Transaction
from ledger.queries import balances
from ledger.tests.make import D
from referrals import codes, rewards
from referrals.models import Referral
from referrals.tasks import settle_left_over
from referrals.tests.make import make_code, make_referral
from tunables import values

State = Referral.State


def apply(type_, thing, **fields):
    return stripe_events.apply_event(store_event(type_, thing, **fields).pk)


def paid(member, amount="20", *, paid_as=(), ago=0) -> TopUp:
    """A paid top-up, `ago` seconds, and that Stripe told whose card it was."""
    top_up = make_top_up(member, amount, "0")
    apply("checkout.session.completed", make_session(top_up), created=int(time.time()) - ago)
    top_up.refresh_from_db()
    rewards.look_again(member, top_up.external_id, paid_as=paid_as)
    settle()
    return top_up


def settle():
    """Do what is queued, each twice."""
    Job.objects.filter(kind="billing.complete_top_up").delete()
    waiting = list(Job.objects.filter(kind="referrals.settle", state="new").values_list("payload", flat=True))
    work()
    for payload in waiting:
        rewards.settle(payload["member"], paid_as=payload["paid_as"])


def stands(referral):
    referral.refresh_from_db()
    people = (referral.code.member, referral.member)
    return referral.state, *(balances(person).granted for person in people)


def test_both_are_rewarded_once_and_it_follows_the_first_top_up(db):
    referral = make_referral()
    settle()
    assert stands(referral) == (State.WAITING, 0, 0)
    first = paid(referral.member, ago=5)
    assert stands(referral) == (State.REWARDED, 2, 2)
    values.change("referral_reward_usd", "5", by=None)
    second = paid(referral.member)
    apply("refund.created", make_refund(second, 2000))
    settle()
    assert stands(referral) == (State.REWARDED, 2, 2), "only the first counts"

    posting.charge(referral.code.member, D("1.5"), service="poem")
    refund = make_refund(first, 500)
    apply("refund.created", refund)
    settle()
    assert stands(referral) == (State.REVERSED, 0, 0), "what was spent is spent, and no debt"
    assert balances(referral.code.member).debt == 0
    apply("refund.failed", refund | {"status": "failed"})
    settle()
    assert stands(referral) == (State.REWARDED, D("0.5"), 2), "what was taken comes back"
    assert Transaction.objects.filter(external_id__startswith="referral:").count() == 6
    assert checks.run() == []


def test_staff_read_it_before_a_refund_and_both_afterwards(client_of, owner, confirmed_lately):
    referral = make_referral()
    first, second = paid(referral.member, ago=5), paid(referral.member)
    staff, said = client_of(owner), "This top-up earned a referral reward of $2.00 for the member"
    pages = [staff.get(f"/admin/billing/top-ups/{one.pk}/refunds/new/").content.decode() for one in (first, second)]
    assert [said in page for page in pages] == [True, False]
    apply("refund.created", make_refund(first, 500))
    settle()
    for person in (referral.member, referral.code.member):
        page = client_of(person).get("/me/credit/").content.decode()
        assert "Referral reward taken back: the top-up that earned it was refunded" in page
    assert said not in staff.get(f"/admin/billing/top-ups/{first.pk}/refunds/new/").content.decode()


def test_a_dispute_takes_it_back_and_a_won_one_gives_it_again(db):
    referral = make_referral()
    dispute = make_dispute(paid(referral.member), 2000)
    apply("charge.dispute.funds_withdrawn", dispute)
    settle()
    assert stands(referral) == (State.REVERSED, 0, 0)
    won = dispute | make_dispute(TopUp.objects.get(), 2000, id=dispute["id"], status="won", moved=(-1, 1))
    apply("charge.dispute.funds_reinstated", won)
    settle()
    assert stands(referral) == (State.REWARDED, 2, 2)


def test_it_ends_alike_in_whatever_order_it_is_heard_of(db):
    """A refund before the reward's job, twice, and after: no reward is left, and nobody owes one."""
    for order in permutations(("settle", "refund", "refund again")):
        referral = make_referral(make_code(f"{random.random()}@example.org"))
        top_up = make_top_up(referral.member, "20", "0")
        apply("checkout.session.completed", make_session(top_up))
        top_up.refresh_from_db()
        refund = make_refund(top_up, 2000)
        for step in order:
            if step == "settle":
                rewards.look_again(referral.member, top_up.external_id)
                settle()
            else:
                apply("refund.created", refund)
        settle()
        assert stands(referral) == (State.REVERSED, 0, 0), order


def test_the_first_top_up_is_the_first_at_stripe(db):
    """Of two, the earlier one is refunded: whichever is heard of first, no reward is left."""
    for order in permutations((20, 10)):
        referral = make_referral(make_code(f"{random.random()}@example.org"))
        top_ups = {ago: paid(referral.member, str(ago), ago=ago) for ago in order}
        apply("refund.created", make_refund(top_ups[20], 2000))
        settle()
        assert stands(referral) == (State.REVERSED, 0, 0), order


def test_only_the_reward_itself_is_taken_back(db):
    """What else the member was granted stays, be it that the reward was spent first."""
    referral = make_referral()
    sharer, top_up = referral.code.member, paid(referral.member)
    posting.charge(sharer, D(1), service="poem")
    other = posting.grant(sharer, D(5), note="Sorry", expires_at=timezone.now() + timedelta(days=1))
    apply("refund.created", make_refund(top_up, 2000))
    settle()
    assert stands(referral) == (State.REVERSED, 5, 0)
    assert Lot.objects.get(transaction_id=other.transaction_id).remaining == 5


def test_what_a_hold_gives_back_goes_too(db):
    referral = make_referral()
    sharer, top_up = referral.code.member, paid(referral.member)
    hold = posting.hold(sharer, D(2), service="poem", expires_at=timezone.now() + timedelta(hours=1))
    apply("refund.created", make_refund(top_up, 2000))
    settle()
    posting.release(hold.hold_id)
    assert stands(referral) == (State.REVERSED, 2, 0)
    settle_left_over()
    settle()
    assert stands(referral) == (State.REVERSED, 0, 0) and rewards.left_over() == []


def test_who_is_purged_gets_nothing_back(db, owner):
    referral = make_referral()
    sharer, refund = referral.code.member, make_refund(paid(referral.member), 2000)
    apply("refund.created", refund)
    settle()
    User.objects.filter(pk=sharer.pk).update(
        is_active=False, deleted_at=timezone.now(), purges_at=timezone.now(), purged_at=timezone.now()
    )
    apply("refund.failed", refund | {"status": "failed"})
    settle()
    assert stands(referral) == (State.REWARDED, 0, 2)


def test_nothing_moves_before_the_sign_up_counts(db):
    """Within the cap or not is known once the address is confirmed, however money may move before."""
    referral = make_referral()
    User.objects.filter(pk=referral.member_id).update(awaits_welcome=True)
    paid(referral.member)
    assert stands(referral) == (State.WAITING, 0, 0)
    registration.welcome(referral.member)
    settle()
    assert stands(referral)[0] == State.REWARDED


def test_many_at_once_give_it_once(committed_db):
    """Two members who brought each other's friends are rewarded crosswise, and nobody waits for ever."""
    first, second = make_code("a@example.org"), make_code("b@example.org")
    mine = make_referral(first)
    theirs = make_referral(codes.of(mine.member))
    back = make_referral(second)
    for referral in (mine, theirs, back):
        posting.top_up(referral.member, cash=D(20), external_id=f"stripe:checkout.session:{referral.pk}")

    def run(number):
        try:
            rewards.settle((mine, theirs, back)[number % 3].member_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(run, range(24)))
    assert stands(mine) == (State.REWARDED, 2, 4), "brought, and has brought"
    assert stands(theirs) == (State.REWARDED, 4, 2)
    assert Transaction.objects.filter(kind="grant").count() == 6
    assert checks.run() == []


def test_what_is_held_waits_for_staff(supporter):
    referral = make_referral(state=State.HELD, doubt="The same mailbox.")
    page = Referral.objects.get()  # as it was read by somebody whose page stays open
    paid(referral.member)
    assert stands(referral) == (State.HELD, 0, 0)
    assert rewards.refuse(referral, by=supporter) and not rewards.refuse(referral, by=supporter)
    paid(referral.member)
    assert stands(referral) == (State.REFUSED, 0, 0)
    assert rewards.release(page, by=supporter) and not rewards.release(page, by=supporter)
    assert stands(referral) == (State.REWARDED, 2, 2)
    told = AuditEvent.objects.filter(actor=supporter).order_by("id").values_list("verb", "note", "before__state")
    assert list(told) == [
        ("referral.refused", "The same mailbox.", "held"),
        ("referral.released", "The same mailbox.", "refused"),
    ]


def test_the_same_card_is_held_and_released_for_good(supporter):
    referral = make_referral()
    sharer = referral.code.member_id
    first = paid(referral.member, paid_as=[sharer])
    assert stands(referral) == (State.HELD, 0, 0)
    rewards.release(referral, by=supporter)
    rewards.settle(referral.member_id, paid_as=[sharer])
    assert stands(referral) == (State.REWARDED, 2, 2)
    TopUp.objects.update(fingerprint="card")
    assert make_top_up(make_user("c@example.org"), fingerprint="card").paid_as() == [first.member_id]
    assert TopUp(member_id=1).paid_as() == []


@pytest.mark.xdist_group("sandbox")
@pytest.mark.django_db
def test_stripe_tells_whose_card_it_was_and_what_was_refunded(stripe_side):  # noqa: F811
    """The whole way, at a real sandbox: by another card rewarded, by the sharer's own held; then refunded there."""
    values.change("topup_daily_limit_usd", "1000", by=None)
    code = make_code()
    other, same = make_referral(code), make_referral(code)
    top_up = paid_top_up(stripe_side, other.member)
    assert top_up.fingerprint and stands(other) == (State.REWARDED, 2, 3)
    paid_top_up(stripe_side, code.member)
    paid_top_up(stripe_side, same.member)
    same.refresh_from_db()
    assert (same.state, same.doubt) == (State.HELD, "The same card paid for both.")
    stripe_side.sandbox.refund(top_up.payment_intent_id, 2000)
    stripe_side.deliver()
    assert stands(other) == (State.REVERSED, 1, 0)


@pytest.mark.parametrize("state", [State.OVER_CAP, State.REFUSED])
def test_others_get_nothing(db, state):
    referral = make_referral(state=state)
    paid(referral.member)
    assert stands(referral) == (state, 0, 0)
    assert not Job.objects.filter(kind="referrals.settle").exists()


def test_a_reward_of_nothing_moves_nothing(db):
    values.change("referral_reward_usd", "0", by=None)
    referral = make_referral()
    apply("refund.created", make_refund(paid(referral.member), 2000))
    settle()
    assert stands(referral) == (State.REVERSED, 0, 0)
