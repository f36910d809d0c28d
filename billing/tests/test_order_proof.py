"""Whatever the order, the repetition, the delay or the loss of Stripe's events: the same stands at the end.

Each example takes a recorded stream (streams/README.md) and lets the member spend at some places in it. Stripe's events
between two of these places come in any order, some twice, some late; lost ones are found in the list of events.
"""

import functools
import json
import random
from contextlib import suppress
from decimal import Decimal
from typing import NamedTuple

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import backfill, stripe_api, stripe_events, webhook
from billing.models import Dispute, Refund, StripeEvent, TopUp
from billing.models.top_up import CHECKOUT_LIFETIME
from billing.tests.recorded import Recorded, names
from jobs.models import Job
from jobs.registry import HANDLERS, Retry
from ledger import checks, posting
from ledger.models import Lot, Transaction
from ledger.tests.make import make_member, stands
from tests.cast import forgotten

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900), pytest.mark.xdist_group("order")]  # begins early
STREAMS = {name: Recorded(name) for name in names()}
AMOUNTS = [Decimal(text) for text in ("0.40", "3", "7.5", "12", "19.99", "20", "45")]
BONUSES = [Decimal(0), Decimal(1), Decimal("2.50")]


class Plan(NamedTuple):
    """What is told in different orders: a stream, the bonus of its top-ups, and what the member spends where in it."""

    stream: str
    bonus: Decimal
    parts: tuple[tuple[int, ...], ...]
    spending: tuple[tuple[str, Decimal], ...]


@functools.cache
def plan(seed: int, stream: str, number: int) -> Plan:
    """Each run has others, and tells each several times: how it ends in Stripe's own order is found out once."""
    chance = random.Random(f"{seed} {stream} {number}")
    count = len(STREAMS[stream].events)
    places = sorted(chance.sample(range(1, count + 1), min(count, chance.randint(0, 3))))
    parts = tuple(tuple(range(start, end)) for start, end in zip([0, *places], [*places, count], strict=True))
    spending = tuple((chance.choice(["charge", "hold", "settle"]), chance.choice(AMOUNTS)) for _ in places)
    return Plan(stream, chance.choice(BONUSES), parts, spending)


@st.composite
def stories(draw, seed, plans):
    """One of a stream's plans, and how the events of each of its parts arrive."""
    of = plan(seed, draw(st.sampled_from(sorted(STREAMS))), draw(st.integers(0, plans - 1)))
    arrivals = []
    for part in of.parts:
        end = part[-1] + 1 if part else len(STREAMS[of.stream].events)
        lost = set(draw(st.sets(st.sampled_from(part), max_size=2))) if part else set()
        again = draw(st.lists(st.integers(0, end - 1), max_size=3))
        arrivals.append((draw(st.permutations([step for step in part if step not in lost] + again)), lost))
    return of, arrivals


class Answers:
    """Stripe in the middle of a stream: what was recorded at its end, with all that changes as it stands then."""

    def until(self, stream, step: int) -> None:
        """From now on the first `step` events of the stream have happened."""
        self.stream, self.known = stream, {}
        for event in stream.events[:step]:
            thing = event["data"]["object"]
            self.known[thing["id"]] = thing

    def call(self, resource: str, method: str, *asked) -> dict:
        if method == "list" and resource in ("refunds", "disputes"):
            charge = asked[0]["charge"]
            kind = resource.removesuffix("s")
            found = [thing for thing in self.known.values() if thing["object"] == kind and thing["charge"] == charge]
            return {"data": found[::-1], "has_more": False}
        answer = self.stream.call(resource, method, *asked)
        if resource == "payment_intents" and (charge := self.known.get((answer["latest_charge"] or {}).get("id"))):
            answer["latest_charge"] |= {name: charge[name] for name in ("amount_refunded", "disputed")}
        return self.known.get(answer["id"], answer) if resource == "checkout.sessions" else answer


