"""One asset of the library: what may be done with it, and where it is used."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import AuditEvent
from catalog.models import Asset, PublicItem
from catalog.tests.make import make_asset
from files.tests import make

HTMX = {"HX-Request": "true"}


def test_it_works(db, client_of, supporter):
    asset = make_asset()
    panel = f"/admin/catalog/panels/asset_uses/{asset.code}/"
    client = client_of(supporter)
    assert "Not used yet" in client.get(panel).content.decode()
    PublicItem.objects.create(asset=asset, position=7)
    assert "at position 8" in client.get(panel).content.decode()


def test_staff_change_retire_and_bring_back(db, client_of, marketer):
    asset, client = make_asset(), client_of(marketer)
    url = f"/admin/library/{asset.code}/"
    assert asset.code in client.get(url).content.decode()
    wrong = client.post(f"{url}change/", {"title": ""}, headers=HTMX)
    assert wrong.status_code == 422 and "Fill this in." in wrong.content.decode()
    assert client.post(f"{url}change/", {"title": "Forest", "curated": "on", "code": "x"}).url == url
    asset.refresh_from_db()
    assert (asset.title, asset.curated) == ("Forest", True) and asset.code in url
    undo = client.post(f"{url}retire/", headers=HTMX)
    assert f"{url}restore/" in undo.headers["HX-Trigger"]
    assert "already" in client.post(f"{url}retire/", headers=HTMX).headers["HX-Trigger"]
    assert "Restore" in client.get(url).content.decode()
    assert "is back" in client.post(f"{url}restore/", headers=HTMX).headers["HX-Trigger"]
    verbs = ["asset.changed", "asset.retired", "asset.restored"]
    assert (
        list(AuditEvent.objects.filter(verb__startswith="asset.").order_by("id").values_list("verb", flat=True))
        == verbs
    )


def test_another_file_takes_its_place(db, settings, tmp_path, client_of, marketer):
    settings.MEDIA_ROOT = str(tmp_path)
    asset, client = make_asset(), client_of(marketer)
    url = f"/admin/library/{asset.code}/replace/"
    wrong = client.post(url, {"files": SimpleUploadedFile("x.png", b"%PDF-1.4")}, headers=HTMX)
    assert wrong.status_code == 422 and "This is a PDF" in wrong.content.decode()
    answer = client.post(url, {"files": SimpleUploadedFile("x.png", make.png())}, headers=HTMX)
    new = Asset.objects.get(retired_at=None)
    assert answer.headers["HX-Redirect"] == f"/admin/library/{new.code}/"
    page = client.get(answer.headers["HX-Redirect"]).content.decode()
    assert f"{asset.code} is retired" in page and f'action="/admin/library/{asset.code}/restore/"' in page


@pytest.mark.parametrize("verb", ["change", "replace", "retire", "restore"])
def test_a_members_asset_is_not_there(db, client_of, marketer, member, verb):
    asset, client = make_asset(owner=member), client_of(marketer)
    assert client.get(f"/admin/library/{asset.code}/").status_code == 404
    assert client.post(f"/admin/library/{asset.code}/{verb}/").status_code == 404
