"""From a payment at a real sandbox to the ledger: once, to the cent, whatever arrives when, twice or never."""

import itertools
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test import Client

from alerts.models import Alert
from billing import stripe_events
from billing.models import Refund, StripeEvent, TopUp
from billing.tests.stripe_side import START, choose, event_states, post, session_id, work
from ledger import checks
from ledger.models import Lot, Transaction
from ledger.queries import account_balance, balances

pytestmark = pytest.mark.usefixtures("stripe_side")


def start(client, amount="20.00") -> str:
    return session_id(client.post(START, choose(amount)))


def page_of(client, top_up, query="") -> str:
    return client.get(top_up.get_absolute_url() + query).content.decode()


def pay(stripe_side, client, amount="20.00", **how) -> TopUp:
    """A paid top-up, booked by its webhooks; the letters are gone."""
    opened = start(client, amount)
    assert stripe_side.sandbox.pay(opened, **how).status_code == 302
    stripe_side.deliver()
    return TopUp.objects.get(session_id=opened)


@pytest.mark.django_db
def test_it_works_to_the_cent(client_of, member, stripe_side):
    top_up = pay(stripe_side, client_of(member))
    assert (balances(member).paid, balances(member).granted) == (20, 1)
    assert top_up.status == "paid" and top_up.fee > 0 and top_up.receipt_url and top_up.charge_id
    assert account_balance("stripe_fees") == top_up.fee
    assert account_balance("stripe") * 100 == stripe_side.cash(top_up.payment_intent_id)
    assert event_states() <= {"applied", "unhandled"}
    assert checks.run() == []


@pytest.mark.django_db
def test_declined_then_paid(client_of, member, stripe_side):
    client = client_of(member)
    opened = start(client)
    stripe_side.sandbox.decline(opened)
    stripe_side.deliver()
    top_up = TopUp.objects.get()
    assert top_up.status == "open" and "declined" in top_up.failure.lower()
    assert "The bank’s last answer" in page_of(client, top_up, "?left=1")
    stripe_side.sandbox.pay(opened)
    stripe_side.deliver()
    top_up.refresh_from_db()
    assert (top_up.status, top_up.failure, balances(member).paid) == ("paid", "", 20)


@pytest.mark.django_db
def test_strong_customer_authentication(client_of, member, stripe_side):
    opened = start(client_of(member))
    stripe_side.sandbox.pay(opened, "challenge")
    stripe_side.sandbox.answer_challenge(opened, approve=False)
    stripe_side.deliver()
    assert TopUp.objects.get().status == "open" and balances(member).paid == 0
    stripe_side.sandbox.pay(opened, "challenge")
    stripe_side.sandbox.answer_challenge(opened)
    stripe_side.deliver()
    assert TopUp.objects.get().status == "paid" and balances(member).paid == 20


@pytest.mark.django_db
@pytest.mark.parametrize("arrives", [True, False])
def test_a_bank_debit_that_arrives_or_bounces_days_later(client_of, member, stripe_side, arrives):
    client = client_of(member)
    stripe_side.sandbox.pay_by_bank(start(client))
    stripe_side.deliver()
    top_up = TopUp.objects.get()
    assert top_up.status == "processing" and balances(member).paid == 0
    assert "still processing" in page_of(client, top_up)
    stripe_side.sandbox.settle(top_up.payment_intent_id, succeed=arrives)
    stripe_side.deliver()
    top_up.refresh_from_db()
    assert top_up.status == ("paid" if arrives else "failed")
    assert balances(member).paid == (20 if arrives else 0)
    assert ("has arrived" if arrives else "did not go through") in page_of(client, top_up)
    assert event_states() <= {"applied", "unhandled"}


@pytest.mark.django_db
def test_an_expired_page(client_of, member, stripe_side):
    client = client_of(member)
    opened = start(client)
    stripe_side.sandbox.expire(opened)
    stripe_side.deliver()
    top_up = TopUp.objects.get()
    assert top_up.status == "expired" and "Nothing was charged" in page_of(client, top_up)
    assert start(client) != opened, "the same amount may be paid again"


