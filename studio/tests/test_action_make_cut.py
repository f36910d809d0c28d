"""POST /make/cut/: whoever asks gets one cut, within their limits; and what they may do with it."""

import re
import uuid
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from catalog import assets
from jobs.models import Job
from ledger import posting
from ledger.models import Hold
from ledger.queries import balances
from studio import cuts, forms, rendering
from studio.models import Cut
from studio.tests.make import PRICE, make_choices, make_cut, make_picture
from tunables import values


def make(client, **changes):
    return client.post("/make/cut/", make_choices() | changes)


def test_a_visitor_makes_one_however_often_they_click(client, db):
    choices = make_choices()
    answers = [client.post("/make/cut/", choices) for _ in range(2)]
    cut = Cut.objects.get()
    assert [answer["Location"] for answer in answers] == [cut.get_absolute_url()] * 2
    assert (cut.owner, cut.price, cut.hold_id, cut.visibility) == (None, 0, None, "private")
    assert (cut.title, cut.author, cut.images.get().title) == ("Harbour kitchen", "A. Tern", "Harbour")
    assert Job.objects.filter(kind="studio.render").count() == 1
    page = client.get(cut.get_absolute_url()).content.decode()
    assert "The kettle hums a harbour song" in page and "Starting" in page
    assert Client().get(cut.get_absolute_url()).status_code == 404


def test_a_form_that_somebody_else_has_used_is_refused_in_a_sentence(client, client_of, member):
    """A member's page after the sign-out, and a double click of two that nobody knew."""
    posting.grant(member, Decimal(1), note="Hello")
    choices = make_choices() | {"public": "on"}
    client_of(member).post("/make/cut/", choices)
    client.logout()
    refused = client.post("/make/cut/", choices)
    page = refused.content.decode()
    assert refused.status_code == 422 and "This page was used before." in page and not client.session.keys()
    fresh = re.search(r'name="form_key" value="([^"]+)"', page)[1]
    assert client.post("/make/cut/", choices | {"form_key": fresh}).status_code == 302
    assert [cut.owner for cut in Cut.objects.order_by("id")] == [member, None]


def test_what_a_visitor_made_is_kept_by_no_cache(client, db):
    assert "no-store" not in client.get("/make/").get("Cache-Control", "")
    path = make(client)["Location"]
    for page in ("/make/", "/my-cuts/", path, f"{path}progress/"):
        assert client.get(page)["Cache-Control"] == "no-store", page


def test_a_visitor_has_a_limit_and_so_has_the_address(client, owner):
    values.change("anonymous_renders_per_day", "2", by=owner)
    assert make(client).status_code == 302
    assert make(Client()).status_code == 302, "another visitor from the same address"
    refused = make(Client())
    assert refused.status_code == 422 and "You have had today’s" in refused.content.decode()
    assert "/go/conversion_screen/" in refused.content.decode()
    assert make(client, REMOTE_ADDR="10.0.0.9").status_code == 422
    assert Cut.objects.count() == 2


def test_a_cut_stopped_while_it_waits_costs_no_free_one_and_the_last_one_says_so(client, owner):
    values.change("anonymous_renders_per_day", "1", by=owner)
    for state in ("queued", "rendering"):
        make(client)
        cut = Cut.objects.latest("id")
        Cut.objects.filter(pk=cut.pk).update(state=state)
        for _ in range(2):
            client.post(f"/cuts/{cut.slug}/cancel/")
        page = client.get(cut.get_absolute_url()).content.decode()
        assert (
            ("Another try is one of your free cuts of the day" in page)
            == (">Try again<" in page)
            == (state == "queued")
        )
        assert (
            ("No free cut is left today" in page)
            == (">Create an account</a>" in page.split("<main")[1])
            == (state == "rendering")
        )
    assert "today’s 1 free cut:" in client.post(f"/cuts/{cut.slug}/retry/", {"price": 0}, follow=True).content.decode()


