"""While Stripe is silent one member holds a thread or three, not all, and reads why."""

import threading

import pytest
from django.db import connection

from billing import checkout, saved_cards, turns
from billing.tests.make import make_top_up
from billing.tests.refunding import confirmed

pytestmark = pytest.mark.django_db
BUSY = "We are already asking Stripe, from another tab or an earlier click."


@pytest.fixture
def elsewhere():
    """Another connection's places in the line: `take(member, place, ...)`, `leave(...)`."""
    other = connection.copy()
    other.inc_thread_sharing()

    class Elsewhere:
        def take(self, member, *places):
            with other.cursor() as cursor:
                for place in places:
                    cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [place, member.pk])
                    assert cursor.fetchone()[0], "it is free"

        def leave(self, member, *places):
            with other.cursor() as cursor:
                for place in places:
                    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [place, member.pk])

    yield Elsewhere()
    other.close()


@pytest.fixture
def asked(monkeypatch):
    """Of whom Stripe is asked."""
    found = []
    monkeypatch.setattr(saved_cards, "refresh", lambda member: found.append(member))
    monkeypatch.setattr(saved_cards, "start", lambda member: found.append(member))
    monkeypatch.setattr(checkout, "refresh", lambda top_up: found.append(top_up.member))
    monkeypatch.setattr(checkout, "open_session", lambda top_up: found.append(top_up.member))
    return found


def test_one_too_many_is_answered_at_once(elsewhere, asked, member, outsider, client_of):
    elsewhere.take(member, turns.LOCK)
    top_up = make_top_up(member, status="open")
    mine, at = client_of(member), top_up.get_absolute_url()
    by_itself = {"HX-Request": "true"}
    assert "in a moment" in mine.post("/me/credit/auto/card/refresh/", headers=by_itself).content.decode()
    often = mine.post("/me/credit/auto/card/refresh/", {"asked": "6"}, headers=by_itself).content.decode()
    assert "Stripe has told us nothing yet" in often and "in a moment" not in often and "hx-trigger" not in often
    assert BUSY in mine.post(f"{at}refresh/", headers=by_itself).content.decode()
    assert BUSY in mine.post("/me/credit/auto/card/refresh/", follow=True).content.decode()
    assert asked == []
    client_of(outsider).post("/me/credit/auto/card/refresh/")
    assert asked == [outsider], "nobody else is kept waiting"


def test_a_double_click_is_two_and_one_more_waits(elsewhere, asked, member, monkeypatch):
    """Whoever finds the two places and the one that waits taken is answered at once, with the truth."""
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    top_up = make_top_up(member, status="creating", session_id=None, checkout_url="")
    mine, reopen = confirmed(member), f"{top_up.get_absolute_url()}reopen/"
    elsewhere.take(member, turns.LOCK)
    mine.post(reopen)
    assert asked == [member], "the other press of a double click"
    elsewhere.take(member, turns.LOCK + 1)
    assert BUSY in mine.post(reopen, follow=True).content.decode(), "it has waited"
    elsewhere.take(member, turns.WAITING)
    monkeypatch.setattr(turns, "PATIENCE", 600)
    assert BUSY in mine.post(reopen, follow=True).content.decode()
    assert BUSY in mine.post("/me/credit/auto/card/save/", follow=True).content.decode()
    assert asked == [member]
    type(top_up).objects.update(status="open", checkout_url="https://checkout.stripe.com/c/pay/cs_1")
    assert mine.post(reopen)["Location"].endswith("cs_1"), "which a press before it has opened"


@pytest.mark.parametrize("place", [turns.LOCK, turns.LOCK + 1])
def test_who_waits_is_next(elsewhere, asked, member, place):
    """Whichever place is free first. Then another one may wait."""
    elsewhere.take(member, turns.LOCK, turns.LOCK + 1)
    answered = threading.Timer(0.1, elsewhere.leave, [member, place])
    answered.start()
    with turns.opening(member):
        answered.join()
        elsewhere.take(member, turns.WAITING)
    elsewhere.take(member, place)


def test_places_are_free_again(elsewhere, member):
    with pytest.raises(ZeroDivisionError), turns.turn(member):
        raise ZeroDivisionError
    elsewhere.take(member, turns.LOCK)
