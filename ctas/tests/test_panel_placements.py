"""Impressions, clicks and sign-ups: counted where they happen, never in the way of a page, shown and filed."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection
from django.template import Context, Template
from django.test import Client, RequestFactory

from accounts.models import User
from accounts.tests.test_registration import sign_up
from audit.models import AuditEvent
from ctas import counting, queries
from ctas.models import PlacementDay, Slot
from ctas.placements import PLACEMENTS
from ctas.tests.make import ROOM
from tunables import values
from ui.periods import PeriodForm

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = f"{ROOM}panels/placements/"
LOGIN = "/account/login/"
SEEN = "/go/login_divider/seen/"


def counts(placement="login_divider") -> tuple[int, int, int]:
    counting.flush()
    rows = {row.placement: (row.impressions, row.clicks, row.sign_ups) for row in PlacementDay.objects.all()}
    return rows.get(placement, (0, 0, 0))


def shown(key, user=None, method="get", **headers):
    request = getattr(RequestFactory(), method)("/", headers=headers)
    request.user = user or AnonymousUser()
    template = '{% load ctas %}{% cta key as cta %}{% include "ctas/_cta.html" %}'
    return Template(template).render(Context({"request": request, "key": key})).strip()


def test_from_the_login_page_to_the_sign_up(client, client_of, owner):
    page = client.get(f"{LOGIN}?next=/me/").content.decode()
    assert "start with $1.00 of credit" in page and 'href="/go/login_divider/?next=%2Fme%2F"' in page
    assert f'data-seen="{SEEN}"' in page and client.post(SEEN).status_code == 204
    answer = client.get("/go/login_divider/?next=/me/")
    assert answer["Location"] == "/account/signup/?next=%2Fme%2F" and "no-cache" in answer["Cache-Control"]
    client.get("/go/home_hero/")
    client.get("/go/login_divider/")
    sign_up(client)
    assert counts() == (1, 2, 1) and counts("home_hero") == (0, 1, 0)
    assert "cta" not in client.session
    client.logout()
    sign_up(client, "bob@example.org")  # without a click
    assert counts() == (1, 2, 1)
    text = client_of(owner).get(PANEL, headers={"HX-Request": "true"}).content.decode()
    assert "200.0%" in text and "50.0%" in text and text.count('scope="row"') == len(PLACEMENTS)


def test_nobody_clicks_without_end(client):
    answers = {client.get("/go/home_hero/").status_code for _ in range(counting.MOST + 3)}
    assert answers == {302} and counts("home_hero") == (0, counting.MOST, 0)


def test_a_refused_sign_up_keeps_its_click(client):
    client.get("/go/share_banner/")
    sign_up(client, password="short")
    assert counts("share_banner") == (0, 1, 0)
    sign_up(client)
    assert counts("share_banner") == (0, 1, 1)


def test_every_placement_shows_its_slot_once_per_page(member):
    for key, placement in PLACEMENTS.items():
        assert f"/go/{key}/" in shown(key) and "$1.00" in shown(key, method="head")
        assert counts(key) == (0, 0, 0), "a page that is loaded has not been seen"
        assert placement.slot in Slot.Key.values
    assert len(PLACEMENTS) == 7
    for nobody in (
        shown("home_hero", user=member),
        Slot.objects.filter(key="primary").update(enabled=False) and shown("home_hero"),
        Slot.objects.filter(key="primary").delete() and shown("home_hero"),
        values.change("registration_mode", "closed", by=None) and shown("avatar_menu"),
    ):
        assert nobody == ""


def test_who_does_not_count(client, client_of, owner):
    client.head("/go/home_hero/")
    client.get("/go/home_hero/", headers={"Sec-Purpose": "prefetch;prerender"})
    client.post(SEEN, headers={"Sec-Fetch-Site": "cross-site"})
    assert client.get("/go/nowhere/").status_code == 404 and client.post("/go/home_hero/").status_code == 405
    assert client.post("/go/nowhere/seen/").status_code == 404 and client.get(SEEN).status_code == 405
    client_of(owner).get("/go/home_hero/")
    assert not PlacementDay.objects.exists() and counts("home_hero") == counts() == (0, 0, 0)


def test_a_page_neither_fails_nor_loses_counts_when_they_cannot_be_written(client, monkeypatch, caplog):
    def refuse(counts):
        raise DatabaseError("no room left")

    monkeypatch.setattr(counting, "add", refuse)
    assert client.post(SEEN).status_code == 204
    assert "no room left" in caplog.text and not PlacementDay.objects.exists()
    monkeypatch.undo()
    client.post(SEEN)
    assert counts() == (2, 0, 0)


def test_one_network_is_not_counted_without_end(client, monkeypatch):
    for address, times in (("192.0.2.1", counting.MOST + 5), ("2001:db8::1", counting.MOST), ("2001:db8::2", 5)):
        for _ in range(times):
            assert client.post(SEEN, REMOTE_ADDR=address).status_code == 204
    assert counts() == (2 * counting.MOST, 0, 0)
    now = counting.time.monotonic()
    monkeypatch.setattr(counting.time, "monotonic", lambda: now + counting.WHILE)
    client.post(SEEN, REMOTE_ADDR="192.0.2.1")
    assert counts() == (2 * counting.MOST + 1, 0, 0)


def test_many_impressions_are_one_statement(django_assert_num_queries):
    for key in PLACEMENTS:
        for _ in range(50):
            counting.note(key, "impressions")
    with django_assert_num_queries(3):  # savepoint, INSERT, release
        counting.flush()
    assert counts("desktop_wall") == (50, 0, 0)


def test_a_period_and_its_file(client_of, owner, member):
    today = counting.today()
    for days, impressions in ((0, 30), (29, 10), (30, 7)):
        day = today - timedelta(days=days)
        PlacementDay.objects.create(placement="home_hero", day=day, impressions=impressions, clicks=days and 1)
    request = RequestFactory().get("/")
    rows = {row.placement.key: row for row in queries.placements(period=PeriodForm.of(request))}
    assert (rows["home_hero"].impressions, rows["home_hero"].clicks, rows["login_divider"].conversion) == (40, 1, None)
    answer = client_of(owner).get(f"{PANEL}?format=csv")
    lines = b"".join(answer).decode().splitlines()
    assert lines[0].endswith("Placement,Where,Slot,Impressions,Clicks,Click rate,Sign-ups,Conversion rate")
    assert len(lines) == 8 and "Homepage hero,/,Primary,40,1,0.025,0,0.00" in lines
    assert AuditEvent.objects.filter(verb="ctas.exported", actor=owner).exists()
    assert client_of(member).get(PANEL).status_code == 403


def test_it_shows_nothing_yet(client_of, owner):
    text = client_of(owner).get(PANEL, headers={"HX-Request": "true"}).content.decode()
    assert "Nobody has seen a call to action" in text and "–" in text


def test_at_once(committed_db):
    """Several processes count the same placement: nothing is lost, nobody deadlocks."""

    def visit(number):
        try:
            for _ in range(5):
                counting.add({(key, counting.today(), "impressions"): 1 for key in PLACEMENTS})
            sign_up(client := Client(), f"u{number}@example.org", REMOTE_ADDR=f"10.0.0.{number}")
            client.logout()
        finally:
            connection.close()

    threads = [threading.Thread(target=visit, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts("home_hero")[0] == 20 and User.objects.count() == 4