def test_a_poem_is_measured_as_it_is_read(client, owner):
    """A line break counts once, and what cannot be kept is refused in one sentence."""
    values.change("poem_characters_limit", "200", by=owner)
    for text, said in (("\r\n".join(["a" * 49] * 4), ""), ("One\x00two", "an invisible character")):
        answer = make(client, poem="own", text=text)
        assert (answer.status_code == 302) == (not said) and said in answer.content.decode()
    assert "Write your poem here" not in answer.content.decode()
    assert Cut.objects.get().text.count("\n") == 3 and "\r" not in Cut.objects.get().text


def test_a_member_pays_from_a_hold(client_of, member):
    client = client_of(member)
    refused = make(client)
    assert refused.status_code == 422 and "Your credit does not cover it" in refused.content.decode()
    assert not Cut.objects.exists() and not Job.objects.filter(kind="studio.render").exists()
    posting.grant(member, Decimal(1), note="Hello")
    assert make(client, public="on").status_code == 302
    cut = Cut.objects.get()
    assert (cut.owner, cut.price, cut.visibility) == (member, PRICE, "public")
    assert balances(member).held == PRICE
    client.post(f"/cuts/{cut.slug}/cancel/")
    client.post(f"/cuts/{cut.slug}/cancel/")
    cut.refresh_from_db()
    assert (cut.state, balances(member).held, balances(member).available) == ("cancelled", 0, 1)
    page = client.get(cut.get_absolute_url()).content.decode()
    assert "Another try costs $0.10" in page and page.count("Nothing was charged") == 1
    for shown in ({}, {"price": "0.09"}, {"price": PRICE}):
        assert Hold.objects.count() == 1
        client.post(f"/cuts/{cut.slug}/retry/", shown)
    cut.refresh_from_db()
    assert (cut.state, balances(member).held) == ("queued", PRICE)
    assert Hold.objects.count() == 2
    repriced = make(client, price="0.05")
    assert repriced.status_code == 422 and "The price has changed: it is $0.10 now" in repriced.content.decode()
    assert Cut.objects.count() == 1


def test_a_waiting_cut_that_is_deleted_costs_no_free_one(client, owner):
    values.change("anonymous_renders_per_day", "1", by=owner)
    make(client)
    client.post(f"/cuts/{Cut.objects.get().slug}/delete/")
    assert make(client).status_code == 302


def test_a_free_render_counts_each_time_it_is_begun_and_stays_free(client, member, owner):
    values.change("anonymous_renders_per_day", "2", by=owner)
    make(client)
    cut = Cut.objects.get()
    client.post("/account/login/", {"login": member.email, "password": "poem-vision-demo"})
    for state, said in (("queued", "Another try is free"), ("cancelled", "No free cut is left today")):
        client.post(f"/cuts/{cut.slug}/cancel/")
        assert said in client.get(cut.get_absolute_url()).content.decode()
        client.post(f"/cuts/{cut.slug}/retry/", {"price": "0"})
        cut.refresh_from_db()
        assert (cut.state, cut.price, cut.owner, cut.hold_id) == (state, 0, member, None)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"poem": "own", "text": "  \n "}, "Write your poem here"),
        ({"poem": "own", "text": "line\n" * 10_000}, "characters; a cut holds"),
        ({"poem": "own", "text": "a\n" * 200}, "lines; a cut holds 120"),
        ({"poem": "own", "text": "x" * 2900}, "One line has 2,900 characters"),
        ({"poem": "999"}, "This poem is no longer here"),
        ({"images": "as_nobody"}, "as_nobody is not one of the available choices"),
        ({"frame": "nothing"}, "Select a valid choice"),
        ({"form_key": ""}, "Reload the page"),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_sentence(client, db, changes, sentence):
    response = make(client, **changes)
    assert response.status_code == 422 and sentence in response.content.decode()
    assert not Cut.objects.exists()


