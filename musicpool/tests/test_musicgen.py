from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from alerts.models import Alert
from artwork import sound
from catalog.models import Asset
from jobs.registry import Retry, run_now
from ledger.models import Entry
from musicpool import fallback, filling, musicgen
from musicpool.models import Fallback, Generation, Track
from poemvision.outside import Rejected
from pricing.models import ProviderCall
from tunables import values

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def owed() -> Decimal:
    entries = Entry.objects.filter(account__name="payable/replicate")
    return -sum(entries.values_list("amount", flat=True), Decimal(0))


def ask(key="music:1") -> Generation:
    return musicgen.start("epic", "ambient", reason="fill", key=key)


def age(generation, minutes):
    """As it is after so long."""
    then = timezone.now() - timedelta(minutes=minutes)
    ProviderCall.objects.filter(pk=generation.call_id).update(asked_at=then)
    Generation.objects.filter(pk=generation.pk).update(created_at=then)


def again(generation) -> Generation:
    """As another process reads it."""
    return Generation.objects.select_related("call").get(pk=generation.pk)


def render(cut_id=7, run=1, began=LONG_AGO):
    """A render of a cut that is calm, with piano, and comes back as often as it is told to."""
    for _ in range(999):
        with suppress(Retry):
            return fallback.for_cut(cut_id, "calm", "piano", run, began)
    raise AssertionError("it is told to come back for ever")


def test_a_render_gets_its_track_and_the_pool_too(replicate):
    replicate.steps = 2
    with pytest.raises(Retry):  # it leaves its worker to others while MusicGen works
        fallback.for_cut(7, "calm", "piano", 1, LONG_AGO)
    track = render()
    assert (track.state, track.mood, track.genre) == ("pending", "calm", "piano")
    assert abs(track.loudness - sound.LOUDNESS) < 1 and track.asset.duration_ms > 1000
    assert (track.asset.origin, track.asset.owner) == ("generated", None) and "p1" in track.asset.source
    call = ProviderCall.objects.get()
    assert (call.cut_id, call.external_id, call.state) == (7, "p1", "answered")
    assert owed() == call.reported == Decimal("0.06")  # 45 seconds at 8 cents a minute
    assert 0 < fallback.waited_ms(7, LONG_AGO) < 60_000
    assert fallback.waited_ms(7, timezone.now()) == fallback.waited_ms(8, LONG_AGO) == 0
    assert render() == track and len(replicate.posted()) == 1
    sent = replicate.posted()[0]
    assert sent["version"] == musicgen.settings.MUSICGEN_VERSION and "felt piano" in sent["input"]["prompt"]
    assert sent["input"]["duration"] == 30
    assert "Authorization" not in replicate.asked[-1][3], "whoever keeps the file does not see the key"


def test_a_cut_that_is_begun_again_waits_and_asks_anew(replicate):
    replicate.steps, replicate.outcomes = 3, ["succeeded", 422]
    with pytest.raises(Retry):
        fallback.for_cut(7, "calm", "piano", 1, timezone.now())
    age(Generation.objects.get(), 10)  # it was stopped meanwhile
    with pytest.raises(Retry):
        fallback.for_cut(7, "calm", "piano", 2, timezone.now())
    assert render(run=2, began=timezone.now()).state == "pending" and len(replicate.posted()) == 1
    assert render(8) is None and render(8) is None and len(replicate.posted()) == 2
    assert render(8, run=2).state == "pending" and len(replicate.posted()) == 3, "nothing came of it before"


def test_without_a_key_it_is_made_without_music_and_said(db, settings):
    settings.REPLICATE_API_TOKEN = ""
    assert render() is None
    assert Fallback.objects.get().generation is None and ProviderCall.objects.count() == 0
    assert "REPLICATE_API_TOKEN" in Alert.objects.get().detail


@pytest.mark.parametrize("outcome", [401, 402, 422, "failed", 500, "never arrived"])
def test_what_fails_leaves_a_cut_without_music_and_costs_nothing(replicate, outcome, monkeypatch):
    unknown, get = outcome in (500, "never arrived"), values.get
    patience = 0.05 if unknown else 90
    monkeypatch.setattr(values, "get", lambda key: patience if key == "musicgen_wait_seconds" else get(key))
    replicate.outcomes = [outcome]
    assert render() is None
    call = ProviderCall.objects.get()
    assert call.state == ("unknown" if unknown else "failed") and call.error and "r8_secret" not in call.error
    age(Generation.objects.get(), 10)
    musicgen.look_after()
    call.refresh_from_db()
    assert call.state == "failed" and owed() == 0 and len(replicate.posted()) == 1


def test_nobody_there(replicate, settings):
    settings.REPLICATE_API_BASE = "http://127.0.0.1:1"
    generation = ask()
    musicgen.advance(generation)
    assert (generation.call.state, generation.call.error) == ("failed", "Replicate could not be reached.")


def test_a_lost_answer_is_looked_up_and_never_sent_again(replicate):
    replicate.outcomes = ["lost"]
    generation = ask()
    musicgen.advance(generation)
    assert generation.call.state == "unknown"
    musicgen.advance(again(generation))
    assert again(generation).call.external_id == "p1"
    musicgen.advance(again(generation))
    assert again(generation).track.state == "pending" and owed() == Decimal("0.06")
    musicgen.advance(again(generation))
    assert len(replicate.posted()) == 1 and Track.objects.count() == 1


