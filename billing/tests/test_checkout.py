"""Starting a payment at a real sandbox: once, whatever the member's fingers and Stripe's network do."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client

from alerts.models import Alert
from billing.models import TopUp
from billing.tests.lost_answer import lost_answers
from billing.tests.stripe_side import START, choose, event_states, session_id
from ledger.queries import balances
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("stripe_side")


def follow(client, response):
    """The page behind a redirect within our own site."""
    assert response.status_code == 302 and response["Location"].startswith("/me/credit/"), response.headers
    return client.get(response["Location"]).content.decode()


def reopen(client, top_up):
    return client.post(f"{top_up.get_absolute_url()}reopen/")


@pytest.mark.django_db
def test_it_works(client_of, member, stripe_side):
    opened = session_id(client_of(member).post(START, choose()))
    top_up = TopUp.objects.get()
    session = stripe_side.api.checkout.sessions.retrieve(opened)
    assert (top_up.status, top_up.session_id, top_up.bonus) == ("open", opened, 1)
    assert (session.amount_total, session.currency, session.mode) == (2000, "usd", "payment")
    assert (session.client_reference_id, session.customer_email) == (str(member.pk), member.email)
    assert session.metadata["top_up"] == str(top_up.public_id)
    assert abs(session.expires_at - top_up.expires_at.timestamp()) < 2


def test_the_row_is_committed_before_stripe_is_called(committed_db, make_people, stripe_side):
    (member,) = make_people("")
    stripe_side.sandbox.fault(seconds=1.5, path="checkout/sessions", times=1)
    with ThreadPoolExecutor(1) as pool:
        pressed = pool.submit(press, member, choose())
        wait_until(TopUp.objects.filter(status="creating", session_id=None).exists, 3)
        key = TopUp.objects.get().idempotency_key
        assert not pressed.done()
        session_id(pressed.result())
    assert TopUp.objects.get().idempotency_key == key


# Fingers


def press(member, sent):
    """One press of the button, in a browser of its own, and of the one on the page that it leads to; for threads.

    The answer `is_straight` where the first press led to Stripe.
    """
    client, until = Client(), time.monotonic() + 20
    client.force_login(member)
    try:
        answer = client.post(START, sent)
        is_straight = not answer["Location"].startswith("/me/")
        while answer["Location"].startswith("/me/credit/top-ups/") and time.monotonic() < until:
            answer = client.post(f"{answer['Location']}reopen/")
        answer.is_straight = is_straight
        return answer
    finally:
        connection.close()


def press_at_once(member, forms) -> list:
    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(lambda sent: press(member, sent), forms))


def test_ten_presses_of_one_form_open_one_page(committed_db, make_people, stripe_side):
    (member,) = make_people("")
    answers = press_at_once(member, [choose(form_key=str(uuid.uuid4()))] * 10)
    assert len({session_id(answer) for answer in answers}) == 1
    assert any(answer.is_straight for answer in answers)
    assert [session.id for session in stripe_side.sessions_of(TopUp.objects.get())] == [session_id(answers[0])]


def test_ten_tabs_with_one_amount_open_one_page(committed_db, make_people, stripe_side):
    (member,) = make_people("")
    answers = press_at_once(member, [choose() for _ in range(10)])
    assert len({session_id(answer) for answer in answers}) == 1
    assert any(answer.is_straight for answer in answers)
    assert len(stripe_side.sessions_of(TopUp.objects.get())) == 1


@pytest.mark.django_db
def test_a_press_that_meets_its_twin_at_stripe_waits_for_its_answer(client_of, member, stripe_side):
    stripe_side.sandbox.fault(status=409, path="checkout/sessions", times=3)
    session_id(client_of(member).post(START, choose()))
    assert TopUp.objects.get().attempt == 1, "the same key, or there would be two sessions"


@pytest.mark.django_db
def test_a_twin_that_is_never_answered_ends_on_our_page(client_of, member, stripe_side):
    client = client_of(member)
    stripe_side.sandbox.fault(status=409, path="checkout/sessions")
    assert "Try again" in follow(client, client.post(START, choose()))
    assert TopUp.objects.get().attempt == 1


def test_two_tabs_with_two_amounts_open_two_pages(committed_db, make_people):
    (member,) = make_people("")
    answers = press_at_once(member, [choose("5.00"), choose("50.00")])
    assert len({session_id(answer) for answer in answers}) == 2
    assert all(answer.is_straight for answer in answers)
    assert sorted(TopUp.objects.values_list("amount", flat=True)) == [5, 50]


def test_two_members_with_one_amount_open_two_pages(committed_db, make_people):
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, make_people("", ""), [choose(), choose()]))
    assert len({session_id(answer) for answer in answers}) == 2
    assert all(answer.is_straight for answer in answers)


@pytest.mark.django_db
def test_a_key_of_somebody_else_is_of_no_use(client_of, member, outsider):
    key = str(uuid.uuid4())
    theirs = session_id(client_of(outsider).post(START, choose(form_key=key)))
    response = client_of(member).post(START, choose(form_key=key))
    assert response.status_code == 422 and theirs not in response.content.decode()
    assert not member.top_ups.exists()


@pytest.mark.django_db
def test_the_back_button_after_paying_pays_nothing_twice(client_of, member, stripe_side, settings):
    client, sent = client_of(member), choose()
    opened = session_id(client.post(START, sent))
    stripe_side.sandbox.pay(opened)
    assert session_id(client.post(START, sent)) == opened, "the webhook is still under way: the page that is paid"
    assert session_id(client.post(START, choose())) == opened
    stripe_side.deliver()
    assert "$20.00 has arrived" in follow(client, client.post(START, sent))
    stripe_side.sandbox.pay(opened)
    stripe_side.deliver()
    assert balances(member).paid == 20
    assert len(stripe_side.sessions_of(TopUp.objects.get())) == 1
    paid = stripe_side.api.payment_intents.list({"customer": member.stripe_customers.get().stripe_id}).data
    assert [intent.amount_received for intent in paid] == [2000]


@pytest.mark.django_db
def test_the_paid_form_sent_again_is_no_matter_of_the_daily_limit(client_of, member, stripe_side, monkeypatch):
    client, sent = client_of(member), choose()
    stripe_side.sandbox.pay(session_id(client.post(START, sent)))
    stripe_side.deliver()
    monkeypatch.setattr("billing.checkout.left_today", lambda member, **besides: Decimal(1))
    assert "$20.00 has arrived" in follow(client, client.post(START, sent))
    assert "more today" in client.post(START, choose()).content.decode()


@pytest.mark.django_db
def test_a_new_payment_of_the_same_amount_is_possible_afterwards(client_of, member, stripe_side):
    client = client_of(member)
    for _ in range(2):
        stripe_side.sandbox.pay(session_id(client.post(START, choose())))
        stripe_side.deliver()
    assert balances(member).paid == 40


# Stripe's network


@pytest.mark.django_db
@pytest.mark.parametrize("when", ["before", "after"])
def test_after_a_500_the_next_try_takes_a_new_key(client_of, member, stripe_side, when):
    client = client_of(member)
    stripe_side.sandbox.fault(status=500, when=when, path="checkout/sessions", times=1)
    page = follow(client, client.post(START, choose()))
    top_up = TopUp.objects.get()
    assert "Stripe has not answered yet" in page and "nothing was charged" in page
    assert (top_up.status, top_up.attempt) == ("creating", 2)
    opened = session_id(reopen(client, top_up))
    top_up.refresh_from_db()
    assert (top_up.status, top_up.session_id) == ("open", opened)
    stripe_side.sandbox.pay(opened)
    for session in stripe_side.sessions_of(top_up):
        stripe_side.sandbox.expire(session.id)  # the one whose address nobody ever had
    stripe_side.deliver()
    assert balances(member).paid == 20
    assert event_states() <= {"applied", "unhandled"}


@pytest.mark.django_db
def test_an_answer_that_was_lost_is_asked_for_with_the_same_key(client_of, member, stripe_side, settings):
    client, sent = client_of(member), choose()
    with lost_answers(stripe_side.sandbox.url) as settings.STRIPE_API_BASE:
        page = follow(client, client.post(START, sent))
    top_up = TopUp.objects.get()
    assert "Try again" in page
    assert (top_up.status, top_up.attempt, top_up.session_id) == ("creating", 1, None)
    (session,) = stripe_side.sessions_of(top_up)
    settings.STRIPE_API_BASE = stripe_side.sandbox.url
    assert session_id(client.post(START, sent)) == session.id
    assert session_id(reopen(client, top_up)) == session.id
    assert len(stripe_side.sessions_of(top_up)) == 1


@pytest.mark.django_db
def test_a_lost_answer_and_another_customer_meanwhile(client_of, member, stripe_side, settings):
    """The parameters of the repeated call differ, which Stripe refuses for the same key: then a new one is taken."""
    client = client_of(member)
    with lost_answers(stripe_side.sandbox.url) as settings.STRIPE_API_BASE:
        follow(client, client.post(START, choose()))
    settings.STRIPE_API_BASE = stripe_side.sandbox.url
    top_up = TopUp.objects.get()
    stripe_side.sandbox.pay(session_id(client.post(START, choose("5.00"))))
    stripe_side.deliver()
    opened = session_id(reopen(client, top_up))
    stripe_side.sandbox.pay(opened)
    stripe_side.deliver()
    assert balances(member).paid == 25


@pytest.mark.django_db
def test_too_many_requests_keep_the_key(client_of, member, stripe_side):
    client = client_of(member)
    stripe_side.sandbox.fault(status=429, path="checkout/sessions", times=1)
    assert "Stripe has not answered yet" in follow(client, client.post(START, choose()))
    top_up = TopUp.objects.get()
    assert (top_up.status, top_up.attempt) == ("creating", 1)
    session_id(reopen(client, top_up))


@pytest.mark.django_db
def test_a_silent_stripe_is_given_up(client_of, member, stripe_side):
    client, sent = client_of(member), choose()
    stripe_side.sandbox.fault(seconds=7, path="checkout/sessions", times=1)
    began = time.monotonic()
    page = follow(client, client.post(START, sent))
    assert time.monotonic() - began < 7, "before it answered"
    assert "Stripe has not answered yet" in page
    top_up = TopUp.objects.get()
    assert top_up.status == "creating"
    assert "is not finished" in client.get("/me/credit/").content.decode()
    opened = session_id(reopen(client, top_up))
    wait_until(lambda: time.monotonic() - began > 7.5, 10)
    assert [session.id for session in stripe_side.sessions_of(top_up)] == [opened], "the late request made none"


@pytest.mark.django_db
def test_a_stripe_that_says_no_is_told_to_staff(client_of, member, stripe_side):
    client = client_of(member)
    stripe_side.sandbox.fault(status=400, path="checkout/sessions", times=1)
    page = follow(client, client.post(START, choose()))
    assert "The payment could not be started, and nothing was charged" in page
    assert Alert.objects.get().fingerprint == "billing.checkout.rejected"
    assert TopUp.objects.get().status == "creating"
    session_id(client.post(START, choose()))


@pytest.mark.django_db
def test_a_try_after_half_an_hour_gets_a_page_that_lives(client_of, member, stripe_side):
    """Stripe refuses sessions that expire in less than thirty minutes."""
    client = client_of(member)
    stripe_side.sandbox.fault(status=429, path="checkout/sessions", times=1)
    client.post(START, choose())
    top_up = TopUp.objects.get()
    TopUp.objects.update(expires_at=top_up.expires_at - (top_up.expires_at - top_up.created_at) * 0.6)
    session_id(reopen(client, top_up))
