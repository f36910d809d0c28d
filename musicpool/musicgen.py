"""MusicGen at Replicate (https://replicate.com/docs/reference/http): asked for, looked up, taken into the pool.

The row stands before the call. A call whose answer was lost is looked for among Replicate's predictions by its prompt
and the seed that it was given; it is never sent again.
"""

import tempfile
import zlib
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from artwork import sound
from catalog import assets
from catalog.models import Asset
from files import place
from musicpool import tracks
from musicpool.models import Generation, Track
from poemvision.outside import Failure, NotSent, Provider, Rejected, Unreachable
from pricing import costs
from pricing.models import ProviderCall
from tunables import values

SERVICE, PROVIDER = "music", "replicate"
CLOCKS = timedelta(minutes=2)  # how far Replicate's may be behind ours
NOTHING_UNDER_WAY = timedelta(minutes=2)  # after so long, what Replicate does not list was never made
LEFT_ALONE = timedelta(minutes=5)  # longer than a render waits
KEPT = timedelta(minutes=55)  # Replicate deletes what was made after an hour
PASSING = (sound.Unfinished, assets.Unavailable, assets.NoSpace, NotSent, Unreachable)  # tried again until then
MOST = 30 * 1024 * 1024  # bytes of a track
LICENCE = "CC-BY-NC 4.0 (weights of MusicGen)"
MOODS = {
    "calm": "calm, peaceful, slow, soft, 66 bpm, major key",
    "joyful": "joyful, bright, lively, uplifting, 118 bpm, major key",
    "melancholic": "melancholic, wistful, slow, tender, 58 bpm, minor key",
    "romantic": "romantic, warm, gentle waltz, 84 bpm, major key",
    "epic": "epic, cinematic, powerful, building, 96 bpm, minor key",
}
GENRES = {
    "piano": "solo felt piano",
    "ambient": "ambient pads and soft bells, long reverb",
    "acoustic": "fingerpicked acoustic guitar",
    "electronic": "mellow electronic with warm synthesizers",
}


def available() -> bool:
    """Whether there is a key."""
    return bool(settings.REPLICATE_API_TOKEN)


def price() -> Decimal:
    """What one track is expected to cost."""
    return costs.expected(SERVICE, PROVIDER)


def start(mood: str, genre: str, *, reason: str, key: str, cut_id=None, by=None) -> Generation:
    """The row of a track to be made; the same key is the same track. `advance` sends it."""
    prompt = f"{GENRES[genre]}, {MOODS[mood]}, instrumental, background music for a poem"
    facts = {"mood": mood, "genre": genre, "reason": reason, "asked_by": by, "prompt": prompt}
    with transaction.atomic():
        call = costs.ask(SERVICE, PROVIDER, key, cut_id=cut_id)
        facts["seconds"] = values.get("musicgen_seconds")
        generation, _ = Generation.objects.get_or_create(call=call, defaults=facts)
    generation.call = call
    return generation


def advance(generation: Generation) -> None:
    """One step on: send it, or look how it stands, and take in what is done. Outside a transaction.

    Two may do so at once: the second finds the track of the first.
    """
    call = generation.call
    if generation.is_over:
        return
    try:
        fresh = call.__dict__.pop("is_new", False)
        prediction = _send(generation) if fresh else _look(generation)
    except Failure as error:
        call.unknown(str(error))
    else:
        if prediction:
            _follow(generation, prediction)


def _send(generation) -> dict | None:
    asked = {"version": settings.MUSICGEN_VERSION, "input": _input(generation)}
    try:
        return _replicate().ask("POST", "/v1/predictions", asked)
    except (NotSent, Rejected) as error:  # nothing happened there
        generation.call.failed(str(error))
        return None


def _input(generation) -> dict:
    return {
        "prompt": generation.prompt,
        "duration": generation.seconds,
        "model_version": "stereo-large",
        "output_format": "mp3",
        "normalization_strategy": "loudness",
        "seed": seed(generation.call),
    }


def seed(call: ProviderCall) -> int:
    """By it, and by its prompt, we know a prediction of ours again."""
    return zlib.crc32(call.key.encode()) & 0x7FFFFFFF


