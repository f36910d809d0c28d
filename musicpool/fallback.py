"""When a bucket is empty: a track of MusicGen for this cut, which joins the pool, or no music."""

import time

from alerts.models import raise_alert
from musicpool import musicgen
from musicpool.models import Fallback, Generation, Track
from tunables import values

PAUSE = 2.0  # seconds between two looks at Replicate


def for_cut(cut_id: int, mood: str, genre: str) -> Track | None:
    """The track that was made for this cut, still pending in the pool; None: the cut is made without music.

    Waits for MusicGen, so it is called in a job and outside a transaction. Asked again, it goes on with the same track.
    """
    seen, _ = Fallback.objects.get_or_create(cut_id=cut_id, defaults={"mood": mood, "genre": genre})
    if seen.generation is None:
        if not musicgen.available():
            return _without(mood, genre)
        key = f"music:cut:{cut_id}"
        seen.generation = musicgen.start(mood, genre, reason=Generation.Reason.FALLBACK, key=key, cut_id=cut_id)
        seen.save(update_fields=["generation"])
    generation, until = seen.generation, time.monotonic() + values.get("musicgen_wait_seconds")
    while not generation.is_over:
        left = until - time.monotonic()
        if left <= 0:
            break
        musicgen.advance(generation, wait=max(1, int(left)))
        if not generation.is_over:
            time.sleep(min(PAUSE, max(0, left)))
    return generation.track


def _without(mood, genre) -> None:
    raise_alert(
        f"music-bucket-empty:{mood}:{genre}",
        f"Cuts are made without music: no approved track is {mood} and {genre}",
        "The bucket is empty, and REPLICATE_API_TOKEN is not set, so MusicGen cannot step in.",
        url=f"/admin/music/{mood}/{genre}/",
    )
