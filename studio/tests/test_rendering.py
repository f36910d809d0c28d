"""The job that makes a cut: done and charged together, music once, nothing left behind, whatever dies in between."""

import tempfile
import uuid
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone

from files.models import StoredFile
from jobs import runner
from jobs.models import Job, State
from jobs.registry import Retry, run_now
from ledger import checks, posting
from ledger.models import Hold, Transaction
from ledger.queries import balances
from musicpool.models import Track
from musicpool.tests.make import make_track
from studio import brush, cuts, easel, rendering, upkeep
from studio.models import Cut
from studio.orders import Order
from studio.tests.make import PRICE, TEXT, frame, make_cut, make_picture, style


def leftovers() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"{easel.PREFIX}*"))


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Runs have their folders here."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    yield
    assert leftovers() == []


@pytest.fixture
def ordered(member):
    """A member's cut that waits for its render."""
    posting.grant(member, Decimal(1), note="Hello")
    fields = {"title": "Harbour", "text": TEXT, "language": "en", "mood": "calm", "genre": "piano"}
    order = Order(uuid.uuid4(), fields | {"frame": frame(), "style": style()}, (make_picture(),))
    request = SimpleNamespace(user=member, session={})
    return cuts.make(order, request)


def paint(work):
    """The painter's part played by `work(where, tell)`, which returns the bytes of each file."""

    def play(recipe, where, tell):
        files = {}
        for name, data in work(where, tell).items():
            files[name] = where / name
            files[name].write_bytes(data)
        return easel.Made(files, 2500)

    return play


def whole(where, tell):
    tell("Painting", 0.5)
    return dict.fromkeys(rendering.KINDS, b"data")


def test_it_works(ordered, member, monkeypatch):
    monkeypatch.setattr(easel, "paint", paint(whole))
    job = run_now(ordered.job)
    ordered.refresh_from_db()
    assert (job.state, ordered.state, ordered.duration_ms) == (State.DONE, "done", 2500), job.error
    assert ordered.started_at and ordered.finished_at and ordered.waited and ordered.video.size == 4
    assert (balances(member).held, balances(member).available) == (0, Decimal("0.90"))
    assert Transaction.objects.get(external_id=f"cut:{ordered.pk}:charge").amount == PRICE
    Job.objects.update(state=State.NEW)
    run_now(ordered.job)
    assert Transaction.objects.filter(kind="settle").count() == 1
    assert checks.run() == []


