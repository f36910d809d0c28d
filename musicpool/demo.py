"""The demo's tracks: composed by our own code, five for each bucket, one of each bucket first. Repeating adds none."""

import tempfile
import time
from pathlib import Path

from artwork import music, sound
from catalog.models import Asset
from files import place
from jobs.registry import Retry
from musicpool import tracks
from musicpool.models import Track

KIND = "musicpool.compose"
SOURCE = "Composed by our own code"
LICENCE = "Our own"
EACH = 5
SECONDS = 24
SLICE = 45  # seconds; then others get their turn
FIRST = {
    "calm": ("Still", "Quiet", "Slow", "Early", "Pale"),
    "joyful": ("Bright", "Dancing", "Open", "Golden", "Quick"),
    "melancholic": ("Fading", "Distant", "Grey", "Unsent", "Lonely"),
    "romantic": ("Tender", "Warm", "Whispered", "Velvet", "Moonlit"),
    "epic": ("Rising", "Iron", "Endless", "Thundering", "Northern"),
}
SECOND = {
    "piano": ("Harbour", "Window", "Letters", "Staircase", "Snowfall"),
    "ambient": ("Tide", "Nebula", "Glass", "Horizon", "Aurora"),
    "acoustic": ("Orchard", "Porch", "River", "Footpath", "Meadow"),
    "electronic": ("Signal", "Skyline", "Circuit", "Satellite", "Avenue"),
}
PLAN = [(mood, genre, number) for number in range(EACH) for mood in FIRST for genre in SECOND]


def title(mood: str, genre: str, number: int) -> str:
    return f"{FIRST[mood][number]} {SECOND[genre][(number * 2 + list(FIRST).index(mood)) % EACH]}"


def compose(job) -> None:
    """Make what is missing of the plan, for a while; then come back. The first of all lets the pictures go next."""
    until = time.monotonic() + SLICE
    there = set(Asset.objects.filter(source__startswith=SOURCE, track__isnull=False).values_list("source", flat=True))
    for done, (mood, genre, number) in enumerate(PLAN):
        if _source(mood, genre, number) in there:
            continue
        job.progress(done, len(PLAN), f"{title(mood, genre, number)} ({mood}, {genre})")
        _compose(mood, genre, number)
        if not there or time.monotonic() > until:
            raise Retry(1)
    job.progress(len(PLAN), len(PLAN), "Every bucket has its demo tracks")


def _source(mood, genre, number) -> str:
    return f"{SOURCE}, {mood} {genre}, seed {number}"


def _compose(mood, genre, number) -> None:
    with tempfile.TemporaryDirectory(dir=place.waiting_room()) as folder:
        raw, even = Path(folder, "raw.wav"), Path(folder, "even.m4a")
        music.write(music.compose(mood, genre, SECONDS, number), raw)
        loudness = sound.normalise(raw, even)
        tracks.add(
            even,
            mood,
            genre,
            title=title(mood, genre, number),
            origin=Asset.Origin.DRAWN,
            licence=LICENCE,
            source_note=_source(mood, genre, number),
            loudness=loudness.integrated,
            then=lambda track: track.decide(Track.State.APPROVED, by=None),
        )
