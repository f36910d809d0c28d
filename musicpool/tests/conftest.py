"""A storage of the test's own, a short song, and Replicate on this machine."""

import numpy as np
import pytest

from artwork import sound
from files.tests.conftest import media  # noqa: F401 (a fixture)
from musicpool.tests.replicate import Replicate
from tests.provider import serving


@pytest.fixture(scope="session")
def songs(tmp_path_factory) -> list[bytes]:
    """One and a half seconds of a chord each, as MP3."""
    time, made = np.arange(int(1.5 * 44_100)) / 44_100, []
    for chord in ((220, 277, 330), (220, 262, 330)):
        tones = sum(np.sin(2 * np.pi * hertz * time) for hertz in chord) / 6
        path = tmp_path_factory.mktemp("song") / "song.mp3"
        sound.encode(np.stack([tones, tones], axis=1), path)
        made.append(path.read_bytes())
    return made


@pytest.fixture
def replicate(songs, settings, media):  # noqa: F811
    with serving(Replicate(songs)) as provider:
        settings.REPLICATE_API_TOKEN = "r8_secret"
        settings.REPLICATE_API_BASE, settings.REPLICATE_FILES = provider.url, [provider.url]
        yield provider
