"""Categories, frame designs and styles: what ships, and what staff do to them."""

import threading
from io import BytesIO

import pytest
from django.db import connection
from PIL import Image

from audit.models import AuditEvent
from catalog import choices, drawings, ordering, queries
from catalog.choices import KINDS
from catalog.models import Category, FrameDesign, Style
from catalog.tests.make import HTMX, ROOM, make_cut

pytestmark = pytest.mark.django_db
FRAMES = f"{ROOM}choices/frames/"


def panel(client, kind):
    return client.get(f"{ROOM}panels/choices/{kind}/", headers=HTMX).content.decode()


def slugs(kind) -> list[str]:
    return [row.slug for row in KINDS[kind].offered]


def test_what_ships():
    assert slugs("categories") == ["nature", "city", "love", "family", "seasons", "night", "sea", "abstract"]
    assert queries.frames().count() >= 6 and queries.styles().count() >= 6
    for kind in ("frames", "styles"):
        rows = list(KINDS[kind].offered)
        assert {row.drawing for row in rows} == set(drawings.titles(kind)), "every drawing is offered"
        for row in rows:
            assert set(row.options) <= set(drawings.check(kind, row.drawing, row.options))


@pytest.mark.parametrize("kind", KINDS)
def test_it_works(client_of, marketer, supporter, member, kind):
    make_cut(member)
    client = client_of(marketer)
    text = panel(client, kind)
    assert all(row.title in text for row in KINDS[kind].offered)
    assert text.count('data-label="Cuts made">1<') == (kind != "categories")
    assert client.get(f"{ROOM}choices/{kind}/").status_code == 200
    assert client.get(f"{ROOM}choices/{kind}/{KINDS[kind].offered[0].pk}/").status_code == 200
    assert "Retire" not in panel(client_of(supporter), kind)


def test_one_is_added_once_and_opens(client_of, marketer):
    client, form = client_of(marketer), {"title": " Rose  leaf ", "drawing": "gilded"}
    answer = client.post(f"{FRAMES}add/", form)
    row = FrameDesign.objects.get(slug="rose-leaf")
    assert (row.title, row.drawing, slugs("frames")[-1]) == ("Rose leaf", "gilded", "rose-leaf")
    assert answer["Location"] == f"{FRAMES}{row.pk}/"
    assert AuditEvent.objects.get(verb="framedesign.added").after["drawing"] == "gilded"
    for refused, sentence in (
        ({**form, "title": "ROSE LEAF"}, "There is a frame design “ROSE LEAF” already."),
        ({**form, "title": ""}, "Fill this in."),
        ({"title": "New", "drawing": "nothing"}, "Select a valid choice"),
    ):
        again = client.post(f"{FRAMES}add/", refused)
        assert again.status_code == 422 and sentence in again.content.decode()
    assert client.post(f"{ROOM}choices/categories/add/", {"title": "Øl 愛"}).status_code == 302
    assert client.post(f"{ROOM}choices/categories/add/", {"title": "愛"}).status_code == 302
    assert client.post(f"{ROOM}choices/categories/add/", {"title": "夜"}).status_code == 302
    assert slugs("categories")[-3:] == ["l", "category", "category-2"]


def test_options_are_judged_by_the_drawing(client_of, marketer):
    row, client = FrameDesign.objects.get(slug="gilded"), client_of(marketer)
    path, good = f"{FRAMES}{row.pk}/", {"option_leaf": "silver", "option_width": "60", "option_slip": "#FFEECC"}
    assert client.post(f"{path}change/", {"title": "Silver", **good}).status_code == 302
    row.refresh_from_db()
    assert row.options == {"leaf": "silver", "width": 60.0, "slip": "#ffeecc"}
    event = AuditEvent.objects.get(verb="framedesign.changed")
    assert (event.before["title"], event.after["options"]["leaf"]) == ("Gilded", "silver")
    for bad in ({"option_leaf": "tin"}, {"option_width": "999"}, {"option_slip": "red"}, {"option_width": "nan"}):
        assert client.post(f"{path}change/", {"title": "Silver", **good, **bad}).status_code == 422
        assert 'class="error"' in client.get(f"{path}preview/", {"title": "Silver", **good, **bad}).content.decode()
    style = Style.objects.get(slug="noir")
    look = {f"option_{name}": value for name, value in drawings.check("styles", "noir", {}).items()}
    look |= {"title": "Noir", "option_ink": "#000000"}
    answer = client.post(f"{ROOM}choices/styles/{style.pk}/change/", look)
    assert answer.status_code == 422 and "hard to read" in answer.content.decode()