def test_a_run_that_died_is_taken_up_again(ordered, member, monkeypatch):
    """Its files are replaced, its folder is removed, and one charge is made."""

    class Killed(BaseException):
        """As by kill -9: nothing that comes after it is done."""

    def die(*_):
        raise Killed

    monkeypatch.setattr(easel, "paint", paint(whole))
    with monkeypatch.context() as dying:
        dying.setattr(rendering, "_finish", die)
        dying.setattr(easel.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            runner.run(ordered.job.pk)
    assert len(leftovers()) == 1 and StoredFile.objects.count() == 5
    first = set(StoredFile.objects.values_list("pk", flat=True))
    assert not runner.run(ordered.job.pk), "its lease still runs"
    theirs = leftovers()[0].name.replace(easel._ours(), f"{easel.PREFIX}01234567-")  # another installation's
    strange = Path(tempfile.gettempdir(), theirs.replace(f"-{ordered.job.pk}-", "-987654321-"))
    strange.mkdir()
    assert easel.clear() == 0
    strange.rmdir()
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert runner.run(ordered.job.pk)
    ordered.refresh_from_db()
    assert ordered.state == "done" and leftovers() == []
    assert StoredFile.objects.count() == 5 and len(first & set(StoredFile.objects.values_list("pk", flat=True))) == 1
    assert Transaction.objects.filter(external_id=f"cut:{ordered.pk}:charge").count() == 1
    assert (balances(member).held, balances(member).available) == (0, Decimal("0.90"))


def test_stopped_in_the_midst(ordered, member, monkeypatch):
    def stopped(where, tell):
        cuts.cancel(ordered)
        tell("Painting", 0.5)

    monkeypatch.setattr(easel, "paint", paint(stopped))
    assert run_now(ordered.job).state == State.DONE
    ordered.refresh_from_db()
    assert (ordered.state, balances(member).held, balances(member).available) == ("cancelled", 0, 1)


@pytest.mark.parametrize(("error", "told"), [(easel.Refused("Not this one."), "Not this one."), (None, cuts.BROKEN)])
def test_a_failure_is_told_and_costs_nothing(ordered, member, monkeypatch, error, told):
    def fail(where, tell):
        raise error or easel.Broken("the painter ended with -9")

    monkeypatch.setattr(easel, "paint", paint(fail))
    for _ in range(1 if error else 3):
        ordered.refresh_from_db()
        assert ordered.is_under_way
        job = run_now(ordered.job)
    ordered.refresh_from_db()
    assert (job.state == State.DEAD) == (error is None)
    assert (ordered.state, ordered.error, balances(member).held) == ("failed", told, 0)
    request = SimpleNamespace(user=member, session={})
    with pytest.raises(cuts.Repriced, match=r"it is \$0.10 now"):
        cuts.retry(ordered, request, Decimal("0.05"))
    assert cuts.retry(ordered, request, PRICE) and not cuts.retry(ordered, request, PRICE)
    assert balances(member).held == PRICE


def test_while_musicgen_works_the_worker_is_free(ordered, monkeypatch):
    """The cut goes on later, even when its last attempt was begun."""

    def wait(*_):
        raise Retry(3)

    monkeypatch.setattr(easel, "paint", paint(whole))
    with monkeypatch.context() as waiting:
        waiting.setattr(rendering.fallback, "for_cut", wait)
        Job.objects.update(attempts=2)
        job = run_now(ordered.job)
    ordered.refresh_from_db()
    assert (job.state, job.attempts, ordered.state, ordered.error) == (State.NEW, 2, "rendering", "")
    assert run_now(job).state == State.DONE
    ordered.refresh_from_db()
    assert (ordered.state, ordered.track, ordered.provider_ms) == ("done", None, 0)


def test_a_hold_that_went_back_is_charged_anew_or_the_cut_fails(ordered, member, monkeypatch):
    monkeypatch.setattr(easel, "paint", paint(whole))
    posting.release(ordered.hold_id, note="outlived its limit")
    posting.charge(member, Decimal("0.95"), service="poem")
    run_now(ordered.job)
    ordered.refresh_from_db()
    assert (ordered.state, ordered.error) == ("failed", rendering.UNCOVERED)
    assert Hold.objects.filter(status="open").count() == 0


def test_a_run_of_before_fails_nothing_that_was_begun_again(ordered, member):
    stale = ordered.job
    cuts.cancel(ordered)
    assert cuts.retry(ordered, None, ordered.price)
    again = Cut.objects.get(pk=ordered.pk)
    assert again.job_id != stale.pk and not cuts.fail(again, "Late.", job=stale)
    assert Cut.objects.get(pk=again.pk).state == "queued" and balances(member).held == PRICE


def test_a_hold_that_goes_back_at_the_same_moment_is_no_error(ordered, member):
    posting.release(ordered.hold_id, note="by the sweep")
    assert cuts.cancel(ordered)
    assert (balances(member).held, balances(member).available) == (0, 1)


def test_what_a_failed_run_kept_is_removed_and_a_rejected_track_is_not_played(ordered, monkeypatch):
    def without_charge(*_):
        raise easel.Refused("No.")

    track = make_track(mood="calm", genre="piano", state="approved")
    monkeypatch.setattr(easel, "paint", paint(whole))
    with monkeypatch.context() as failing:
        failing.setattr(rendering, "_finish", without_charge)
        before = StoredFile.objects.count()
        run_now(ordered.job)
    ordered.refresh_from_db()
    assert (ordered.state, ordered.track, ordered.video) == ("failed", track, None)
    assert StoredFile.objects.count() == before
    Track.objects.update(state="rejected")
    assert cuts.retry_for(ordered, by=ordered.owner)
    ordered.refresh_from_db()
    run_now(ordered.job)
    ordered.refresh_from_db()
    assert (ordered.state, ordered.track) == ("done", None)


def test_a_run_that_lost_its_lease_keeps_nothing(ordered, monkeypatch):
    def overtaken(where, tell):
        Job.objects.update(lease_token=uuid.uuid4())
        return dict.fromkeys(rendering.KINDS, b"data")

    monkeypatch.setattr(easel, "paint", paint(overtaken))
    before = StoredFile.objects.count()
    run_now(ordered.job)
    ordered.refresh_from_db()
    assert (ordered.state, ordered.video, StoredFile.objects.count()) == ("rendering", None, before)


def test_a_cut_whose_job_is_gone_is_ended(ordered, member):
    assert upkeep.end_abandoned_cuts() == 0
    Job.objects.update(state=State.DEAD)
    assert upkeep.end_abandoned_cuts() == 1
    ordered.refresh_from_db()
    assert (ordered.state, balances(member).held) == ("failed", 0)


def test_a_month_after_deleting_the_files_go(db):
    cut, failed = make_cut(price=PRICE), make_cut(state="failed")
    assert upkeep.purge_deleted_cuts() == 0
    Cut.objects.update(deleted_at="2026-01-01T00:00Z")
    assert (upkeep.purge_deleted_cuts(), upkeep.purge_deleted_cuts()) == (2, 0)
    assert StoredFile.objects.count() == 2, "the pictures they were made of"
    for each in (cut, failed):
        each.refresh_from_db()
        assert (each.title, each.author, each.text) == ("", "", "") and each.purged_at and not cuts.restore(each)
    assert (cut.state, cut.price) == ("done", PRICE)


def test_what_no_account_took_up_goes_after_months(db, member, monkeypatch):
    monkeypatch.setattr(upkeep, "AT_ONCE", 1)
    make_cut()
    old, young, adopted, under_way = make_cut(), make_cut(), make_cut(owner=member), make_cut(state="queued")
    Cut.objects.exclude(pk=young.pk).update(created_at=timezone.now() - timedelta(days=91))
    assert (upkeep.purge_visitors_cuts(), upkeep.purge_visitors_cuts()) == (2, 0)
    assert list(Cut.objects.kept().order_by("pk")) == [young, adopted, under_way]
    assert Cut.objects.get(pk=old.pk).purged_at


PAINTERS = {
    "refuses": ("say(refused='Not this one.')", easel.Refused),
    "dies": ("os.kill(os.getpid(), 9)", easel.Broken),
    "eats": ("bytearray(4 << 30)", easel.Broken),
    "hangs": ("time.sleep(60)", easel.Broken),
}
SCRIPT = """
import json, os, sys, time
from studio import brush
asked = json.load(sys.stdin)
brush._limit(asked["memory_mb"], asked["seconds"])
say = lambda **words: print(json.dumps(words), flush=True)
say(step="Painting", part=0.1)
{}
say(made={{}}, duration_ms=1)
"""


@pytest.mark.parametrize("manner", PAINTERS)
def test_a_painter_has_its_limits(db, ordered, tmp_path, monkeypatch, manner):
    code, expected = PAINTERS[manner]
    monkeypatch.setattr(easel, "COMMAND", ["-c", SCRIPT.format(code)])
    monkeypatch.setattr(easel, "TOLD_EVERY", 0.1)
    monkeypatch.setattr(easel.values, "get", lambda key: 1)
    told = []
    with pytest.raises(expected):
        easel.paint({}, tmp_path, lambda *step: told.append(step))
    assert ("Painting", 0.1) in told or manner != "hangs"


def test_a_real_cut(ordered, monkeypatch):
    """The painter itself, once and small: a short poem, one picture, no music in the pool."""
    monkeypatch.setattr(easel, "SIZE", (216, 270))
    Cut.objects.update(text="Rain.", title="Rain")
    job = run_now(ordered.job)
    ordered.refresh_from_db()
    assert (ordered.state, job.error) == ("done", "")
    assert ordered.video.content_type == "video/mp4" and ordered.poster.size and ordered.print_sheet.size
    assert ordered.duration_ms > 1000 and ordered.render_ms


def test_the_painter_knows_no_django():
    assert "django" not in Path(brush.__file__).read_text().lower().replace("nothing here knows django", "")
