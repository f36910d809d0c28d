"""While Stripe is silent one member holds a thread or two, not all."""

import pytest
from django.db import connection

from billing import checkout, saved_cards, turns
from billing.tests.make import make_top_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(member):
    """Other requests of the member that wait for Stripe, as many as may."""
    other = connection.copy()
    with other.cursor() as cursor:
        for place in range(turns.LOCK, turns.LOCK + turns.DOUBLE_CLICK):
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [place, member.pk])
        yield
    other.close()


@pytest.fixture
def asked(monkeypatch):
    """Of whom Stripe is asked."""
    found = []
    monkeypatch.setattr(saved_cards, "refresh", lambda member: found.append(member))
    monkeypatch.setattr(checkout, "refresh", lambda top_up: found.append(top_up.member))
    monkeypatch.setattr(checkout, "open_session", lambda top_up: found.append(top_up.member))
    return found


def test_one_too_many_is_answered_at_once(waiting, asked, member, outsider, client_of):
    top_up = make_top_up(member, status="open")
    mine = client_of(member)
    at = top_up.get_absolute_url()
    assert mine.post("/me/credit/auto/card/refresh/", headers={"HX-Request": "true"}).status_code == 204
    assert "Stripe has not answered yet" in mine.post(f"{at}refresh/", headers={"HX-Request": "true"}).content.decode()
    assert asked == []
    client_of(outsider).post("/me/credit/auto/card/refresh/")
    assert asked == [outsider], "nobody else is kept waiting"


def test_places_are_free_again(asked, member):
    with pytest.raises(ZeroDivisionError), turns.turn(member):
        raise ZeroDivisionError
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [turns.LOCK, member.pk])
        assert cursor.fetchone()[0]
    other.close()