def test_samples_are_pictures_of_what_the_form_says(client_of, marketer):
    def sample(kind, row, **options):
        answer = client_of(marketer).get(f"{ROOM}choices/{kind}/{row.pk}/sample.jpg", options)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        picture = Image.open(BytesIO(answer.content))
        assert picture.size == drawings.SIZE
        return answer.content

    row = FrameDesign.objects.get(slug="gilded")
    given = {"title": "-", "option_leaf": "rose", "option_width": "84", "option_slip": "#e6dcc6"}
    own = sample("frames", row)
    assert own != sample("frames", row, **given) and own == sample("frames", row, option_width="999")
    assert own != sample("styles", Style.objects.get(slug="noir"))
    for broken in ({"options": {"gone": 1}}, {"drawing": "gone"}):
        FrameDesign.objects.filter(pk=row.pk).update(**broken)
        assert client_of(marketer).get(f"{FRAMES}{row.pk}/sample.jpg").status_code == 404
    assert client_of(marketer).get(f"{FRAMES}{row.pk}/").status_code == 200
    nature = Category.objects.get(slug="nature")
    assert client_of(marketer).get(f"{ROOM}choices/categories/{nature.pk}/sample.jpg").status_code == 404


def test_placed_retired_and_back(client_of, marketer, supporter):
    client, sea = client_of(marketer), Category.objects.get(slug="sea")
    path = f"{ROOM}choices/categories/{sea.pk}/"
    assert "number 1 of 8" in client.post(f"{path}place/", {"position": 0}, headers=HTMX)["HX-Trigger"]
    assert slugs("categories")[0] == "sea"
    assert f"{path}restore/" in client.post(f"{path}retire/", headers=HTMX)["HX-Trigger"]
    client.post(f"{path}retire/", headers=HTMX)
    assert "sea" not in slugs("categories") and panel(client, "categories").index("Abstract") < panel(
        client, "categories"
    ).index(">Sea<")
    assert client.post(f"{path}place/", {"position": 0}).status_code == 404
    client.post(f"{path}restore/", headers=HTMX)
    client.post(f"{path}restore/", headers=HTMX)
    assert slugs("categories")[-1] == "sea"
    assert list(Category.objects.values_list("position", flat=True)) == list(range(8))
    verbs = AuditEvent.objects.filter(target=f"category:{sea.pk}").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["category.moved", "category.retired", "category.brought_back"]
    assert client_of(supporter).post(f"{path}retire/").status_code == 403
    assert client_of(marketer).post(f"{ROOM}choices/nothing/{sea.pk}/retire/").status_code == 404


def test_the_last_one_stays_and_titles_stay_one(client_of, marketer):
    kind, (first, *others) = KINDS["styles"], list(Style.objects.all())
    for row in others:
        choices.retire(kind, row.pk, by=marketer)
    answer = client_of(marketer).post(f"{ROOM}choices/styles/{first.pk}/retire/", headers=HTMX)
    assert "is the last style" in answer["HX-Trigger"] and slugs("styles") == [first.slug]
    choices.add(kind, others[0].title, by=marketer, drawing="noir", options={})
    answer = client_of(marketer).post(f"{ROOM}choices/styles/{others[0].pk}/restore/", headers=HTMX)
    assert "already" in answer["HX-Trigger"] and len(slugs("styles")) == 2


def test_at_once(committed_db):
    """Many arrange the same rows: whoever is last wins, and every place is taken once."""
    rows = list(FrameDesign.objects.all())

    def shuffle(number):
        try:
            for step in range(3):
                row = rows[(number * 3 + step) % len(rows)]
                ordering.place(FrameDesign.objects.all(), row.pk, (number + step) % 5, by=None)
        finally:
            connection.close()

    threads = [threading.Thread(target=shuffle, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(FrameDesign.objects.values_list("position", flat=True)) == list(range(len(rows)))