def test_a_lost_answer_is_looked_for_on_every_page(replicate):
    """Others of the account have asked for more meanwhile; what was made before it was asked is not read."""
    replicate.outcomes = ["lost"]
    generation = ask()
    musicgen.advance(generation)
    age(generation, 3)
    newer = {"id": "x", "input": {}, "created_at": timezone.now().isoformat()}
    older = {"id": "y", "input": {}, "created_at": (timezone.now() - timedelta(hours=1)).isoformat()}
    replicate.others = [newer] * 4
    musicgen.advance(again(generation))
    assert again(generation).call.external_id == "p1"
    missing = ask("music:2")
    del missing.call.is_new
    age(missing, 3)
    replicate.others = [newer] * 3 + [older] * 9
    replicate.asked.clear()
    musicgen.advance(again(missing))
    assert again(missing).call.state == "failed" and len(replicate.asked) == 2


def test_two_take_it_in_at_once_or_one_dies_in_the_midst(replicate, monkeypatch):
    generation = ask()
    musicgen.advance(generation)
    behind = again(generation)
    with monkeypatch.context() as dying:
        dying.setattr(musicgen, "_took", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            musicgen.advance(generation)
    assert Track.objects.count() == 0 and Asset.objects.count() == 1, "track and note of it are one transaction"
    age(generation, 6)
    assert musicgen.look_after() == 1
    track = Track.objects.get()
    musicgen.advance(behind)  # which was read before
    assert again(behind).track == behind.track == track and not again(behind).call.error


def test_a_worker_that_died_while_it_was_asked(replicate):
    ask()
    generation = ask()  # its successor finds the row, and does not know whether it was sent
    assert not generation.call.is_new
    musicgen.advance(generation)
    assert generation.call.state == "asked" and replicate.posted() == []
    age(generation, 3)
    musicgen.advance(again(generation))
    assert again(generation).call.error == "Replicate never received it."


def test_what_it_sends_is_looked_at(replicate):
    replicate.place = "http://127.0.0.2:9"
    elsewhere = ask("a")
    musicgen.advance(elsewhere)
    musicgen.advance(elsewhere)
    assert "not its own" in again(elsewhere).call.error
    replicate.place, replicate.songs = "", [b"ffconcat version 1.0\nfile /etc/passwd\n"] * 2
    playlist = ask("b")
    musicgen.advance(playlist)
    musicgen.advance(playlist)
    assert again(playlist).is_over and again(playlist).call.error
    assert owed() == Decimal("0.12"), "it was made, so it is owed"
    assert Track.objects.count() == 0
    assert musicgen.look_after() == 0


@pytest.mark.parametrize("away", ["scanner", "time", "disk"])
def test_what_is_paid_for_outlasts_a_passing_fault(replicate, settings, monkeypatch, away):
    generation = ask()
    musicgen.advance(generation)
    with monkeypatch.context() as fault:
        if away == "scanner":
            fault.setattr(settings, "CLAMAV_SOCKET", "127.0.0.1:1")
        else:
            full = {"time": "sleep 9", "disk": "echo No space left on device >&2; exit 1"}[away]
            fault.setattr(sound.ffmpeg, "TIED", ("/bin/sh", "-c", full))
            fault.setattr(sound.ffmpeg.run, "__defaults__", (0.05 if away == "time" else 60, None))
            fault.setattr(sound.ffmpeg.measure, "__defaults__", (0.05 if away == "time" else 60, 900, ""))
        musicgen.advance(again(generation))
    assert not again(generation).is_over and Track.objects.count() == 0
    musicgen.advance(again(generation))
    assert again(generation).track and len(replicate.posted()) == 1


def test_addresses_of_files_are_compared_whole():
    from poemvision.outside import Provider

    own = ["https://replicate.delivery"]
    for url in (
        "https://replicate.delivery.evil.example/x",
        "https://evilreplicate.delivery/x",
        "http://replicate.delivery/x",
        "https://replicate.delivery:8443/x",
        "https://me@replicate.delivery/x",
        "file:///etc/passwd",
    ):
        with pytest.raises(Rejected, match="not its own"):
            Provider("R", "", "k").download(url, None, origins=own, most=1)


def test_a_fill_goes_on_step_by_step(replicate, owner):
    replicate.steps = 1
    values.change("music_bucket_target", "2", by=owner)
    with pytest.raises(filling.Refused, match="changed meanwhile"):
        filling.start("epic", "piano", 3, by=owner)
    job = filling.start("epic", "piano", 2, by=owner)
    with pytest.raises(filling.Refused, match="already"):
        filling.start("epic", "piano", 2, by=owner)
    for _ in range(8):
        if run_now(job).is_over:
            break
    assert (job.state, job.progress_done, job.progress_total, job.progress_note) == ("done", 2, 2, "2 made")
    assert Generation.objects.filter(track__state="pending", asked_by=owner).count() == len(replicate.posted()) == 2
    with pytest.raises(filling.Refused, match="changed meanwhile"):
        filling.start("epic", "piano", 2, by=owner)


def test_a_fill_that_meets_only_refusals_stops(replicate, owner):
    replicate.outcomes = [402] * filling.ENOUGH
    job = run_now(filling.start("epic", "piano", 10, by=owner))
    assert job.state == "done" and "Stopped, 0 made. Replicate refused (402)" in job.progress_note
    assert len(replicate.posted()) == filling.ENOUGH
    job = filling.start("epic", "piano", 10, by=owner)
    replicate.steps = 9
    assert run_now(job).state == "new" and job.cancel(by=owner)
    assert run_now(job).state == "cancelled"
