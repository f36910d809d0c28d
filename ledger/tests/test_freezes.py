from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from ledger import checks, freezes, posting, queries
from ledger.models import Transaction, Wallet
from ledger.tests.make import D, make_refund, make_top_up, stands

pytestmark = pytest.mark.django_db


def charge(member, amount=1, **more):
    return posting.charge(member, D(amount), service="poem", **more)


def hold(member, amount=1, **more):
    return posting.hold(member, D(amount), service="poem", expires_at=timezone.now() + timedelta(hours=1), **more)


def test_it_works(member, outsider):
    for person in (member, outsider):
        make_top_up(person, 10, granted=D(5))
    assert freezes.freeze_spending(member, "self-check: wallets")
    before = Transaction.objects.count()
    for spend in (charge, hold):
        with pytest.raises(posting.Frozen, match=r"^spending of this member is frozen: self-check: wallets$"):
            spend(member)
    assert Transaction.objects.count() == before and stands(member) == (10, 5, 0, 0)
    assert queries.balances(member) == queries.Balances(D(10), D(5), frozen="self-check: wallets")
    assert charge(outsider).granted == 4
    assert freezes.thaw_spending(member)
    assert charge(member).granted == 4
    assert queries.balances(member).frozen == ""


def test_a_frozen_member_who_has_too_little_is_told_of_the_freeze_and_repeats_are_answered(member):
    make_top_up(member, 10)
    first, held = charge(member, external_id="render:1"), hold(member, external_id="render:2")
    freezes.freeze_spending(member, "test")
    with pytest.raises(posting.Frozen):
        charge(member, 100)
    with transaction.atomic():
        with pytest.raises(posting.Frozen):
            charge(member)
        assert charge(member, external_id="render:1").transaction_id == first.transaction_id
        assert hold(member, external_id="render:2").hold_id == held.hold_id
    with pytest.raises(posting.Refused, match="already booked"):
        charge(member, 2, external_id="render:1")


def test_all_else_goes_on(member, owner):
    top_up = make_top_up(member, 20)
    charged = charge(member, 2)
    settled, released = hold(member, 3), hold(member, 4)
    gift = posting.grant(member, D(5), expires_at=timezone.now() + timedelta(days=1))
    freezes.freeze_spending(member, "test")
    posting.settle(settled.hold_id, D(1))
    posting.release(released.hold_id)
    posting.reverse(charged.transaction_id)
    posting.reverse(gift.transaction_id)
    posting.grant(member, D(1))
    posting.adjust(member, D(-1), actor=owner, note="too much")
    make_refund(member, 20, top_up)
    assert stands(member) == (0, 0, 0, 1)
    posting.write_off(member, D("0.5"), actor=owner, note="small")
    make_top_up(member, 2)
    assert stands(member) == (D("1.5"), 0, 0, 0)
    assert checks.run() == []


def test_twice_is_harmless_and_a_second_reason_stands_beside_the_first(member):
    assert not freezes.thaw_spending(member)
    assert freezes.freeze_spending(member, "debt;  of a dispute")
    since = Wallet.objects.get().frozen_at
    assert not freezes.freeze_spending(member, "debt, of a dispute")
    assert freezes.freeze_spending(member, "self-check: lots")
    wallet = Wallet.objects.get()
    assert (wallet.frozen_at, wallet.frozen_reason) == (since, "debt, of a dispute; self-check: lots")
    assert freezes.thaw_spending(member) and not freezes.thaw_spending(member)
    assert stands(member) == (0, 0, 0, 0)


def test_it_refuses_a_freeze_without_reason_and_one_of_nobody(member):
    with pytest.raises(ValueError, match="reason"):
        freezes.freeze_spending(member, "  ")
    with pytest.raises(posting.Refused, match="no member"):
        freezes.freeze_spending(10**9, "test")
    freezes.freeze_spending(member, "x" * 2000)
    assert not freezes.freeze_spending(member, "x" * 2000)
    assert not freezes.freeze_spending(member, "y" * 2000)
    assert len(Wallet.objects.get().frozen_reason) == 500