class Play:
    """One telling of a stream to the project, in a database that forgets it afterwards."""

    def __init__(self, stream, bonus):
        self.stream, self.member, self.holds = stream, make_member(), []
        for session in stream.of("checkout.session"):
            TopUp.objects.create(
                public_id=session["metadata"]["top_up"],
                member=self.member,
                amount=Decimal(session["amount_subtotal"]) / 100,
                bonus=bonus,
                status=TopUp.Status.OPEN,
                session_id=session["id"],
                checkout_url="http://localhost/pay",
                form_key=session["metadata"]["top_up"],
                expires_at=timezone.now() + CHECKOUT_LIFETIME,
            )

    def arrives(self, step: int) -> None:
        """One event, as the webhook takes it; then the work that follows."""
        event = webhook.parsed(json.dumps(self.stream.events[step]))
        webhook.store(event)
        stripe_events.apply_event(StripeEvent.objects.get(event_id=event.event_id).pk)
        self.work()

    def is_found(self, lost) -> None:
        """What never came is listed from Stripe, as every quarter of an hour."""
        for step in sorted(lost):
            if not StripeEvent.objects.filter(event_id=self.stream.events[step]["id"]).exists():
                backfill._store(self.stream.events[step])
                self.arrives(step)

    def waits(self) -> None:
        """Events whose payment was not there yet come back, until nothing moves any more."""
        for _ in self.stream.events:
            waiting = list(StripeEvent.objects.filter(state="waiting").order_by("-pk"))
            if not sum(stripe_events.apply_event(event.pk).state != "waiting" for event in waiting):
                return
            self.work()

    def work(self) -> None:
        while jobs := list(Job.objects.filter(state="new").exclude(kind="billing.apply_event")):
            for job in jobs:
                with suppress(Retry):
                    HANDLERS[job.kind].function(job)
                job.delete()

    def spends(self, how: str, amount: Decimal) -> None:
        """What is not covered is refused, in every telling alike."""
        try:
            if how == "charge":
                posting.charge(self.member, amount, service="poem")
            elif how == "hold":
                until = timezone.now() + timezone.timedelta(hours=1)
                held = posting.hold(self.member, amount, service="poem", expires_at=until)
                self.holds.append((held.hold_id, amount))
            elif self.holds:
                number, held = self.holds.pop()
                posting.settle(number, min(held, amount))
        except posting.NotCovered:
            return

    def ends(self) -> dict:
        """The projection: balances, lots, what is booked, and where everything stands."""
        lots = Lot.objects.filter(member=self.member).order_by("transaction__external_id", "kind")
        booked = Transaction.objects.exclude(external_id=None).values_list("external_id", "kind", "amount")
        return {
            "balances": stands(self.member) if hasattr(self.member, "wallet") else None,
            "lots": [
                (lot.transaction.external_id, lot.kind, lot.remaining, lot.clawed, bool(lot.frozen_at))
                for lot in lots.select_related("transaction")
            ],
            "booked": set(booked),
            "top-ups": list(TopUp.objects.order_by("session_id").values_list("session_id", "status", "fee")),
            "refunds": set(Refund.objects.values_list("stripe_id", "status", "amount")),
            "disputes": set(Dispute.objects.values_list("stripe_id", "status", "amount", "answered")),
            "events": set(StripeEvent.objects.exclude(state__in=("applied", "unhandled")).values_list("type", "error")),
        }


def told(stripe, stream, bonus, spending, arrivals, *, proven=False) -> dict:
    with forgotten():
        play = Play(stream, bonus)
        happened = set()
        for number, (steps, lost) in enumerate(arrivals):
            steps = list(steps)
            happened |= {*steps, *lost}
            stripe.until(stream, max(happened, default=-1) + 1)
            for step in steps:
                play.arrives(step)
            play.is_found(lost)
            play.waits()
            if number < len(spending):
                play.spends(*spending[number])
        assert not proven or checks.run() == []
        return play.ends()


@pytest.fixture(autouse=True)
def ours(monkeypatch, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_recorded"
    yield


@pytest.fixture
def stripe(monkeypatch):
    """Stripe answers from the stream that is told, knowing nothing of what happens later."""
    asked = Answers()
    monkeypatch.setattr(stripe_api, "call", asked.call)
    return asked


def test_any_order_ends_the_same(stripe, request, thorough):
    inline, examples = {}, 500 if thorough else 100

    @given(story=stories(request.config.getoption("randomly_seed", 0), plans=6 if thorough else 2))
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    def tell(story):
        of, arrivals = story
        stream = STREAMS[of.stream]
        if of not in inline:
            inline[of] = told(stripe, stream, of.bonus, of.spending, [(part, ()) for part in of.parts])
        assert told(stripe, stream, of.bonus, of.spending, arrivals, proven=True) == inline[of]

    tell()


@pytest.mark.parametrize("name", sorted(STREAMS))
def test_every_stream_is_handled_to_its_end_backwards_and_lost_too(stripe, name):
    stream = STREAMS[name]
    steps = range(len(stream.events))
    inline = told(stripe, stream, Decimal(1), [], [(steps, ())])
    assert inline["events"] == set()
    assert told(stripe, stream, Decimal(1), [], [(reversed(steps), ())]) == inline
    assert told(stripe, stream, Decimal(1), [], [((), set(steps))]) == inline
