"""Into the pool: a file becomes an asset of the house and a track of a bucket; another recording takes its place."""

from django.db import transaction
from django.utils import timezone

from catalog import assets
from catalog.models import Asset
from jobs.models import Job
from musicpool.models import Track


def add(source, mood: str, genre: str, *, by=None, loudness=None, then=None, **about) -> Track:
    """A new track, pending; measured by a job unless its loudness is known. `about` goes to `assets.add`.

    `then` gets the track, in the transaction that makes it: both stand, or neither does. Call it outside transactions.
    Raises assets.Refused, NoSpace, and Duplicate when the file is in the pool already.
    """
    try:
        asset = assets.add(source, owner=None, by=by, kind=Asset.Kind.MUSIC, mood=mood, **about)
    except assets.Duplicate as error:  # uploaded into the library before, or by a run that died here
        asset = error.asset
    facts = {"mood": mood, "genre": genre, "loudness": loudness}
    with transaction.atomic():
        track, is_new = Track.objects.get_or_create(asset=asset, defaults=facts)
        if is_new and loudness is None:
            _measure(track)
        if is_new and then:
            then(track)
    if not is_new:
        raise assets.Duplicate(asset)
    return track


def replace(track: Track, source, *, by, name="") -> Asset:
    """Another recording, which waits to be heard; the old asset is retired, and kept for cuts. Raises as `add`."""
    old = track.asset
    about = {"title": old.title, "mood": track.mood, "licence": old.licence, "source_note": old.source, "name": name}
    asset = assets.add(source, owner=None, by=by, kind=Asset.Kind.MUSIC, **about)
    with transaction.atomic():  # track and asset may have changed while the file was looked at
        track.refresh_from_db(from_queryset=Track.objects.select_for_update(no_key=True))
        old = Asset.objects.select_for_update(no_key=True, of=("self",)).get(pk=track.asset_id)
        now = {"title": old.title, "mood": track.mood, "licence": old.licence, "source": old.source}
        assets.change(asset, by=by, **now)
        track.put(asset, by=by)
        assets.change(old, by=by, replaced_by=asset, retired_at=timezone.now())
        _measure(track)
    return asset


def _measure(track: Track) -> None:
    Job.enqueue("musicpool.measure", {"track": track.pk})
