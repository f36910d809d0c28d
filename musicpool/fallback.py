"""When a bucket is empty: a track of MusicGen for this cut, which joins the pool, or no music."""

from datetime import datetime, timedelta

from django.utils import timezone

from alerts.models import raise_alert
from jobs.registry import Retry
from musicpool import musicgen
from musicpool.models import Fallback, Generation, Track
from tunables import values

PAUSE = 3  # seconds between two looks at Replicate


def for_cut(cut_id: int, mood: str, genre: str, run: int, began: datetime) -> Track | None:
    """The track that was made for this cut, still pending in the pool; None: the cut is made without music.

    Called in a job and outside a transaction. While MusicGen works it raises Retry, so that the worker renders other
    cuts meanwhile; asked again, it goes on with the same track. A cut that is begun again is another `run`: it waits
    anew, and asks anew when nothing came of the track before.
    """
    seen, _ = Fallback.objects.get_or_create(cut_id=cut_id, defaults={"mood": mood, "genre": genre})
    key, old = f"music:cut:{cut_id}:{run}", seen.generation
    if old is None or (old.came_to_nothing and old.call.key != key):
        if not musicgen.available():
            return _without(mood, genre)
        seen.generation = musicgen.start(mood, genre, reason=Generation.Reason.FALLBACK, key=key, cut_id=cut_id)
        seen.save(update_fields=["generation"])
    musicgen.advance(seen.generation)
    if not seen.generation.is_over and timezone.now() < _patience(seen.generation, began):
        raise Retry(PAUSE)
    return seen.generation.track


def waited_ms(cut_id: int, began: datetime) -> int:
    """How long a run of a cut has waited for MusicGen."""
    generation = Generation.objects.select_related("call").filter(fallback__cut_id=cut_id).first()
    if generation is None:
        return 0
    until = min(generation.call.answered_at or timezone.now(), _patience(generation, began))
    return max(0, round((until - max(generation.created_at, began)) / timedelta(milliseconds=1)))


def _patience(generation, began):
    return max(generation.created_at, began) + timedelta(seconds=values.get("musicgen_wait_seconds"))


def _without(mood, genre) -> None:
    raise_alert(
        f"music-bucket-empty:{mood}:{genre}",
        f"Cuts are made without music: no approved track is {mood} and {genre}",
        "The bucket is empty, and REPLICATE_API_TOKEN is not set, so MusicGen cannot step in.",
        url=f"/admin/music/{mood}/{genre}/",
    )
