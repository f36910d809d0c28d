from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from alerts.models import Alert
from ledger import checks
from ledger.models import Entry, Transaction
from ledger.tests.test_races import at_once
from pricing import costs, prices
from pricing.models import Price, ProviderCall, UnitCost

COST, PAYABLE = "cost/replicate/music", "payable/replicate"


def ask(key="music:1", **more):
    return costs.ask("music", "replicate", key, **more)


def booked(account=COST) -> Decimal:
    return sum(Entry.objects.filter(account__name=account).values_list("amount", flat=True), Decimal(0))


def test_the_price_book_is_dated(db):
    assert (prices.price("lite_render"), prices.price("studio_render")) == (Decimal("0.10"), Decimal("0.25"))
    assert costs.expected("music", "replicate", 3) == Decimal("0.18")
    now = timezone.now()
    Price.objects.create(service_id="poem", amount=Decimal(2), valid_from=now - timedelta(hours=1))
    Price.objects.create(service_id="poem", amount=Decimal(9), valid_from=now + timedelta(hours=1))
    assert prices.price("poem") == 2 and prices.price("poem", at=now - timedelta(days=1)) == Decimal("0.02")
    with pytest.raises(UnitCost.DoesNotExist):
        costs.ask("music", "elsewhere", "x")
    with pytest.raises(Price.DoesNotExist):
        prices.price("statue")


def test_a_call_is_booked_as_reported_or_expected_and_once(db):
    first, again = ask(cut_id=7), ask()
    assert (first.is_new, again.is_new, again.pk, again.cut_id) == (True, False, first.pk, 7)
    assert booked() == 0
    first.unknown("No answer.")
    first.note_id("p1")
    for call in (first, again):
        call.answered(external_id="p1")
    again.failed("too late")
    assert (booked(), booked(PAYABLE), again.state) == (Decimal("0.06"), Decimal("-0.06"), "answered")
    reported = ask("music:2")
    reported.answered(external_id="p2", reported=Decimal("0.0421337"))
    assert booked() == Decimal("0.102134")
    cost = Transaction.objects.get(external_id=f"provider_call:{reported.pk}")
    assert (cost.kind, cost.happened_at) == ("cost", reported.answered_at), "never on another day than its call"
    free = ask("music:3")
    free.answered(reported=Decimal(0))
    refused = ask("music:4")
    refused.failed("no")
    refused.unknown("too late")
    assert (booked(), refused.state) == (Decimal("0.102134"), "failed")
    assert checks.run() == []


def test_an_id_that_a_provider_gives_twice_is_booked_and_told(db):
    ask().answered(external_id="p1")
    second, third = ask("music:2"), ask("music:3")
    third.note_id("p1")
    for call in (second, third):
        call.answered(external_id="p1", reported=Decimal("0.05"))
        call.refresh_from_db()
        assert (call.state, call.external_id, call.reported) == ("answered", "", Decimal("0.05"))
    assert booked() == Decimal("0.16") and Alert.objects.get().count == 3


def test_what_is_reported_later_is_an_entry_of_its_own(db):
    call = ask()
    call.answered(external_id="p1")
    for reported in ("0.09", "0.09", "0.02", "0.09"):  # up, the same, down, up again
        call.answered(reported=Decimal(reported))
        assert booked() == Decimal(reported) == -booked(PAYABLE)
    assert list(Transaction.objects.order_by("id").values_list("kind", flat=True)) == ["cost", *["true_up"] * 3]
    assert checks.run() == []


@pytest.mark.usefixtures("committed_db")
def test_answers_at_once_are_booked_once():
    def answer(number):
        call = ask()
        call.answered(external_id="p1", reported=Decimal("0.05"))
        return call.is_new

    assert at_once(answer, 12).count(True) == 1
    assert (booked(), ProviderCall.objects.count()) == (Decimal("0.05"), 1)
