"""Failed payments: each attempt a row, with what became of the payment."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from billing import checkout, stripe_events
from billing.models import FailedPayment, TopUp
from billing.tests.make import make_session, make_top_up, store_event
from memberships.tests.test_panel_auto_top_ups import make_attempt, make_auto

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/billing/panels/failed_payments/"


def decline(top_up, charge="ch_1", code="insufficient_funds", card=("visa", "9995")):
    error = {
        "charge": charge,
        "code": "card_declined",
        "decline_code": code,
        "advice_code": "try_again_later",
        "message": "Your card has insufficient funds.",
        "payment_method": {"card": {"brand": card[0], "last4": card[1]}},
    }
    intent = {"id": "pi_1", "metadata": {"top_up": str(top_up.public_id)}, "last_payment_error": error}
    return stripe_events.apply_event(store_event("payment_intent.payment_failed", intent).pk)


def outcome():
    return FailedPayment.objects.with_outcome().get().outcome


def text_of(client, query=""):
    return client.get(PANEL + query, headers={"HX-Request": "true"}).content.decode()


def test_it_works(client_of, supporter, member):
    decline(make_top_up(member))
    text = text_of(client_of(supporter))
    for words in (member.email, "$20.00", "Visa 9995", "insufficient_funds", "try again later", "Open"):
        assert words in text


def test_it_shows_nothing_yet(client_of, accountant):
    assert "No failed payments" in text_of(client_of(accountant))


def test_one_attempt_told_twice_is_one_row(member):
    top_up = make_top_up(member)
    decline(top_up)
    decline(top_up)
    decline(top_up, charge="ch_2")
    assert FailedPayment.objects.count() == 2


@pytest.mark.parametrize("told", [(0, 1, 2), (1, 0, 2), (1, 2, 0)])
def test_stripes_newest_word_on_an_attempt_counts_in_whatever_order_it_arrives(member, told):
    """The intent and its charge tell one attempt in the same second; a later word is another."""
    top_up = make_top_up(member)
    by_name = {"metadata": {"top_up": str(top_up.public_id)}}
    error = {"charge": "ch_1", "code": "card_declined", "message": "Your card was declined."}
    intent = ("payment_intent.payment_failed", {"id": "pi_1", "last_payment_error": error, **by_name}, 1_700_000_000)
    outcome = {"reason": "generic_decline", "advice_code": "try_again_later"}
    charge = ("charge.failed", {"id": "ch_1", "outcome": outcome, **by_name}, 1_700_000_000)
    later = {"failure_code": "card_declined", "outcome": {"reason": "lost_card"}, "failure_message": "It is lost."}
    tellings = [intent, charge, ("charge.failed", {"id": "ch_1", **later, **by_name}, 1_700_000_060)]
    for number in [each for each in told if each < 2]:
        type_, thing, created = tellings[number]
        stripe_events.apply_event(store_event(type_, thing, created=created).pk)
    row = FailedPayment.objects.get()
    assert (row.code, row.decline_code, row.advice) == ("card_declined", "generic_decline", "try_again_later")
    assert row.message == TopUp.objects.get(pk=top_up.pk).failure == "Your card was declined."
    for number in (2, *told):
        type_, thing, created = tellings[number]
        stripe_events.apply_event(store_event(type_, thing, created=created).pk)
    row.refresh_from_db()
    assert (row.decline_code, row.advice, row.message) == ("lost_card", "", "It is lost.")
    assert TopUp.objects.get(pk=top_up.pk).failure == "It is lost." and FailedPayment.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "open"}, "open"),
        ({"status": "paid", "card": "Visa 9995"}, "recovered"),
        ({"status": "paid", "card": "Visa 4242"}, "card_changed"),
        ({"status": "expired"}, "lost"),
        ({"status": "failed"}, "lost"),
    ],
)
def test_the_outcome_is_how_the_payment_stands_now(member, changes, expected):
    top_up = make_top_up(member)
    decline(top_up)
    stripe_events.apply_event(store_event("checkout.session.completed", make_session(top_up)).pk)
    type(top_up).objects.filter(pk=top_up.pk).update(**changes)
    assert outcome() == expected


def test_an_auto_top_up_is_open_while_another_attempt_may_follow(member):
    auto = make_auto(member)
    decline(make_attempt(auto, "failed").top_up)
    assert outcome() == "open"
    type(auto).objects.update(is_on=False)
    assert outcome() == "lost"
    decline(make_top_up(member, status="failed"), charge="ch_2")
    make_attempt(auto)
    TopUp.objects.filter(status="paid").update(paid_at=timezone.now() + timedelta(seconds=1))
    found = FailedPayment.objects.with_outcome().order_by("pk")
    assert [row.outcome for row in found] == ["recovered", "lost"]


@pytest.mark.parametrize(
    ("cards", "expected"), [(["decline", "no_funds", "pay"], "card_changed"), (["decline", "no_funds"], "lost")]
)
def test_each_attempt_at_stripe_is_a_row_with_its_outcome(member, stripe_side, cards, expected):
    top_up = checkout.start(member, Decimal(20), uuid.uuid4())
    for card in cards:
        stripe_side.sandbox.pay(top_up.session_id, card)
    if expected == "lost":
        stripe_side.sandbox.expire(top_up.session_id)
    stripe_side.deliver()
    rows = FailedPayment.objects.with_outcome().order_by("pk")
    assert [(row.code, row.decline_code, row.card, row.outcome) for row in rows] == [
        ("card_declined", "generic_decline", "Visa 0002", expected),
        ("card_declined", "insufficient_funds", "Visa 9995", expected),
    ]
    assert all(row.top_up.amount == 20 and row.advice_in_words and row.message for row in rows)


def test_it_filters_and_finds(client_of, supporter, member):
    decline(make_top_up(member))
    client = client_of(supporter)
    for query in ("?outcome=open", "?q=insufficient_funds", "?q=member", "?q=ch_1", "?since=7", "?since=nonsense"):
        assert member.email in text_of(client, query)
    assert "Nothing matches" in text_of(client, "?outcome=lost")


def test_it_filters_by_time(client_of, supporter, member):
    decline(make_top_up(member))
    FailedPayment.objects.update(happened_at=timezone.now() - timedelta(days=8))
    client = client_of(supporter)
    assert "Nothing matches" in text_of(client, "?since=7") and "Last 7 days" in text_of(client, "?since=7")
    assert member.email in text_of(client, "?since=30")


def test_it_leads_to_the_member_and_the_payment(client_of, accountant, member):
    top_up = make_top_up(member)
    decline(top_up)
    text = text_of(client_of(accountant))
    assert f"/admin/billing/top-ups/{top_up.pk}/" in text and f"member_lookup.member={member.pk}" in text
    page = client_of(accountant).get(f"/admin/billing/top-ups/{top_up.pk}/").content.decode()
    for words in ("Visa 9995", "insufficient_funds", "try again later", "Open"):
        assert words in page


@pytest.mark.parametrize(
    ("code", "words"),
    [("do_not_try_again", "do not try this card again"), ("a_new_one", "a new one"), ("", "")],
)
def test_advice_is_told_in_words(code, words):
    assert FailedPayment(advice=code).advice_in_words == words


def test_the_file_holds_the_rows(client_of, supporter, member):
    decline(make_top_up(member))
    answer = client_of(supporter).get(PANEL + "?format=csv&outcome=open&since=30")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 2 and "card_declined,insufficient_funds,try_again_later,try again later" in lines[1]
    assert f",{member.email},20.00,Visa 9995," in lines[1]
    assert "open_30" in answer["Content-Disposition"]
    exported = AuditEvent.objects.get(verb="billing.exported")
    assert exported.after == {"outcome": "open", "since": "30"}


def test_it_requires_billing_read(client_of, marketer):
    assert client_of(marketer).get(PANEL).status_code == 403
