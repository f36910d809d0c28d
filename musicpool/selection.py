"""Which track a render takes: the one of its bucket that has waited longest."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from musicpool.models import Track


def take(mood: str, genre: str, *, cut_id: int) -> Track | None:
    """The least recently used approved track, its play counted; None when the bucket has none.

    Renders that ask at once get different tracks while there are enough. One that asks again gets the same.
    """
    if taken := Track.objects.filter(cuts=cut_id).first():
        return taken
    with transaction.atomic():
        track = _next(mood, genre, skip_locked=True) or _next(mood, genre, skip_locked=False)
        if track:
            Track.objects.filter(pk=track.pk).update(plays=F("plays") + 1, last_used_at=Now())
            track.refresh_from_db()
        return track


def _next(mood, genre, *, skip_locked) -> Track | None:
    bucket = Track.objects.filter(mood=mood, genre=genre, state=Track.State.APPROVED, asset__retired_at=None)
    oldest = bucket.order_by(F("last_used_at").asc(nulls_first=True), "pk")
    held = oldest.select_for_update(no_key=True, skip_locked=skip_locked, of=("self",))
    return held.select_related("asset__file").first()
