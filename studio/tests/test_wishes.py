"""What members have a model make: charged when it is there, given back when it is not, and absent without a model."""

import uuid
from decimal import Decimal

import pytest

from catalog.models import Asset, Poem
from files.tests.make import png
from jobs.models import Job, State
from jobs.registry import run_now
from ledger import checks, posting
from ledger.queries import balances
from pricing import prices
from studio import wishes
from studio.generation import picture, poem
from studio.generation.calls import Failed

WISH = {"theme": "Rain on the harbour", "tone": "tender", "language": "en"}


@pytest.fixture
def rich(member, settings):
    settings.LANGUAGE_MODEL_KEY = settings.LANGUAGE_MODEL = settings.IMAGE_MODEL_KEY = settings.IMAGE_MODEL = "there"
    posting.grant(member, Decimal(1), note="Hello")
    return member


def test_a_poem_is_written_once_and_paid_for(client_of, rich, monkeypatch):
    monkeypatch.setattr(poem, "write", lambda *words: "Rain.\nMore rain.")
    client, sent = client_of(rich), WISH | {"form_key": uuid.uuid4()}
    for _ in range(2):
        assert client.post("/studio/poems/wish/", sent).status_code == 302
    price = prices.price("poem")
    assert balances(rich).held == price
    job = run_now(Job.objects.get(kind=wishes.KIND))
    assert (job.state, job.progress_done) == (State.DONE, 1), job.error
    assert (balances(rich).held, balances(rich).available) == (0, 1 - price)
    assert Poem.objects.get(owner=rich).text == "Rain.\nMore rain."
    assert "Your poem is there" in client.get("/studio/").content.decode()
    assert checks.run() == []


def test_a_picture_is_painted(client_of, rich, monkeypatch):
    monkeypatch.setattr(picture, "paint", lambda *words: png())
    client_of(rich).post("/studio/pictures/wish/", {"theme": "Rain.", "tone": "ink", "form_key": uuid.uuid4()})
    job = run_now(Job.objects.get(kind=wishes.KIND))
    assert job.progress_done == 1, (job.progress_note, job.error)
    made = Asset.objects.get(owner=rich)
    assert (made.origin, made.kind, made.title) == ("generated", "image", "Rain.")
    assert balances(rich).available == 1 - prices.price("image")


def test_what_the_model_does_not_make_costs_nothing(client_of, rich, monkeypatch):
    def fail(*_):
        raise Failed("The model did not answer.")

    monkeypatch.setattr(poem, "write", fail)
    client = client_of(rich)
    client.post("/studio/poems/wish/", WISH | {"form_key": uuid.uuid4()})
    job = run_now(Job.objects.get(kind=wishes.KIND))
    assert (job.state, job.progress_note) == (State.DONE, "The model did not answer.")
    assert (balances(rich).held, balances(rich).available) == (0, 1)
    assert "The model did not answer." in client.get(f"/studio/wishes/{job.pk}/", headers={"HX-Request": "true"}).text


def test_without_a_model_there_are_no_buttons(client_of, member):
    client = client_of(member)
    text = client.get("/studio/").content.decode()
    assert "A poem from a theme" not in text and "A picture from a poem" not in text
    assert client.post("/studio/poems/wish/", WISH | {"form_key": uuid.uuid4()}).status_code == 404
