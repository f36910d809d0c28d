"""What members have a model make: charged when it is there, given back when it is not, and absent without a model."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.models import Asset, Poem
from files.tests.make import png
from jobs import runner
from jobs.models import Job, State
from jobs.registry import run_now
from ledger import checks, posting
from ledger.models import Hold, Transaction
from ledger.queries import balances
from pricing import prices
from pricing.models import ProviderCall
from studio import wishes
from studio.generation import moderation, picture, poem
from studio.generation.calls import Failed
from studio.models import Cut
from studio.tests.make import make_choices
from tunables import values

WISH = {"theme": "Rain on the harbour", "tone": "tender", "language": "en", "price": "0.02"}
PICTURE = {"theme": "Rain.", "tone": "ink"}


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
    client_of(rich).post("/studio/pictures/wish/", PICTURE | {"price": "0.04", "form_key": uuid.uuid4()})
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


@pytest.mark.parametrize(
    ("service", "wish"),
    [
        ("poems", WISH | {"theme": "Something vile"}),
        ("poems", WISH),  # harmless, and what comes back is not
        ("pictures", PICTURE | {"price": "0.04", "tone": "something vile"}),
    ],
)
def test_what_is_flagged_is_not_made(service, wish, client_of, rich, monkeypatch):
    monkeypatch.setattr(moderation, "flags", lambda text: "harassment" if "vile" in text else "")
    monkeypatch.setattr(poem, "write", lambda *words: "A vile line.")
    monkeypatch.setattr(picture, "paint", lambda *words: pytest.fail("painted"))
    client_of(rich).post(f"/studio/{service}/wish/", wish | {"form_key": uuid.uuid4()})
    assert run_now(Job.objects.get(kind=wishes.KIND)).progress_note == wishes.FLAGGED
    assert (balances(rich).available, Poem.objects.count(), Asset.objects.count()) == (1, 0, 0)


def test_a_poem_that_no_cut_can_hold_is_not_charged(client_of, rich, monkeypatch):
    monkeypatch.setattr(poem, "write", lambda *words: "Rain\n" * 10_000)
    client_of(rich).post("/studio/poems/wish/", WISH | {"form_key": uuid.uuid4()})
    assert run_now(Job.objects.get(kind=wishes.KIND)).progress_note == wishes.UNFIT
    assert (balances(rich).held, balances(rich).available, Poem.objects.count()) == (0, 1, 0)


def test_a_theme_that_no_font_knows_is_no_title(client_of, rich, monkeypatch):
    monkeypatch.setattr(poem, "write", lambda *words: "Rain.\nMore rain.")
    client_of(rich).post("/studio/poems/wish/", WISH | {"theme": "Rain \U00013000", "form_key": uuid.uuid4()})
    run_now(Job.objects.get(kind=wishes.KIND))
    assert Poem.objects.get(owner=rich).title == "Rain."


def test_a_picture_of_a_run_that_died_is_paid_for_and_not_painted_again(rich, monkeypatch):
    painted = []

    def die(*_):
        raise SystemExit

    monkeypatch.setattr(picture, "paint", lambda *words: painted.append(words) or png())
    job = wishes.ask(rich, wishes.IMAGE, PICTURE, uuid.uuid4(), Decimal("0.04"))
    with monkeypatch.context() as dying, pytest.raises(SystemExit):
        dying.setattr(wishes, "_settle", die)
        runner.run(job.pk)
    posting.release(Hold.objects.get().pk, note="its limit passed")
    for _ in range(2):
        Job.objects.update(state=State.NEW, lease_until=None)
        assert run_now(job).progress_done == 1, job.progress_note
    assert len(painted) == 1 and Asset.objects.filter(owner=rich).count() == 1
    assert (balances(rich).held, balances(rich).available) == (0, 1 - prices.price("image"))
    assert Transaction.objects.get(external_id=f"wish:{job.pk}:charge").actor == rich


def test_a_painted_picture_outlasts_a_scanner_that_is_away(rich, monkeypatch, settings):
    painted = []
    monkeypatch.setattr(picture, "paint", lambda *words: painted.append(words) or png())
    settings.CLAMAV_SOCKET = "127.0.0.1:1"
    job, late = (wishes.ask(rich, wishes.IMAGE, PICTURE, uuid.uuid4(), Decimal("0.04")) for _ in range(2))
    assert run_now(job).state == State.NEW and "virus scanner" in job.error and balances(rich).held == Decimal("0.08")
    Job.objects.filter(pk=late.pk).update(created_at=timezone.now() - wishes.PATIENCE)
    assert "virus scanner" in run_now(late).progress_note and balances(rich).held == Decimal("0.04")
    settings.CLAMAV_SOCKET = ""
    assert run_now(job).progress_done == 1, job.progress_note
    assert Asset.objects.filter(owner=rich).count() == 1 and len(painted) == 2
    assert balances(rich).available == 1 - prices.price("image")


def test_a_result_that_nothing_covers_is_not_given(rich, monkeypatch):
    monkeypatch.setattr(picture, "paint", lambda *words: png())
    job = wishes.ask(rich, wishes.IMAGE, PICTURE, uuid.uuid4(), Decimal("0.04"))
    posting.release(Hold.objects.get().pk, note="its limit passed")
    posting.charge(rich, Decimal("0.99"), service="poem")
    assert run_now(job).progress_note == wishes.UNCOVERED
    assert not Asset.objects.filter(owner=rich, retired_at=None).exists()


def test_there_is_an_end_to_wishes_that_come_to_nothing(client_of, rich, owner, monkeypatch):
    """A full storage is seen before the model is asked; what it refuses is counted."""
    values.change("member_storage_mb", "1", by=owner)
    values.change("refused_wishes_per_day", "2", by=owner)
    asked = []
    monkeypatch.setattr(picture, "paint", lambda *words: asked.append(words))
    jobs = [wishes.ask(rich, wishes.IMAGE, PICTURE, uuid.uuid4(), Decimal("0.04")) for _ in range(3)]
    notes = [run_now(job).progress_note for job in jobs]
    assert "Your storage is full" in notes[1] and notes[2] == wishes.CAPPED and not asked
    assert (balances(rich).held, balances(rich).available) == (0, 1)
    sent = PICTURE | {"price": "0.04", "form_key": uuid.uuid4()}
    page = client_of(rich).post("/studio/pictures/wish/", sent, follow=True).content.decode()
    assert "Too many wishes came to nothing" in page and Job.objects.filter(kind=wishes.KIND).count() == 3


def test_a_cut_carries_what_its_parts_cost(client_of, rich, monkeypatch):
    monkeypatch.setattr(poem, "write", lambda *words: "Rain.\nMore rain.")
    job = run_now(wishes.ask(rich, wishes.POEM, WISH, uuid.uuid4(), Decimal("0.02")))
    facts = {"service_id": "poem", "provider": "language_model", "expected": Decimal("0.002"), "state": "answered"}
    ProviderCall.objects.create(key=f"poem:{job.pk}", **facts)
    for cost in (Decimal("0.002"), 0):
        client_of(rich).post("/make/cut/", make_choices() | {"poem": str(Poem.objects.get(owner=rich).pk)})
        cut = Cut.objects.with_cost().latest("pk")
        assert (cut.made_with, cut.cost) == (["poem"], cost)


def test_without_a_model_there_are_no_buttons(client_of, member):
    client = client_of(member)
    text = client.get("/studio/").content.decode()
    assert "A poem from a theme" not in text and "A picture from a poem" not in text
    assert client.post("/studio/poems/wish/", WISH | {"form_key": uuid.uuid4()}).status_code == 404


def test_a_price_that_changed_meanwhile_is_told_and_not_charged(client_of, rich):
    client = client_of(rich)
    assert 'name="price" value="0.020000"' in client.get("/studio/").text
    for price, words in (("0.01", "it is $0.02 now. Press again"), ("", "Price: ")):
        sent = WISH | {"price": price, "form_key": uuid.uuid4()}
        assert words in client.post("/studio/poems/wish/", sent, follow=True).text
    assert not Job.objects.filter(kind=wishes.KIND).exists() and balances(rich).held == 0
