"""The poems of the catalog in their order."""

import pytest

from catalog import public_catalog, queries
from catalog.models import PublicItem
from catalog.tests.make import HTMX, ROOM, make_asset, make_cut, make_poem

pytestmark = pytest.mark.django_db
PANEL = f"{ROOM}panels/listed_poems/"


def test_it_works(client_of, marketer, member):
    heron, swift = make_poem("Heron"), make_poem("Swift")
    for poem in (heron, swift):
        public_catalog.list_poem(poem, by=marketer)
    public_catalog.add_images(make_asset().code, by=marketer)
    make_cut(member, poem=swift)
    text = client_of(marketer).get(PANEL, headers=HTMX).content.decode()
    assert text.index("Heron") < text.index("Swift") and 'data-label="Cuts made">1<' in text
    item = PublicItem.objects.get(poem=swift)
    client_of(marketer).post(f"{ROOM}items/{item.pk}/place/", {"position": 0}, headers=HTMX)
    assert list(queries.public_poems()) == [swift, heron]
    assert list(PublicItem.objects.filter(poem=None).values_list("position", flat=True)) == [0], "images have their own"


def test_it_shows_nothing_yet(client_of, supporter):
    assert "No poems in the catalog" in client_of(supporter).get(PANEL, headers=HTMX).content.decode()


def test_it_requires_catalog_read(client_of, member):
    assert client_of(member).get(PANEL).status_code == 403
