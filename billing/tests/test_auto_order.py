"""Whatever the order, the repetition, the delay or the loss of Stripe's words about an auto top-up: one end."""

import itertools
import json

import pytest

from accounts.models import QueuedMail
from billing import auto_top_ups, backfill, stripe_events, webhook
from billing.models import AutoTopUp, FailedPayment, StripeEvent, TopUp
from billing.tests.auto import agreed, spend
from billing.tests.stripe_side import work
from ledger import checks
from ledger.models import Transaction
from ledger.tests.make import stands
from tests.cast import forgotten

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_side")]
ANSWER, LOST = "answer", "lost"


@pytest.fixture(autouse=True)
def mails_wait(monkeypatch):
    monkeypatch.setattr("accounts.mail.deliver", lambda mail: None)


def told(member, attempt, order) -> dict:
    """The events in this order, with the API's own answer at its place in it; what was lost is found by the list."""
    with forgotten():
        for each in order:
            if each == ANSWER:
                auto_top_ups.carry_out(type(attempt).objects.get(pk=attempt.pk))
            elif each == LOST:
                continue
            else:
                event = webhook.parsed(json.dumps(each))
                if not StripeEvent.objects.filter(event_id=event.event_id).exists():
                    backfill._store(each)
                stripe_events.apply_event(StripeEvent.objects.get(event_id=event.event_id).pk)
        work()
        assert checks.run() == []
        return {
            "money": stands(member),
            "booked": set(Transaction.objects.exclude(external_id=None).values_list("external_id", "kind", "amount")),
            "top-up": TopUp.objects.values_list("status", "cash", "fee", "card", "payment_intent_id").get(),
            "failures": AutoTopUp.objects.get().failures,
            "log": list(FailedPayment.objects.values_list("attempt_id", "decline_code")),
            "mails": list(QueuedMail.objects.values_list("subject", flat=True)),
        }


@pytest.mark.parametrize("card", ["pay", "fails_later"])
def test_any_order_ends_the_same(member, stripe_side, card, thorough):
    agreed(stripe_side, member, card)
    spend(member)
    attempt = auto_top_ups.claim(member.pk)
    with forgotten():
        auto_top_ups.carry_out(attempt)
        intent = TopUp.objects.get().payment_intent_id
    events = [event for event in stripe_side.sandbox.stream(intent) if not event["type"].startswith("customer")]
    whole = [*events, ANSWER]
    first = told(member, attempt, whole)
    assert len(first["mails"]) == 1 and len(events) >= 3
    orders = [whole[::-1] + events, [LOST, ANSWER, *events[1:]]]
    if thorough:
        orders += itertools.permutations(whole)
    for order in orders:
        assert told(member, attempt, order) == first