def test_others_pictures_are_not_there(client_of, member, outsider):
    theirs = make_picture(owner=outsider)
    posting.grant(member, Decimal(1), note="Hello")
    choices = make_choices() | {"images": [theirs.code]}
    assert client_of(member).post("/studio/cut/", choices).status_code == 422
    mine = [make_picture(owner=member).code for _ in range(2)]
    assert client_of(member).post("/studio/cut/", choices | {"images": mine}).status_code == 302
    cut = Cut.objects.get()
    assert (cut.service, cut.price, cut.images.count()) == ("studio_render", Decimal("0.25"), 2)


def test_what_was_made_before_belongs_to_whoever_signs_in(client, member):
    make(client)
    cut = Cut.objects.get()
    client.post("/account/login/", {"login": member.email, "password": "poem-vision-demo"})
    cut.refresh_from_db()
    assert (cut.owner, cut.visitor) == (member, None)
    assert client.get(cut.get_absolute_url()).status_code == 200


def test_a_visitors_cut_is_shared_by_its_link_only(client, db):
    make(client)
    cut = Cut.objects.get()
    assert not cuts.show(cut, cuts.LINK), "not before it is done"
    Cut.objects.all().delete()
    cut = make_cut(visitor=uuid.UUID(client.session["visitor"]))
    page = client.get(f"{cut.get_absolute_url()}?next=/elsewhere/").content.decode()
    assert f"/go/conversion_screen/?next=%2Fcuts%2F{cut.slug}%2F" in page, "back to the cut after the sign-up"
    assert "no music in this mood yet; the cut is silent" in page
    assert 'value="link"' in page and 'value="public"' not in page and "With an account" in page
    for visibility in ("link", "public"):
        client.post(f"/cuts/{cut.slug}/show/", {"visibility": visibility})
        cut.refresh_from_db()
        assert cut.visibility == "link"


def test_sharing_is_a_click_and_can_be_taken_back(client_of, member, owner):
    cut, client, stranger = make_cut(owner=member), client_of(member), Client()
    for visibility, answer, on_wall in (("private", 404, 0), ("link", 200, 0), ("public", 200, 1), ("private", 404, 0)):
        client.post(f"/cuts/{cut.slug}/show/", {"visibility": visibility})
        for path in ("", "video.mp4", "poster.jpg", "as/square/"):
            expected = 302 if answer == 200 and path else answer
            assert stranger.get(f"/c/{cut.slug}/{path}").status_code == expected, (visibility, path)
        assert stranger.get("/wall/").content.decode().count(cut.slug) == on_wall
        assert (cut.slug in stranger.get("/sitemap.xml").content.decode()) == bool(on_wall)
    cuts.bar(cut, by=owner)
    client.post(f"/cuts/{cut.slug}/show/", {"visibility": "public"})
    cut.refresh_from_db()
    assert cut.visibility == "private"


def test_a_deleted_cut_comes_back(client, db):
    make(client)
    cut = Cut.objects.get()
    client.post(f"/cuts/{cut.slug}/delete/")
    assert client.get(cut.get_absolute_url()).status_code == 404
    assert f"/cuts/{cut.slug}/restore/" in client.get("/my-cuts/").content.decode()
    Client().post(f"/cuts/{cut.slug}/restore/")
    cut.refresh_from_db()
    assert cut.deleted_at, "not by somebody else"
    client.post(f"/cuts/{cut.slug}/restore/")
    assert client.get(cut.get_absolute_url()).status_code == 200


