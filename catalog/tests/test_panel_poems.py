"""The house's poems: found, written, corrected, shown, retired."""

import pytest

from audit.models import AuditEvent
from catalog import queries
from catalog.models import Category, Poem
from catalog.tests.make import HTMX, ROOM, make_poem

pytestmark = pytest.mark.django_db
PAGE, PANEL = f"{ROOM}poems/", f"{ROOM}panels/poems/"


def typed(**changes):
    return {"title": "Swift", "author": "Ada", "text": "Up.\n\nAnd up.", "language": "en", "category": "sea", **changes}


def test_it_works(client_of, marketer, member):
    shown, kept, old = make_poem("Shown", "a heron"), make_poem("Kept"), make_poem("Old")
    client = client_of(marketer)
    client.post(f"{PAGE}{shown.pk}/list/", headers=HTMX)
    client.post(f"{PAGE}{old.pk}/retire/", headers=HTMX)
    make_poem("Private", owner=member)
    kept.category = Category.objects.get(slug="sea")
    kept.save()

    def found(query):
        text = client.get(f"{PANEL}?{query}", headers=HTMX).content.decode()
        return {title for title in ("Shown", "Kept", "Old", "Private") if f">{title}<" in text}

    assert found("") == {"Shown", "Kept"} and found("state=retired") == {"Old"}
    assert found("state=shown") == found("q=HERON") == {"Shown"} and found("state=kept&category=sea") == {"Kept"}
    assert "No poem matches" in client.get(f"{PANEL}?q=nothing", headers=HTMX).content.decode()
    assert client.get(PAGE).status_code == client.get(f"{PAGE}{kept.pk}/").status_code == 200


def test_a_poem_is_written_once_and_shown(client_of, marketer):
    client = client_of(marketer)
    assert client.get(f"{PAGE}new/").status_code == 200
    answer = client.post(
        f"{PAGE}add/", typed(title=" Swift  song ", text="\r\n  Up.  \r\n\r\nAnd up.\r\n\r\n", shown="on")
    )
    poem = Poem.objects.get()
    assert answer.status_code == 302 and (poem.title, poem.text) == ("Swift song", "  Up.\n\nAnd up.")
    assert (poem.category.slug, poem.owner, list(queries.public_poems())) == ("sea", None, [poem])
    assert AuditEvent.objects.get(verb="poem.added", actor=marketer).after["text"] == ["Up.", "", "And up."]
    again = client.post(f"{PAGE}add/", typed(text=poem.text))
    assert again.status_code == 422 and "This poem is here already, as “Swift song”." in again.content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": " "}, "Fill this in."),
        ({"title": "a\u202eb"}, "invisible character"),
        ({"text": "\n \n"}, "Fill this in."),
        ({"text": "a\u0007b"}, "invisible character"),
        ({"text": "x" * 20_001}, "at most 20000"),
        ({"text": "x" * 19_000}, "a cut holds"),
        ({"text": "a\n" * 900}, "lines; a cut holds"),
        ({"text": "𒀀"}, "cuneiform"),
        ({"language": "english!"}, "Write a language tag"),
        ({"category": "nowhere"}, "Select a valid choice"),
    ],
)
def test_what_is_refused(client_of, marketer, changes, sentence):
    poem = make_poem()
    for path in (f"{PAGE}add/", f"{PAGE}{poem.pk}/change/"):
        answer = client_of(marketer).post(path, typed(**changes))
        assert answer.status_code == 422 and sentence in answer.content.decode()
    assert Poem.objects.get() == poem


def test_a_correction_is_recorded(client_of, marketer):
    poem = make_poem(category=Category.objects.get(slug="city"))
    Category.objects.filter(slug="city").update(retired_at="2026-01-01T00:00Z")
    client, path = client_of(marketer), f"{PAGE}{poem.pk}/change/"
    client.post(path, typed(category="city"))  # the retired category that it has, it may keep
    client.post(path, typed(category="city"))
    event = AuditEvent.objects.get(verb="poem.changed")
    assert (event.before["title"], event.after["title"], event.after["category"]) == ("Heron", "Swift", "city")
    poem.refresh_from_db()
    assert poem.text == "Up.\n\nAnd up."


def test_retired_and_back_and_twice_is_once(client_of, marketer):
    poem, client = make_poem(), client_of(marketer)
    client.post(f"{PAGE}{poem.pk}/list/", headers=HTMX)
    for verb, left in (("retire", []), ("restore", [poem])):
        for _ in range(2):
            answer = client.post(f"{PAGE}{poem.pk}/{verb}/", headers=HTMX)
            assert list(queries.public_poems()) == left
    assert AuditEvent.objects.filter(verb__in=("poem.retired", "poem.brought_back")).count() == 2
    assert "is back" in answer["HX-Trigger"]
    assert "already" in client.post(f"{PAGE}{poem.pk}/list/", headers=HTMX)["HX-Trigger"]


def test_members_poems_are_theirs_and_who_may_not(client_of, marketer, supporter, member):
    private, house = make_poem(owner=member), make_poem()
    for verb in ("change", "list", "retire", "restore"):
        assert client_of(marketer).post(f"{PAGE}{private.pk}/{verb}/", typed()).status_code == 404
        assert client_of(supporter).post(f"{PAGE}{house.pk}/{verb}/", typed()).status_code == 403
    assert client_of(marketer).get(f"{PAGE}{private.pk}/").status_code == 404
    page = client_of(supporter).get(f"{PAGE}{house.pk}/").content.decode()
    assert "Still." in page and "<textarea" not in page


def test_it_shows_nothing_yet(client_of, marketer):
    assert "No poems yet" in client_of(marketer).get(PANEL, headers=HTMX).content.decode()
