import pytest

from jobs.models import Job
from jobs.registry import run_now
from musicpool import demo
from musicpool.models import Track


def test_every_bucket_gets_five_with_names_of_their_own():
    assert len(demo.PLAN) == 100 and len(set(demo.PLAN)) == 100
    assert len({(mood, genre) for mood, genre, _ in demo.PLAN[:20]}) == 20, "one of each bucket first"
    assert len({demo.title(*each) for each in demo.PLAN}) == 100


def test_it_composes_what_is_missing_in_slices(media, monkeypatch):
    monkeypatch.setattr(demo, "PLAN", [("romantic", "electronic", 0), ("joyful", "ambient", 1)])
    monkeypatch.setattr(demo, "SECONDS", 4)
    job = Job.enqueue(demo.KIND, {}, dedupe_key="demo")
    with monkeypatch.context() as dying:  # approved together with its making: none stays pending
        dying.setattr(Track, "decide", lambda *_, **__: 1 / 0)
        assert run_now(job).state == "new" and not Track.objects.exists()
    monkeypatch.setattr(demo, "SLICE", 0)
    assert run_now(job).state == "new", "its time was over at once"
    monkeypatch.setattr(demo, "SLICE", 60)
    assert run_now(job).state == "done" and (job.progress_done, job.progress_total) == (2, 2)
    tracks = Track.objects.order_by("pk")
    assert [(track.mood, track.genre, track.state) for track in tracks] == [
        ("romantic", "electronic", "approved"),
        ("joyful", "ambient", "approved"),
    ]
    assert all(track.is_even and track.asset.licence == demo.LICENCE for track in tracks)
    assert tracks[0].asset.file.content_type == "audio/mp4" and tracks[0].asset.duration_ms == pytest.approx(
        4000, abs=60
    )
    again = Job.enqueue(demo.KIND, {}, dedupe_key="again")
    assert run_now(again).state == "done" and Track.objects.count() == 2
