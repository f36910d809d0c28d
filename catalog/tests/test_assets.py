"""The verbs of assets: added whole or not at all, once, within the quota; replaced, retired, brought back, purged."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from PIL import Image

from accounts.tests.make import make_user
from audit.models import AuditEvent
from catalog import assets, public_catalog
from catalog.models import Asset, PublicItem
from catalog.queries import asset_uses, offered_pictures
from files import inspect
from files.models import StoredFile
from files.tests import make
from musicpool.models import Track
from studio.models import CutImage
from studio.tests.make import make_cut
from tunables import values

LARGE = make.png((600, 800))
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


def add(data=None, *, owner=None, by=None, **about) -> Asset:
    return assets.add(io.BytesIO(data or make.png()), owner=owner, by=by, **about)


def files_in(media) -> int:
    return sum(path.is_file() for path in media.rglob("*"))


def test_it_works(media, marketer):
    asset = add(
        LARGE, by=marketer, name="autumn_leaves.jpeg", mood="calm", tags=["red"], curated=True, source_note="Own"
    )
    assert (asset.title, asset.kind, asset.width, asset.height) == ("autumn leaves", "image", 600, 800)
    assert asset.file.content_type == "image/png" and asset.preview.content_type == "image/webp"
    assert asset.code.startswith("as_") and asset.source == "Own" and asset.uploaded_by == marketer
    assert list(offered_pictures()) == [asset]
    assert AuditEvent.objects.get(verb="asset.added").after["code"] == asset.code
    assert files_in(media) == 2
    music = add(make.wav(), kind="music", title="Rain")
    assert (music.kind, music.duration_ms, music.title) == ("music", 500, "Rain")


@pytest.mark.parametrize("data", [b"<svg onload=alert(1)>", make.png()[:70], b""])
def test_what_is_refused_leaves_nothing(media, data):
    with pytest.raises(assets.Refused):
        assets.add(io.BytesIO(data), owner=None, by=None)
    assert files_in(media) == 0 and not StoredFile.objects.exists() and not Asset.objects.exists()


def test_the_wrong_kind_is_refused(media):
    with pytest.raises(assets.Refused, match="music is wanted here"):
        add(kind="music")
    add()
    with pytest.raises(assets.Refused, match="This is a picture, and music is wanted here"):
        add(kind="music")  # though it is here already


def test_a_copy_is_named(media, member, outsider):
    first = add()
    with pytest.raises(assets.Duplicate) as told:
        add()
    assert told.value.asset == first and files_in(media) == 2
    mine = add(owner=member, by=member)
    assert add(owner=outsider, by=outsider) != mine  # who else has it is nobody's business
    assert assets.retire(first, by=None) and add() != first
    with pytest.raises(assets.Refused, match="The same file is here meanwhile"):
        assets.restore(first, by=None)


def test_two_uploads_of_one_file_at_once_make_one_asset(media, monkeypatch):
    """Both have judged their file before either writes its row."""
    looked = inspect.clean

    def upload(number):
        try:
            return add()
        except assets.Duplicate as duplicate:
            return duplicate
        finally:
            connection.close()

    monkeypatch.setattr(assets, "_same", _blind_once(assets._same))
    with ThreadPoolExecutor(2) as two:
        found = list(two.map(upload, range(2)))
    assert sorted(type(each).__name__ for each in found) == ["Asset", "Duplicate"]
    assert Asset.objects.count() == 1 and StoredFile.objects.count() == files_in(media) == 2
    assert inspect.clean is looked


def _blind_once(real):
    """The first look of each thread finds nothing, as if both had looked at the same moment."""
    seen = []

    def look(owner, checksum):
        if len(seen) < 2:
            seen.append(checksum)
            return None
        return real(owner, checksum)

    return look


def test_storage_is_limited(media, member):
    values.change("member_storage_mb", "1", by=None)
    big = io.BytesIO()
    Image.effect_noise((480, 480), 60).convert("RGB").save(big, "PNG")
    add(big.getvalue(), owner=member, by=member)
    big.write(b"another")
    with pytest.raises(assets.Refused, match=r"Your storage of 1\.0 MB is full"):
        add(big.getvalue(), owner=member, by=member)
    assert Asset.objects.count() == 1 and files_in(media) == 2
    assets.retire(Asset.objects.get(), by=member)
    with pytest.raises(assets.Refused, match="makes room after 7 days"):
        add(big.getvalue(), owner=member, by=member)
    assert assets.purge(timezone.now()) == 1 and assets.used_storage(member) == 0
    assert not AuditEvent.objects.filter(verb__startswith="asset.").exists()


def test_what_only_a_cut_keeps_does_not_count_for_ever(media, member):
    kept = add(owner=member, by=member)
    CutImage.objects.create(cut=make_cut(owner=member), asset=kept, position=1)
    assets.retire(kept, by=member)
    assert assets.used_storage(member) > 0, "it can be brought back"
    Asset.objects.filter(pk=kept.pk).update(retired_at=timezone.now() - timedelta(days=8))
    assert assets.purge() == 0 and assets.used_storage(member) == 0
    with pytest.raises(assets.Refused, match="too long ago"):
        assets.restore(kept, by=member)


def test_another_file_takes_its_place(media, marketer):
    old = add(LARGE, by=marketer, title="Sea", curated=True, tags=["blue"])
    PublicItem.objects.create(asset=old, position=3)
    new = assets.replace(old, io.BytesIO(make.png((700, 600), colour="teal")), by=marketer)
    old.refresh_from_db()
    assert (new.title, new.tags, new.curated, new.retired_at) == ("Sea", ["blue"], True, None)
    assert old.retired_at and old.replaced_by == new and old.file != new.file
    assert PublicItem.objects.get().asset == new
    assert [use.what for use in asset_uses(new)] == ["Public catalog"]
    with pytest.raises(assets.Refused, match="It is retired"):
        assets.replace(old, io.BytesIO(make.png((700, 600), colour="red")), by=marketer)
    with pytest.raises(assets.Refused, match="picture is wanted"):
        assets.replace(new, io.BytesIO(make.wav()), by=marketer)

    assert assets.restore(old, by=marketer)
    new.refresh_from_db()
    assert new.retired_at and PublicItem.objects.get().asset == old
    assert not assets.restore(old, by=marketer)


def test_what_changes_while_the_new_file_is_looked_at_is_not_undone(media, marketer, monkeypatch):
    old, real, meanwhile = add(LARGE, title="Sea"), inspect.clean, {"title": "Lake", "tags": ["calm"], "curated": True}

    def clean(*asked, **more):
        assets.change(Asset.objects.get(pk=old.pk), by=marketer, **meanwhile)
        return real(*asked, **more)

    monkeypatch.setattr(inspect, "clean", clean)
    new = assets.replace(old, io.BytesIO(make.png((700, 600))), by=marketer)
    assert {name: getattr(new, name) for name in meanwhile} == meanwhile
    with pytest.raises(assets.Refused, match="would look blurred"):
        assets.replace(new, io.BytesIO(make.png()), by=marketer)
    with pytest.raises(assets.Refused, match="It is retired"):
        monkeypatch.setattr(inspect, "clean", lambda *a, **b: assets.retire(new, by=marketer) and real(*a, **b))
        assets.replace(new, io.BytesIO(make.png((800, 600))), by=marketer)
    assert files_in(media) == 4


def test_a_track_of_the_pool_is_replaced_there(media):
    music = add(make.wav())
    Track.objects.create(asset=music, mood="calm", genre="piano", state="approved")
    assert asset_uses(music)[0].words == "Calm, Piano: approved, 0 plays"
    with pytest.raises(assets.Refused, match="track of the music pool"):
        assets.replace(music, io.BytesIO(make.wav(tone=220)), by=None)


def test_what_would_look_blurred_is_shown_to_nobody_but_its_owner(media, marketer, client_of):
    asset = add(title="Stamp")
    PublicItem.objects.create(asset=add(LARGE, title="Wall"))
    why = "40 × 30, and would look blurred"
    for act in (
        lambda: add(make.png(colour="red"), curated=True),
        lambda: assets.change(asset, by=marketer, curated=True),
        lambda: assets.replace(Asset.objects.get(title="Wall"), io.BytesIO(make.png(colour="red")), by=marketer),
    ):
        with pytest.raises(assets.Refused, match=why):
            act()
    assert why in dict(public_catalog.add_images(asset.code, by=marketer).refused)[asset.code]
    form = {"title": "Stamp", "curated": "on"}
    answer = client_of(marketer).post(f"/admin/library/{asset.code}/change/", form)
    assert answer.status_code == 422 and why in answer.content.decode()
    assert not Asset.objects.filter(curated=True) and PublicItem.objects.get().asset.title == "Wall"


def test_changes_are_recorded_once(media, marketer):
    asset = add(LARGE)
    assets.change(asset, by=marketer, title="New", tags=["a"], curated=True)
    assets.change(asset, by=marketer, title="New", tags=["a"], curated=True)
    event = AuditEvent.objects.get(verb="asset.changed")
    assert (event.before["title"], event.after["title"], event.after["tags"]) == ("Untitled", "New", ["a"])
    assert assets.retire(asset, by=marketer) and not assets.retire(asset, by=marketer)
    assert AuditEvent.objects.filter(verb="asset.retired").count() == 1


def test_deleted_uploads_go_for_good_after_some_days(media):
    member = make_user("m@example.org")
    gone, used, fresh = (add(make.png(colour=(n, 0, 0)), owner=member, by=member) for n in range(3))
    house = add()
    PublicItem.objects.create(asset=used)
    Asset.objects.exclude(pk=fresh.pk).update(retired_at=timezone.now() - timedelta(days=8))
    assets.retire(fresh, by=member)
    assert assets.purge() == 1 and assets.purge() == 0
    assert set(Asset.objects.all()) == {used, fresh, house}
    assert StoredFile.objects.count() == files_in(media) == 6 and not Asset.objects.filter(pk=gone.pk)


def test_what_is_brought_back_during_the_purge_keeps_its_file(media, monkeypatch):
    member = make_user("m@example.org")
    for number in range(2):
        add(make.png(colour=(number, 0, 0)), owner=member, by=member)
    Asset.objects.update(retired_at=timezone.now() - timedelta(days=8))
    real = assets.storing.discard

    def discard(stored):
        real(stored)
        Asset.objects.update(retired_at=None)

    monkeypatch.setattr(assets.storing, "discard", discard)
    assert assets.purge() == 1
    assert Asset.objects.count() == 1 and StoredFile.objects.count() == files_in(media) == 2


def test_a_video_of_a_member_is_refused_in_a_sentence(media, member, tmp_path):
    """No cut could show it; the house's library takes it."""
    film = make.film(tmp_path / "film.mp4")
    with pytest.raises(assets.Refused, match="A video cannot become part of a cut"):
        add(film, owner=member, by=member)
    assert files_in(media) == 0 and add(film, by=None).kind == "video"
