"""🏷️ The price book: what is in force and coming, changed by rows, and by whom."""

import datetime as dt
from decimal import Decimal as D

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import AuditEvent
from ledger.tests.test_races import at_once
from pricing import book, costs, prices
from pricing.models import Price, Service, UnitCost
from tests.cast import confirmed_client

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL, MUSIC = "/admin/pricing/panels/price_book/", "/admin/pricing/services/music/"
HTMX = {"HX-Request": "true"}


def shown(client, url=PANEL) -> str:
    return " ".join(client.get(url, headers=HTMX).content.decode().split())


def at(days: float) -> dt.datetime:
    return (timezone.now() + dt.timedelta(days=days)).replace(second=0, microsecond=0)


def typed(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def test_it_works(owner):
    client = confirmed_client(owner)
    assert "Studio render" in client.get("/admin/pricing/").content.decode()
    assert "$0.018" in shown(client) and "90%" in shown(client), "a poem’s margin"
    before = timezone.now()
    assert client.post(f"{MUSIC}price/", {"amount": "0.095"}).status_code == 302
    assert client.post(f"{MUSIC}cost/", {"amount": "0.05", "provider": "replicate"}).status_code == 302
    later = at(10)
    assert client.post(f"{MUSIC}price/", {"amount": "0.20", "valid_from": typed(later)}).status_code == 302
    assert (prices.price("music"), prices.price("music", at=before)) == (D("0.095"), D("0.06"))
    assert (prices.price("music", at=at(11)), costs.expected("music", "replicate", 2)) == (D("0.20"), D("0.10"))
    assert (
        "$0.095" in shown(client) and "$0.045" in shown(client) and f"from {later.day} {later:%b %Y}" in shown(client)
    )
    coming = Price.objects.get(amount=D("0.20"))
    for _ in range(2):
        assert client.post(f"/admin/pricing/prices/{coming.pk}/withdraw/", headers=HTMX).status_code == 204
    assert prices.price("music", at=at(11)) == D("0.095")
    assert client.post(f"{MUSIC}price/", {"amount": "0.30", "valid_from": typed(later)}).status_code == 302, "again"
    force = UnitCost.objects.get(amount=D("0.05"))
    assert "in force already" in client.post(f"/admin/pricing/costs/{force.pk}/withdraw/", headers=HTMX)["HX-Trigger"]
    events = AuditEvent.objects.filter(actor=owner, target="service:music").order_by("pk")
    assert list(events.values_list("verb", flat=True)) == [
        *("pricing.price_added", "pricing.cost_added", "pricing.price_added", "pricing.price_withdrawn"),
        "pricing.price_added",
    ]
    assert (events[0].before, events[0].after["amount"]) == ({"amount": "0.060000"}, "0.095")
    lines = b"".join(client.get(PANEL, {"format": "csv"}).streaming_content).decode().splitlines()
    assert any(line.startswith("music,Music,track,0.095,") and ",replicate,0.05," in line for line in lines)


def test_what_is_wrong_stands_beside_its_field(owner):
    client = confirmed_client(owner)
    Price.objects.create(service_id="music", amount=D("0.10"), valid_from=at(3))
    for act, wrong, sentence in (
        ("price", {"amount": "0"}, "Enter an amount other than zero."),
        ("price", {"amount": "-1"}, "Enter an amount above zero."),
        ("price", {"amount": "0.601"}, "More than 10 times the median of its own past prices: at most $0.60 in one"),
        ("price", {"amount": "0.06"}, "It is that already"),
        ("price", {"amount": "0.0000001"}, "Use at most 6 decimal places."),
        ("price", {"amount": "0.07", "valid_from": typed(at(-1))}, "This moment has passed"),
        ("price", {"amount": "0.07", "valid_from": typed(at(3))}, "Withdraw it first."),
        ("price", {"amount": "0.07", "valid_from": "soon"}, "Enter a valid date/time."),
        ("cost", {"amount": "7", "provider": "replicate"}, "the median of its own past costs"),
        ("cost", {"amount": "0.05", "provider": "No/one"}, "Small letters"),
    ):
        answer = client.post(f"{MUSIC}{act}/", wrong)
        page = " ".join(answer.content.decode().split())
        assert answer.status_code == 422 and sentence in page and f'value="{wrong["amount"]}"' in page, wrong
    assert (Price.objects.filter(set_by=owner).count(), UnitCost.objects.filter(set_by=owner).count()) == (0, 0)


def test_a_service_without_a_past_is_held_against_all(owner):
    new = Service.objects.create(key="story", title="Story", unit="story")
    with pytest.raises(book.Refused, match=r"all prices.*at most \$0.60 "):
        book.add(Price, new, D("0.61"), by=owner)
    book.add(Price, new, D("0.6"), by=owner)
    book.add(UnitCost, new, D(0), by=owner, provider="own_model")
    with pytest.raises(book.Refused, match="all costs"):
        book.add(UnitCost, new, D("0.21"), by=owner, provider="own_model")  # a cost of nothing is no measure


def test_who_may(accountant, client_of, marketer):
    client = client_of(accountant)
    assert "Another price" not in client.get(MUSIC).content.decode() and "In force" in shown(client, MUSIC)
    row = Price.objects.create(service_id="music", amount=D("0.10"), valid_from=at(3))
    for url in (f"{MUSIC}price/", f"{MUSIC}cost/", f"/admin/pricing/prices/{row.pk}/withdraw/"):
        assert client.post(url, {"amount": "0.07"}).status_code == 403
    assert client_of(marketer).get(PANEL).status_code == 403


@pytest.mark.usefixtures("committed_db")
def test_the_same_price_at_once_is_added_once():
    def add(_):
        book.add(Price, Service.objects.get(pk="music"), D("0.07"), by=None)

    answers = at_once(add, 8, threads=8)
    connection.close()
    assert answers.count(None) == 1 and Price.objects.filter(amount=D("0.07")).count() == 1
