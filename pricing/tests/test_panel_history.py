"""What the book ever said of a service."""

import datetime as dt
from decimal import Decimal as D

from django.utils import timezone

from pricing import book, queries
from pricing.models import Price, Service

PANEL = "/admin/pricing/panels/history/music/"


def test_it_works(client_of, owner, accountant, marketer):
    music, later = Service.objects.get(pk="music"), timezone.now() + dt.timedelta(days=2)
    book.add(Price, music, D("0.08"), by=owner)
    book.withdraw(book.add(Price, music, D("0.12"), by=owner, valid_from=later), by=owner)
    book.add(Price, music, D("0.11"), by=owner, valid_from=later)
    changes = [(change.row.amount, change.provider, change.state) for change in queries.history(service=music)]
    assert changes[:3] == [(D("0.11"), "", "coming"), (D("0.12"), "", "withdrawn"), (D("0.08"), "", "in force")]
    assert set(changes[3:]) == {(D("0.06"), "replicate", "in force"), (D("0.06"), "", "past")}
    text = client_of(owner).get(PANEL, headers={"HX-Request": "true"}).content.decode()
    assert text.count("/withdraw/") == 2, "one button: its form and its htmx"
    assert "by Owner" in text and "With the release" in text and "<s>$0.12</s>" in text
    assert "/withdraw/" not in client_of(accountant).get(PANEL).content.decode()
    assert client_of(marketer).get(PANEL).status_code == 403


def test_it_shows_nothing_yet(client_of, owner):
    Service.objects.create(key="story", title="Story", unit="story")
    assert "says nothing of it yet" in client_of(owner).get(PANEL.replace("music", "story")).content.decode()
