"""The list of the library: filters, search, pages, file."""

import pytest

from audit.models import AuditEvent
from catalog.models import Asset, Category
from catalog.tests.make import make_asset

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL = "/admin/catalog/panels/library/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def shelf(db, member):
    sea = Category.objects.create(slug="sea-side", title="Sea side")
    make_asset(title="Stormy sea", category=sea, mood="epic", tags=["blue sky"], curated=True)
    make_asset(title="Quiet piano", kind="music", mood="calm", duration_ms=61_000)
    make_asset(title="Waves at night", kind="video", category=sea)
    make_asset(title="Old sea", retired_at="2026-01-01T00:00Z")
    make_asset(title="Private sea", owner=member)


def titles(client, query="") -> set[str]:
    page = client.get(f"{PANEL}?{query}", headers=HTMX).content.decode()
    return {title for title in Asset.objects.values_list("title", flat=True) if f">{title}</a>" in page}


def test_it_works(shelf, client_of, supporter):
    client = client_of(supporter)
    page = client.get("/admin/library/").content.decode()
    assert "Curated Library" in page and "No file selected" not in page  # who only reads has no form
    assert Asset.objects.get(title="Stormy sea").code in page and 'preload="none"' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Stormy sea", "Quiet piano", "Waves at night"}),
        ("kind=music", {"Quiet piano"}),
        ("mood=epic", {"Stormy sea"}),
        ("category=sea-side", {"Stormy sea", "Waves at night"}),
        ("curated=yes", {"Stormy sea"}),
        ("curated=no", {"Quiet piano", "Waves at night"}),
        ("tag=Blue+sky", {"Stormy sea"}),
        ("state=retired", {"Old sea"}),
        ("q=pian", {"Quiet piano"}),
        ("q=night+wav", {"Waves at night"}),
        ("q=blue+sky", {"Stormy sea"}),
        ("q=zzz", set()),
        ("q=%27%26%7C%21%3A*%28%29", {"Stormy sea", "Quiet piano", "Waves at night"}),
        ("kind=nonsense&mood=x", {"Stormy sea", "Quiet piano", "Waves at night"}),
    ],
)
def test_filters(shelf, client_of, supporter, query, found):
    assert titles(client_of(supporter), query) == found


def test_an_asset_id_finds_it(shelf, client_of, supporter):
    asset = Asset.objects.get(title="Quiet piano")
    assert titles(client_of(supporter), f"q={asset.code}") == {"Quiet piano"}


def test_pages_and_file(shelf, client_of, marketer, django_assert_max_num_queries):
    for number in range(60):
        make_asset(title=f"Picture {number}")
    client = client_of(marketer)
    with django_assert_max_num_queries(8):
        page = client.get(PANEL, headers=HTMX).content.decode()
    assert page.count('class="asset image"') + page.count('class="asset music"') <= 24 and "after=" in page
    assert client.get(f"{PANEL}?count=1").content.decode() == "63 rows"
    lines = b"".join(client.get(f"{PANEL}?format=csv&kind=music")).decode().splitlines()
    assert len(lines) == 2 and "Quiet piano" in lines[1]
    assert AuditEvent.objects.get(verb="catalog.exported").after["kind"] == "music"


def test_it_says_when_there_is_nothing(client_of, supporter):
    client = client_of(supporter)
    assert "The library is empty" in client.get(PANEL).content.decode()
    assert "Nothing matches" in client.get(f"{PANEL}?q=x").content.decode()


def test_it_requires_library_read(client_of, member):
    assert client_of(member).get(PANEL).status_code == 403
