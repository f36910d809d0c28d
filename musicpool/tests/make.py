"""Tracks, and cuts that want them."""

import itertools
import uuid

from catalog.models import Asset, FrameDesign, Style
from files.tests.make import make_stored
from musicpool.models import Track
from studio.models import Cut

_numbers = itertools.count(1)


def make_track(mood="calm", genre="piano", state="approved", data=b"x", **facts) -> Track:
    """A track of a few bytes that nobody listens to."""
    number = next(_numbers)
    stored = make_stored(data, "audio/mpeg", ".mp3")
    asset = Asset.objects.create(
        kind="music", title=f"Song {number}", file=stored, checksum=f"{number:064}", duration_ms=24_000
    )
    return Track.objects.create(asset=asset, mood=mood, genre=genre, state=state, **facts)


def make_cut(track=None) -> Cut:
    frame, _ = FrameDesign.objects.get_or_create(slug="thin", defaults={"title": "Thin", "drawing": "thin"})
    style, _ = Style.objects.get_or_create(slug="plain", defaults={"title": "Plain", "drawing": "plain"})
    return Cut.objects.create(
        visitor=uuid.uuid4(),
        form_key=uuid.uuid4(),
        title="A cut",
        text="A line",
        language="en",
        mood="calm",
        genre="piano",
        frame=frame,
        style=style,
        track=track,
        service="lite_render",
    )
