from datetime import timedelta

import pytest
from django.utils import timezone

from ledger import checks, posting, queries
from ledger.models import Hold
from ledger.tests.make import D, make_refund, make_top_up, stands

pytestmark = pytest.mark.django_db


def soon():
    return timezone.now() + timedelta(minutes=5)


def hold(member, amount, **more):
    return posting.hold(member, D(amount), service="studio_render", expires_at=soon(), **more).hold_id


def test_it_works(member):
    make_top_up(member, 10, granted=D(1))
    held = posting.hold(member, D(3), service="studio_render", expires_at=soon(), external_id="render:1")
    assert (held.paid, held.granted, held.held) == (8, 0, 3)
    settled = posting.settle(held.hold_id, D("2.5"))
    assert stands(member) == (D("8.5"), 0, 0, 0)
    names = {entry.account.name: entry.amount for entry in queries.entries(settled.transaction_id)}
    assert names["promo_usage/studio_render"] == -1
    assert names["revenue/studio_render"] == D("-1.5")
    assert Hold.objects.get().status == "settled"


def test_release_goes_back_to_the_same_lots(member):
    make_top_up(member, 10, granted=D(1))
    before = list(queries.lots(member).values_list("id", "remaining"))
    posting.release(hold(member, 5))
    assert list(queries.lots(member).values_list("id", "remaining")) == before
    assert Hold.objects.get().status == "released"


def test_it_closes_once(member):
    make_top_up(member, 10)
    first = hold(member, 5)
    settled = posting.settle(first, D(5), external_id="render:1:settled")
    assert posting.settle(first, D(5), external_id="render:1:settled").transaction_id == settled.transaction_id
    for again in (lambda: posting.settle(first, D(5)), lambda: posting.release(first)):
        with pytest.raises(posting.Refused, match="already settled"):
            again()
    assert stands(member) == (5, 0, 0, 0)


def test_it_repeats_its_external_id(member):
    make_top_up(member, 10)
    assert hold(member, 5, external_id="render:1") == hold(member, 5, external_id="render:1")
    assert stands(member) == (5, 0, 5, 0)


def test_it_settles_at_most_what_is_held(member):
    make_top_up(member, 10)
    with pytest.raises(posting.Refused, match=r"more than the \$5.00 on hold"):
        posting.settle(hold(member, 5), D("5.000001"))
    assert stands(member) == (5, 0, 5, 0)


def test_it_is_not_covered(member):
    make_top_up(member, 10)
    with pytest.raises(posting.NotCovered):
        hold(member, "10.01")
    with pytest.raises(posting.Refused, match="no hold"):
        posting.release(10**9)
    with pytest.raises(posting.Refused, match="lies in the future"):
        posting.hold(member, D(1), service="poem", expires_at=timezone.now() - timedelta(seconds=1))
    assert stands(member) == (10, 0, 0, 0)


def test_refund_of_credit_on_hold_and_its_release(member):
    top_up = make_top_up(member, 10)
    first = hold(member, 6)
    make_refund(member, 10, top_up)
    assert stands(member) == (0, 0, 6, 6)
    posting.release(first)
    assert stands(member) == (0, 0, 0, 0)


def test_refund_of_credit_on_hold_and_its_settlement(member):
    top_up = make_top_up(member, 10)
    first = hold(member, 6)
    make_refund(member, 10, top_up)
    posting.settle(first, D(4))
    assert stands(member) == (0, 0, 0, 4)


def test_release_when_the_debt_was_met_meanwhile(member):
    top_up = make_top_up(member, 10)
    first = hold(member, 6)
    make_refund(member, 10, top_up)
    make_top_up(member, 8)
    assert stands(member) == (2, 0, 6, 0)
    posting.release(first)
    assert stands(member) == (8, 0, 0, 0)


def test_a_settlement_undone_goes_back_to_the_lots_it_was_taken_from(member):
    """Though the rest of its hold had found no room in them, because their top-up was refunded meanwhile."""
    top_up = make_top_up(member, 10)
    held = hold(member, 10)
    make_top_up(member, 10)
    refund = make_refund(member, 10, top_up)
    settled = posting.settle(held, D(4))
    posting.reverse(refund.transaction_id)
    another = hold(member, 6)
    posting.charge(member, D(5), service="poem")
    posting.release(another)
    assert rests(member) == [6, 5]
    posting.reverse(settled.transaction_id)
    assert rests(member) == [10, 5]
    assert checks.run() == []


def rests(member):
    return list(queries.lots(member).order_by("id").values_list("remaining", flat=True))
