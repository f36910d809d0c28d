"""What the slots said before, and back to it with one click."""

import pytest

from audit.models import AuditEvent
from ctas.models import Slot
from ctas.tests.make import ROOM, SAVE, typed

pytestmark = pytest.mark.django_db
PANEL = f"{ROOM}panels/history/"
HTMX = {"HX-Request": "true"}
FIRST = f"{ROOM}slots/primary/versions/1/restore/"


@pytest.fixture
def changed(client_of, marketer):
    client = client_of(marketer)
    client.post(SAVE, typed(primary_text="Second"), headers=HTMX)
    return client


def test_it_works(changed, marketer):
    text = changed.get(PANEL, headers=HTMX).content.decode()
    assert text.index("Second") < text.index("Create your account with {credit}")
    assert str(marketer) in text and "Shipped" in text and text.count("Use again") == 1


def test_one_click_returns_and_undo_goes_back(changed):
    shipped = Slot.objects.get(key="primary").versions.get(version=1).text
    answer = changed.post(FIRST, headers=HTMX)
    slot = Slot.objects.get(key="primary")
    assert (slot.text, slot.version) == (shipped, 3)
    undo = f"{ROOM}slots/primary/versions/2/restore/"
    assert undo in answer["HX-Trigger"]
    assert AuditEvent.objects.get(verb="slot.restored").after["text"] == shipped
    assert "says that already" in changed.post(FIRST, headers=HTMX)["HX-Trigger"]  # twice
    changed.post(undo, headers=HTMX)
    assert Slot.objects.get(key="primary").text == "Second"


def test_what_never_was_and_who_may_not(changed, client_of, supporter):
    assert changed.post(f"{ROOM}slots/primary/versions/9/restore/").status_code == 404
    assert changed.post(f"{ROOM}slots/tertiary/versions/1/restore/").status_code == 404
    assert client_of(supporter).post(FIRST).status_code == 403
    assert "Use again" not in client_of(supporter).get(PANEL, headers=HTMX).content.decode()
