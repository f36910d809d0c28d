"""Catalog status: asked for, true at that moment, and the five poems to begin with."""

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from catalog import public_catalog, queries, starter_poems
from catalog.models import Poem, PublicItem
from catalog.tests.make import HTMX, ROOM, make_asset, make_file, make_poem

pytestmark = pytest.mark.django_db
PANEL = f"{ROOM}panels/catalog_status/"
SEED = f"{ROOM}poems/seed/"


def test_it_works(client_of, marketer):
    page = client_of(marketer).get(ROOM).content.decode()
    assert "🌍" in page and "Press Reload above to load current state." in page and "Seed starter poems" in page
    assert "Anonymous visitors at <code>/make</code> pick from this catalog." in page
    text = client_of(marketer).get(PANEL, headers=HTMX).content.decode()
    assert "There is no poem to pick. Press Seed starter poems" in text and "There is no image to pick" in text
    assert "Frame designs" in text and "<dd>10</dd>" in text


def test_it_names_what_visitors_do_not_see(client_of, marketer):
    gone, old = make_asset(file=make_file(missing_since=timezone.now())), make_asset()
    public_catalog.add_images(f"{gone.code} {old.code}", by=marketer)
    type(old).objects.filter(pk=old.pk).update(retired_at=timezone.now())
    poem = make_poem("Old song")
    public_catalog.list_poem(poem, by=marketer)
    poem.retire(by=marketer)
    text = client_of(marketer).get(PANEL, headers=HTMX).content.decode()
    assert f"{gone.code}: its file is missing" in text and f"{old.code} is retired" in text
    assert "“Old song” is retired" in text and "1 more hidden" in text


def test_the_starter_poems_are_seeded_once(client_of, marketer):
    client = client_of(marketer)
    first = client.post(SEED, headers=HTMX)
    assert "5 poems added: What the Rain Keeps, Last Tram" in first["HX-Trigger"]
    assert [poem.starter for poem in queries.public_poems()] == [poem.key for poem in starter_poems.POEMS]
    assert {poem.category.slug for poem in queries.public_poems()} == {"nature", "city", "love", "sea", "night"}
    assert AuditEvent.objects.filter(verb="poem.added", actor=marketer).count() == 5
    again = client.post(SEED, headers=HTMX)
    assert "All 5 starter poems are here already. Nothing was changed." in again["HX-Trigger"]
    assert AuditEvent.objects.filter(verb__in=("poem.added", "publicitem.added")).count() == 10


def test_seeding_puts_back_and_keeps_what_staff_wrote(marketer):
    starter_poems.seed(by=marketer)
    tram = Poem.objects.get(starter="last-tram")
    Poem.objects.filter(pk=tram.pk).update(title="First Tram")
    tram.retire(by=marketer)
    PublicItem.objects.filter(poem__starter="low-water").delete()
    Poem.objects.filter(starter="lamp-left-on").delete()
    done = starter_poems.seed(by=marketer)
    assert str(done) == "1 poem added and 2 poems put back: Lamp Left On, First Tram, Low Water."
    assert queries.public_poems().count() == 5 and str(starter_poems.seed(by=None)).startswith("All 5")


def test_starter_poems_are_poems():
    for poem in starter_poems.POEMS:
        lines = [line for line in poem.text.splitlines() if line]
        assert "\n\n" in poem.text and 6 <= len(lines) <= 16 and max(map(len, lines)) < 60, poem.key
    assert len({poem.key for poem in starter_poems.POEMS}) == 5


def test_who_may_not(client_of, supporter, member):
    assert client_of(supporter).post(SEED).status_code == 403
    assert SEED not in client_of(supporter).get(ROOM).content.decode()
    assert client_of(member).get(PANEL).status_code == 403