def _look(generation) -> dict | None:
    """How Replicate says that it stands; None when that is not known yet, or when it is not there."""
    call = generation.call
    if not call.external_id:
        return _look_up(generation)
    try:
        return _replicate().ask("GET", f"/v1/predictions/{call.external_id}")
    except Rejected as error:
        if error.status != 404:
            raise
        call.failed("Replicate does not know it any more.")
        return None


def _look_up(generation) -> dict | None:
    call = generation.call
    wanted = (generation.prompt, seed(call))
    for prediction in _predictions_since(call.asked_at - CLOCKS):
        given = prediction.get("input") or {}
        if (given.get("prompt"), given.get("seed")) == wanted:
            return prediction
    if call.asked_at < timezone.now() - NOTHING_UNDER_WAY:
        call.failed("Replicate never received it.")
    return None


def _predictions_since(moment) -> Iterator[dict]:
    """What Replicate lists, newest first, page by page, back to `moment`."""
    path, here = "/v1/predictions", _replicate()
    while path:
        page = here.ask("GET", path)
        for prediction in page.get("results", []):
            made = parse_datetime(prediction.get("created_at") or "")
            if made and made < moment:
                return
            yield prediction
        following = urlsplit(page.get("next") or "")  # only where it leads, never to whom
        path = f"/v1/predictions?{following.query}" if following.query else ""


def _follow(generation, prediction: dict) -> None:
    call, status = generation.call, prediction.get("status")
    if not call.external_id:
        call.note_id(str(prediction["id"]))
    if status == "succeeded":
        call.answered(external_id=call.external_id, reported=_cost(prediction))
        _take_in(generation, prediction)
    elif status in ("failed", "canceled", "aborted"):
        call.failed(str(prediction.get("error") or f"MusicGen {status}.")[:300])


def _cost(prediction: dict) -> Decimal | None:
    """Replicate reports seconds of work, and bills them."""
    worked = (prediction.get("metrics") or {}).get("predict_time")
    return None if worked is None else Decimal(str(worked)) / 60 * values.get("musicgen_minute_usd")


def _take_in(generation, prediction: dict) -> None:
    """Fetch what was made, look at it, bring it to an even loudness, and put it into the pool as pending."""
    output = prediction.get("output")
    url = output[0] if isinstance(output, list) and output else output
    if not url:
        return generation.give_up("Replicate no longer has the file.")
    with tempfile.TemporaryDirectory(dir=place.waiting_room()) as folder:
        raw, even = Path(folder, "raw.mp3"), Path(folder, "even.m4a")
        try:
            _replicate().download(str(url), raw, origins=settings.REPLICATE_FILES, most=MOST)
            loudness = sound.normalise(raw, even)
            _into_pool(generation, even, loudness)
        except assets.Duplicate as error:
            generation.refresh_from_db(fields=["track"])
            if not generation.track_id:  # nor has anybody else just taken it in
                generation.give_up(str(error))
        except (sound.Unreadable, assets.Refused, Failure, assets.NoSpace) as error:
            if not isinstance(error, PASSING) or generation.call.answered_at < timezone.now() - KEPT:
                generation.give_up(str(error))


def _into_pool(generation, path: Path, loudness: sound.Loudness) -> None:
    tracks.add(
        path,
        generation.mood,
        generation.genre,
        title=f"{generation.get_mood_display()} {generation.get_genre_display().lower()} {generation.pk}",
        origin=Asset.Origin.GENERATED,
        licence=LICENCE,
        source_note=f"MusicGen at Replicate, prediction {generation.call.external_id}",
        loudness=loudness.integrated,
        then=partial(_took, generation),
    )


def _took(generation, track: Track) -> None:
    if not Generation.objects.filter(pk=generation.pk, track=None).update(track=track):
        raise assets.Duplicate(track.asset)  # somebody else has taken it in just now
    generation.track = track


def look_after() -> int:
    """Go on with what lost its render or its job; returns how many there are."""
    left = Generation.objects.filter(track=None, created_at__lt=timezone.now() - LEFT_ALONE)
    left = left.exclude(call__state=ProviderCall.State.FAILED).exclude(call__state="answered", call__error__gt="")
    rows = list(left.select_related("call").order_by("pk")[:20]) if available() else []
    for generation in rows:
        advance(generation)
    return len(rows)


def _replicate() -> Provider:
    return Provider("Replicate", settings.REPLICATE_API_BASE, settings.REPLICATE_API_TOKEN)
