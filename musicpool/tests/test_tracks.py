import io

import pytest

from catalog import assets
from files.tests.make import wav
from jobs.models import Job
from musicpool import tracks
from musicpool.models import Track


def test_what_is_in_the_library_already_becomes_a_track_once(media):
    """Uploaded there before, or by a run that died between the asset and its track."""
    song = wav(0.4)
    asset = assets.add(io.BytesIO(song), owner=None, by=None, title="Evening")
    track = tracks.add(io.BytesIO(song), "calm", "piano")
    assert (track.asset, track.state) == (asset, "pending")
    with pytest.raises(assets.Duplicate):
        tracks.add(io.BytesIO(song), "epic", "ambient")
    assert Track.objects.get().mood == "calm" and Job.objects.filter(kind="musicpool.measure").count() == 1
