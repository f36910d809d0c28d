"""Images by their ids, their order, and off the shelf and back."""

import json

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from catalog import public_catalog, queries
from catalog.models import Asset, PublicItem
from catalog.tests.make import HTMX, ROOM, make_asset, make_cut
from musicpool.models import Track
from studio.models import CutImage

pytestmark = pytest.mark.django_db
PANEL, ADD = f"{ROOM}panels/listed_images/", f"{ROOM}images/add/"


def order() -> list[str]:
    return [asset.title for asset in queries.public_images()]


@pytest.fixture
def shelf(marketer):
    images = [make_asset(title) for title in ("A", "B", "C")]
    public_catalog.add_images(" ".join(image.code for image in images), by=marketer)
    return {item.asset.title: item for item in PublicItem.objects.select_related("asset")}


def test_ids_in_any_separator_and_each_refusal_named(client_of, marketer, member):
    good, other, there = make_asset("A"), make_asset("B"), make_asset("C")
    private, song = make_asset(owner=member), make_asset(kind="music")
    film, old = make_asset(kind="video"), make_asset(retired_at=timezone.now())
    public_catalog.add_images(there.code, by=marketer)
    codes = [good.code.upper(), private.code, song.code, film.code, old.code, "as_nobody", there.code, other.code]
    between = ("”;\t“", ",", "|", "\r\n", " / <", "> • ", ", ", "\n\n", " ")
    pasted = "".join(f"{sign}{code}" for sign, code in zip(between, [*codes, codes[0]], strict=True))
    text = client_of(marketer).post(ADD, {"ids": pasted}, headers=HTMX).content.decode()
    assert "2 images added." in text and "1 was in the catalog already" in text and "5 were not added" in text
    for code, why in (
        (private.code, "belongs to a member and is private"),
        (song.code, "is no image but music"),
        (film.code, "is no image but a video"),
        (old.code, "is retired"),
        ("as_nobody", "is unknown"),
    ):
        assert f"<code>{code}</code> {why}" in text
    assert order() == ["C", "A", "B"]
    event = AuditEvent.objects.filter(verb="publicitem.added", actor=marketer).latest("id")
    assert event.after["items"] == [f"asset:{good.pk}", f"asset:{other.pk}"]
    again = client_of(marketer).post(ADD, {"ids": pasted}).content.decode()  # twice, and without scripts
    assert "0 images added." in again and "3 were in the catalog already" in again and len(order()) == 3


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [("", "Fill this in."), (" ,;! ", "There is no Asset ID in this"), ("as_%d " * 501, "These are 501 IDs")],
)
def test_what_is_no_list_of_ids(client_of, marketer, ids, sentence):
    text = ids % tuple(range(501)) if "%d" in ids else ids
    answer = client_of(marketer).post(ADD, {"ids": text}, headers=HTMX)
    assert answer.status_code == 422 and sentence in answer.content.decode()


def test_an_image_is_placed_and_twice_is_once(client_of, marketer, shelf):
    client, path = client_of(marketer), f"{ROOM}items/{shelf['C'].pk}/place/"
    assert "number 1 of 3" in client.post(path, {"position": 0}, headers=HTMX)["HX-Trigger"]
    assert order() == ["C", "A", "B"]
    client.post(path, {"position": 0}, headers=HTMX)
    moves = AuditEvent.objects.filter(verb="publicitem.moved")
    assert order() == ["C", "A", "B"] and [(move.before, move.after) for move in moves] == [
        ({"position": 2}, {"position": 0})
    ]
    client.post(path, {"position": 99}, headers=HTMX)
    assert order() == ["A", "B", "C"]
    for nonsense in ("", "-1", "first"):
        assert client.post(path, {"position": nonsense}, headers=HTMX).status_code == 400


def test_off_the_shelf_and_back_in_its_place(client_of, marketer, shelf):
    client = client_of(marketer)
    answer = client.post(f"{ROOM}items/{shelf['B'].pk}/remove/", headers=HTMX)
    undo = f"{ROOM}items/asset/{shelf['B'].asset_id}/1/restore/"
    assert order() == ["A", "C"] and undo in answer["HX-Trigger"]
    assert client.post(f"{ROOM}items/{shelf['B'].pk}/remove/").status_code == 404  # twice
    for _ in range(2):
        client.post(undo, headers=HTMX)
        assert order() == ["A", "B", "C"]
    assert AuditEvent.objects.get(verb="publicitem.removed").target == f"asset:{shelf['B'].asset_id}"
    assert client.post(f"{ROOM}items/nothing/1/1/restore/").status_code == 404
    private = make_asset(owner=marketer)
    song, blurred = make_asset(kind="music"), make_asset(width=40, height=30)
    for other in (private, song, blurred):
        assert client.post(f"{ROOM}items/asset/{other.pk}/0/restore/").status_code == 404


def test_what_is_curated_as_well_stays_with_visitors_and_is_counted_once(client_of, marketer, shelf):
    asset, client = shelf["B"].asset, client_of(marketer)
    Asset.objects.filter(pk=asset.pk).update(curated=True)
    assert dict(figure[:2] for figure in queries.catalog_status().figures)["Curated images"] == 0
    assert client.get(PANEL, headers=HTMX).content.decode().count("Curated as well") == 1
    toast = json.loads(client.post(f"{ROOM}items/{shelf['B'].pk}/remove/", headers=HTMX)["HX-Trigger"])["toast"]
    assert "still offered it" in toast["text"] and toast["link"] == ["Open it", f"/admin/library/{asset.code}/"]
    assert dict(figure[:2] for figure in queries.catalog_status().figures)["Curated images"] == 1
    assert asset in queries.offered_pictures()


def test_popularity_and_the_way_it_looks(client_of, marketer, supporter, member, shelf):
    for state in ("done", "failed"):
        CutImage.objects.create(cut=make_cut(member, state=state), asset=shelf["B"].asset)
    text = client_of(marketer).get(PANEL, headers=HTMX).content.decode()
    assert "1 cut made" in text and text.count("0 cuts made") == 2 and text.count('src="/media/') == 3
    assert shelf["B"].asset.code in text
    assert "Remove" not in client_of(supporter).get(PANEL, headers=HTMX).content.decode()
    assert client_of(supporter).post(f"{ROOM}items/{shelf['B'].pk}/remove/").status_code == 403
    visitor = client_of(supporter).get(f"{ROOM}as-visitor/").content.decode()
    assert visitor.count('src="/media/') == 3 and visitor.count("sample.jpg") == 17


def test_it_shows_nothing_yet(client_of, marketer):
    assert "No images in the catalog" in client_of(marketer).get(PANEL, headers=HTMX).content.decode()


def test_curated_music_is_offered_to_members_besides_their_own_and_the_tracks_of_the_pool(member, outsider):
    calm, epic = (make_asset(mood, kind="music", mood=mood, curated=True) for mood in ("calm", "epic"))
    make_asset(kind="music", mood="calm")
    make_asset(kind="music", curated=True, retired_at=timezone.now())
    Track.objects.create(asset=make_asset(kind="music", curated=True), mood="calm", genre="piano")
    mine, _ = (make_asset(kind="music", owner=owner) for owner in (member, outsider))
    assert list(queries.offered_music(member)) == [mine, epic, calm]
