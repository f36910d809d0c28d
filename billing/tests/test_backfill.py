"""All webhooks lost: one run over Stripe's list of events puts every balance right."""

import pytest
from django.utils import timezone

from alerts.models import Alert
from billing import backfill
from billing.models import Backfill, StripeEvent, TopUp
from billing.tests.stripe_side import START, choose, session_id, work
from ledger.queries import balances

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("sandbox")]


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(backfill, "ON_THEIR_WAY", timezone.timedelta(0))


def pay_and_refund(client_of, member, stripe_side):
    session = session_id(client_of(member).post(START, choose()))
    stripe_side.sandbox.pay(session)
    intent = stripe_side.api.checkout.sessions.retrieve(session).payment_intent
    stripe_side.sandbox.refund(intent, 500)
    stripe_side.lose()


def test_it_works(client_of, member, stripe_side):
    pay_and_refund(client_of, member, stripe_side)
    assert not StripeEvent.objects.exists() and balances(member).paid == 0
    run = backfill.fetch_missed()
    work()
    assert run.found == StripeEvent.objects.count() > 0
    assert TopUp.objects.get().status == "paid" and balances(member).paid == 15
    assert Alert.objects.filter(fingerprint="billing.backfill").exists()


def test_what_arrived_is_not_fetched_again(client_of, member, stripe_side):
    stripe_side.sandbox.pay(session_id(client_of(member).post(START, choose())))
    stripe_side.deliver()
    arrived = {event.event_id: event.attempts for event in StripeEvent.objects.all()}
    backfill.fetch_missed()
    work()
    kept = StripeEvent.objects.filter(event_id__in=arrived)
    assert {event.event_id: event.attempts for event in kept} == arrived
    assert balances(member).paid == 20
    assert backfill.fetch_missed().found == 0


def test_the_next_run_begins_where_the_last_ended(stripe_side):
    first, second = backfill.fetch_missed(), backfill.fetch_missed()
    assert second.since == first.until - backfill.OVERLAP
    assert Backfill.objects.count() == 2


def test_more_events_than_a_page_holds(client_of, member, stripe_side, monkeypatch):
    monkeypatch.setattr(backfill.stripe_api, "PAGE", 1)
    pay_and_refund(client_of, member, stripe_side)
    backfill.fetch_missed()
    work()
    assert balances(member).paid == 15


def test_every_handled_type_is_asked_for_within_stripes_limit(monkeypatch):
    asked = []

    def answer(resource, method, wanted):
        asked.append(wanted["types"])
        return {"data": [], "has_more": False}

    monkeypatch.setattr(backfill.stripe_api, "call", answer)
    backfill.fetch_missed()
    assert max(map(len, asked)) <= 20 and sorted(type_ for types in asked for type_ in types) == sorted(
        backfill.HANDLERS
    )
