"""What members' credit does is cut off at every statement; asked again under its external id, each has one effect."""

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from ledger import posting, sweeps
from ledger.models import Hold, Transaction
from ledger.tests.clock import moving_clock, shift
from tests.faults.cases import booked, has, person
from tests.faults.crash import sweep

_keys = (f"sweep:{number}" for number in itertools.count(1))


def member_with(paid="20", granted="1"):
    member = person()
    posting.top_up(member, cash=Decimal(paid), granted=Decimal(granted), external_id=next(_keys))
    return member


def held(member, key):
    until = timezone.now() + timedelta(hours=1)
    return posting.hold(member, Decimal(6), service="poem", expires_at=until, external_id=key).hold_id


def verbs(member, key):
    """Each verb that a member's credit knows, as `(act, its kind, paid and granted credit afterwards)`."""
    D = Decimal
    return {
        "charge": (lambda: posting.charge(member, D(5), service="poem", external_id=key), "charge", 16, 0),
        "grant": (lambda: posting.grant(member, D(5), external_id=key), "grant", 20, 6),
        "adjust": (lambda: posting.adjust(member, D(-5), external_id=key), "adjustment", 16, 0),
        "hold": (lambda: held(member, key), "hold", 15, 0),
    }


@pytest.mark.parametrize("name", ["charge", "grant", "adjust", "hold"])
def test_one_verb(server, name):
    def prepare():
        member = member_with()
        act, kind, paid, granted = verbs(member, next(_keys))[name]

        def verify():
            has(member, paid, granted)
            assert booked(member, kind) == 1

        return act, act, verify

    assert sweep(server, prepare) >= 2


@pytest.mark.parametrize(("end", "paid", "granted"), [("settle", 17, 0), ("release", 20, 1)])
def test_a_hold_from_its_start_to_its_end(server, end, paid, granted):
    def prepare():
        member, keys = member_with(), (next(_keys), next(_keys))

        def act():
            number = held(member, keys[0])
            if end == "settle":
                posting.settle(number, Decimal(4), external_id=keys[1])
            else:
                posting.release(number, external_id=keys[1])

        def verify():
            has(member, paid, granted)
            assert [booked(member, kind) for kind in ("hold", end)] == [1, 1]
            assert not Hold.objects.filter(member=member, status="open").exists()

        return act, act, verify

    assert sweep(server, prepare) >= 4


def test_two_charges_in_one_transaction(server):
    def prepare():
        pair, key = (member_with(), member_with()), next(_keys)

        def act():
            with transaction.atomic():
                posting.lock(*pair)
                for number, member in enumerate(pair):
                    posting.charge(member, Decimal(5), service="poem", external_id=f"{key}:{number}")

        def verify():
            for member in pair:
                has(member, 16, 0)
                assert booked(member, "charge") == 1

        return act, act, verify

    assert sweep(server, prepare) >= 6


def test_a_charge_reversed(server):
    def prepare():
        member, key = member_with(), next(_keys)
        charge = posting.charge(member, Decimal(5), service="poem").transaction_id

        def act():
            posting.reverse(charge, external_id=key)

        def verify():
            has(member, 20, 1)
            assert booked(member, "reversal") == 1

        return act, act, verify

    assert sweep(server, prepare) >= 2


def test_credit_expires_and_a_forgotten_hold_is_released(server):
    def prepare():
        yesterday = timezone.now() - timedelta(days=1)
        with moving_clock():
            shift(-48)
            member = member_with(granted="0")
            posting.grant(member, Decimal(7), expires_at=yesterday)
            posting.hold(member, Decimal(6), service="poem", expires_at=yesterday)

        def act():
            sweeps.release_overdue_holds()
            sweeps.expire_lots()

        def verify():
            has(member, 20, 0)
            kinds = Transaction.objects.filter(member=member).order_by("id").values_list("kind", flat=True)
            assert list(kinds) == ["top_up", "grant", "hold", "release", "expiry"]

        return act, act, verify

    assert sweep(server, prepare) >= 6