# The page that the member returns to


@pytest.mark.django_db
def test_the_success_page_alone_credits_when_no_webhook_ever_arrives(client_of, member, stripe_side):
    client = client_of(member)
    stripe_side.sandbox.pay(start(client))
    stripe_side.lose()
    top_up = TopUp.objects.get()
    assert "Waiting for Stripe" in page_of(client, top_up, "?paid=1")
    answer = client.post(f"{top_up.get_absolute_url()}refresh/", headers={"HX-Request": "true"})
    assert "$20.00 has arrived" in answer.content.decode()
    work()
    top_up.refresh_from_db()
    assert balances(member).paid == 20 and account_balance("stripe_fees") == top_up.fee > 0


@pytest.mark.django_db
def test_the_success_page_says_when_stripe_is_silent(client_of, member, stripe_side):
    client = client_of(member)
    stripe_side.sandbox.pay(start(client))
    stripe_side.sandbox.fault(status=500, path="checkout/sessions", times=1)
    top_up = TopUp.objects.get()
    answer = client.post(f"{top_up.get_absolute_url()}refresh/", headers={"HX-Request": "true"})
    assert answer.status_code == 200 and "Stripe has not answered yet" in answer.content.decode()
    stripe_side.deliver()
    assert balances(member).paid == 20


def test_refreshes_and_webhooks_at_the_same_moment_credit_once(committed_db, make_people, stripe_side):
    (member,) = make_people("")
    client = Client()
    client.force_login(member)
    stripe_side.sandbox.pay(start(client))
    letters = stripe_side.letters()
    top_up = TopUp.objects.get()
    together = threading.Barrier(8)

    def act(number):
        try:
            together.wait(10)
            if number % 2:
                return client.post(f"{top_up.get_absolute_url()}refresh/").status_code
            return [post(letter).status_code for letter in letters] and apply_all()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(act, range(8)))
    assert set(answers) == {302, "applied"}
    work()
    assert Transaction.objects.filter(kind="top_up").count() == 1
    assert (balances(member).paid, balances(member).granted) == (20, 1)
    assert checks.run() == []


def apply_all() -> str:
    for event in StripeEvent.objects.all():
        with transaction.atomic():
            stripe_events.apply_event(event.pk)
    return "applied"


# The fee


@pytest.mark.django_db
def test_the_fee_is_booked_when_stripe_answers_again(client_of, member, stripe_side):
    stripe_side.sandbox.pay(start(client_of(member)))
    stripe_side.sandbox.fault(status=500, path="payment_intents", times=6)
    stripe_side.deliver()
    top_up = TopUp.objects.get()
    assert top_up.fee is not None, "an hour without Stripe is no reason to give up"
    assert account_balance("stripe_fees") == top_up.fee
    assert not Alert.objects.exists()


# Refunds


def refund_by_api(stripe_side, top_up, cents):
    return stripe_side.api.refunds.create({"payment_intent": top_up.payment_intent_id, "amount": cents})


@pytest.mark.django_db
def test_refunds_from_the_dashboard_and_by_api(client_of, member, stripe_side):
    top_up = pay(stripe_side, client_of(member))
    stripe_side.sandbox.refund(top_up.payment_intent_id, 500)
    stripe_side.deliver()
    assert balances(member).paid == 15
    refund_by_api(stripe_side, top_up, 300)
    stripe_side.deliver()
    assert balances(member).paid == 12
    stripe_side.sandbox.refund(top_up.payment_intent_id)
    stripe_side.deliver()
    assert (balances(member).paid, balances(member).granted, balances(member).debt) == (0, 0, 0)
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [3, 5, 12]
    assert account_balance("stripe") * 100 == stripe_side.cash(top_up.payment_intent_id)
    assert event_states() <= {"applied", "unhandled"}
    assert checks.run() == []