def test_every_picture_of_the_pool_can_be_reached_and_the_form_keeps_its_state(client, client_of, owner, monkeypatch):
    monkeypatch.setattr(forms, "PICTURES", 2)
    choices = make_choices()
    pool = [make_picture(public=False, curated=True, title=f"Pool {number}") for number in range(4)]
    hidden = make_picture(public=False)
    first = client.get("/make/").content.decode()
    assert "More pictures" in first and pool[3].code in first and pool[0].code not in first
    kept = {"poem": "own", "text": "Half a", "title": "Not done", "images": pool[0].code, "shown": "2"}
    answer = client.post("/make/cut/", choices | kept | {"more": "yes"})
    page = answer.content.decode()
    assert answer.status_code == 200 and not Cut.objects.exists() and 'role="alert"' not in page
    assert f'value="{pool[0].code}" checked' in page and "Half a" in page and 'value="Not done"' in page
    assert [page.count(asset.code) for asset in pool] == [1, 1, 1, 1] and 'name="shown" value="4"' in page
    assert 'name="more"' in page, "the catalog's one stands before them"
    assert client.post("/make/cut/", choices | {"images": hidden.code}).status_code == 422
    assert client.post("/make/cut/", choices | {"images": pool[1].code}).status_code == 302
    assert Cut.objects.get().images.get() == pool[1]
    preview = client_of(owner).get("/admin/catalog/as-visitor/").content.decode()
    assert re.findall("Harbour|Pool .", preview.split("<h2>An image")[1]) == ["Harbour", *(f"Pool {n}" for n in "3210")]


def test_the_filter_of_the_studio_finds_what_is_curated_behind_other_pictures(client_of, member, monkeypatch):
    monkeypatch.setattr(forms, "PICTURES", 2)
    choices, studio = make_choices() | {"curated": "on"}, client_of(member)
    own = [make_picture(owner=member, title=f"Mine {number}") for number in range(3)]
    assert "No picture is in the curated pool" in studio.get("/studio/?curated=on").content.decode()
    pool = [make_picture(public=False, curated=True, title=f"Pool {number}") for number in range(3)]
    for page in (
        studio.get("/studio/?curated=on").content.decode(),
        studio.post("/studio/cut/", choices | {"more": "filter", "images": own[0].code}).content.decode(),
    ):
        assert 'hx-swap="outerHTML" checked' in page and 'name="shown" value="2"' in page
        assert [asset.code in page for asset in pool] == [False, True, True] and own[1].code not in page
    assert f'value="{own[0].code}" checked' in page, "what was chosen stays"
    page = studio.post("/studio/cut/", choices | {"more": "yes", "shown": "2"}).content.decode()
    assert pool[0].code in page, "and so does the filter, for more of them"


def test_a_members_own_music_plays_in_a_studio_cut(client_of, member, outsider):
    """Theirs alone, in the studio alone; the pool is not asked, and a later deletion changes nothing."""
    posting.grant(member, Decimal(1), note="Hello")
    facts = {"kind": "music", "checksum": "m", "duration_ms": 61_000}
    mine = make_picture(owner=member, title="Our song", **facts)
    theirs = make_picture(owner=outsider, title="Their song", **facts)
    make_picture(title="The song of the house", curated=True, **facts)
    studio, choices = client_of(member), make_choices()
    text = studio.get("/studio/").content.decode()
    assert text.index("Our song") < text.index("The song of the house")
    assert "Our song" in text and "1 min" in text and "Their song" not in text
    assert 'name="music"' not in studio.get("/make/").content.decode()
    refused = studio.post("/studio/cut/", choices | {"music": theirs.code})
    assert refused.status_code == 422 and "no longer here" in refused.content.decode()
    studio.post("/studio/cut/", choices | {"music": mine.code})
    cut = Cut.objects.get()
    assert cut.own_music == cut.music == mine
    assets.retire(mine, by=member)
    assert assets.purge(timezone.now()) == 0
    rendering._add_music(cut)
    assert cut.track is None and cut.music == mine


def test_a_poem_of_ones_own_has_a_category(client, db):
    own = {"poem": "own", "text": "Rain", "language": "en", "category": "sea"}
    client.post("/make/cut/", make_choices() | own)
    assert 'name="category"' in client.get("/make/").content.decode()
    client.post("/make/cut/", make_choices() | own | {"category": ""})
    assert [cut.category and cut.category.slug for cut in Cut.objects.order_by("pk")] == ["sea", None]