@pytest.mark.django_db
def test_charge_refunded_alone_still_books(client_of, member, stripe_side):
    top_up = pay(stripe_side, client_of(member))
    stripe_side.sandbox.refund(top_up.payment_intent_id, 500)
    refund_by_api(stripe_side, top_up, 100)
    stripe_side.lose("refund.created", "refund.updated", "charge.refund.updated", "refund.failed")
    assert [letter["type"] for letter in stripe_side.letters()] == ["charge.refunded"] * 2
    stripe_side.deliver()
    assert balances(member).paid == 14 and Refund.objects.count() == 2


@pytest.mark.django_db
def test_charge_refunded_before_its_payment_waits_for_it(client_of, member, stripe_side):
    stripe_side.sandbox.pay(start(client_of(member)))
    paid = stripe_side.letters()
    intent = stripe_side.api.checkout.sessions.retrieve(TopUp.objects.get().session_id).payment_intent
    stripe_side.sandbox.refund(intent, 500)
    refunded = stripe_side.letters("charge.refunded")
    for letter in refunded:
        post(letter)
    work(rounds=7)
    stripe_side.deliver(paid)
    work()
    assert balances(member).paid == 15


def projection(member) -> tuple:
    """What any order of the same events must end in."""
    left = Lot.objects.filter(member=member).order_by("kind", "amount").values_list("kind", "amount", "remaining")
    booked = Transaction.objects.order_by("external_id").values_list("external_id", "kind", "amount")
    return balances(member), tuple(left), tuple(booked), Refund.objects.count(), checks.run() == []


def replayed(letters, member) -> tuple:
    """The projection after these letters, each delivered as often as it stands there; then all is undone."""
    with transaction.atomic():
        for number, letter in enumerate(letters):
            assert post(letter).status_code == 200
            if number % 3 == 2:
                work(rounds=1)
        work()
        ended = projection(member)
        assert event_states() <= {"applied", "unhandled"}
        transaction.set_rollback(True)
    return ended


def orders(letters, count=8):
    """Backwards, and shuffled; each letter up to three times."""
    yield letters[::-1]
    yield letters[::-1] + letters
    for seed in range(count):
        dice = random.Random(seed)
        shuffled = [letter for letter in letters for _ in range(dice.randint(1, 3))]
        dice.shuffle(shuffled)
        yield shuffled


@pytest.mark.django_db
def test_any_order_and_number_of_deliveries_ends_in_the_same_books(client_of, member, stripe_side):
    stripe_side.sandbox.pay(start(client_of(member)))
    intent = stripe_side.api.checkout.sessions.retrieve(TopUp.objects.get().session_id).payment_intent
    stripe_side.sandbox.refund(intent, 500)
    stripe_side.sandbox.refund(intent, 250)
    letters = stripe_side.letters()
    assert {"checkout.session.completed", "charge.refunded", "refund.created"} <= {each["type"] for each in letters}
    straight = replayed(letters, member)
    assert straight[0].paid == 12.5 and straight[-1] is True
    for order in orders(letters):
        assert replayed(order, member) == straight


@pytest.mark.django_db
@pytest.mark.parametrize("card", ["refund_fails", "refund_pending"])
def test_refunds_that_end_late_in_any_order(client_of, member, stripe_side, card):
    top_up = pay(stripe_side, client_of(member), card=card)
    stripe_side.sandbox.refund(top_up.payment_intent_id, 500)
    refund = stripe_side.api.refunds.list({"payment_intent": top_up.payment_intent_id}).data[0]
    if refund.status == "pending":
        stripe_side.sandbox.complete_refund(refund.id)
    elif refund.status != "failed":
        stripe_side.sandbox.fail_refund(refund.id)
    expected = 20 if card == "refund_fails" else 15
    letters = stripe_side.letters()
    straight = replayed(letters, member)
    assert straight[0].paid == expected
    for order in itertools.islice(orders(letters), 5):
        found = replayed(order, member)
        assert found[0] == straight[0] and found[1] == straight[1] and found[-1] is True
