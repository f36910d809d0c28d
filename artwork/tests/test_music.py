from itertools import pairwise

import numpy as np
import pytest

from artwork import music, score, sound
from artwork.voices import RATE, frequency


@pytest.fixture(scope="module")
def pieces():
    return {genre: music.compose("romantic", genre, 10, 3) for genre in music.GENRES}


def centroid(samples):
    spectrum = np.abs(np.fft.rfft(samples.mean(axis=1)))
    return (spectrum * np.fft.rfftfreq(len(samples), 1 / RATE)).sum() / spectrum.sum()


def test_each_genre_sounds_and_none_clips(pieces):
    for genre, samples in pieces.items():
        assert samples.shape == (10 * RATE, 2) and samples.dtype == np.float32, genre
        assert 0.3 < np.abs(samples).max() <= 0.9 and abs(samples.mean()) < 1e-3, genre
        assert np.abs(samples[-200:]).max() < 0.01 and np.abs(samples[0]).max() < 0.001, genre
        quarters = [np.sqrt((part**2).mean()) for part in np.array_split(samples[: 8 * RATE], 4)]
        assert min(quarters) > 0.02, genre  # no hole in it
        assert np.corrcoef(samples.T)[0, 1] < 0.995, f"{genre} is mono"
    brightness = {genre: centroid(samples) for genre, samples in pieces.items()}
    assert brightness["ambient"] < brightness["electronic"] < brightness["acoustic"]
    assert len({round(value / 50) for value in brightness.values()}) == 4


def test_the_same_seed_is_the_same_piece(pieces):
    assert np.array_equal(pieces["acoustic"], music.compose("romantic", "acoustic", 10, 3))
    assert not np.array_equal(pieces["acoustic"], music.compose("romantic", "acoustic", 10, 4))


@pytest.mark.parametrize("name", music.MOODS)
def test_a_mood_has_its_tempo_and_stays_in_its_scale(name):
    mood = music.MOODS[name]
    for seed in range(5):
        piece = score.write(name, 30, seed, music.TAIL)
        assert abs(piece.tempo / mood.tempo - 1) < 0.2
        assert piece.beats * 60 / piece.tempo == pytest.approx(30 - music.TAIL)
        lead = [note for note in piece.notes if note.part == "lead"]
        tonic = next(note for note in reversed(piece.notes) if note.part == "bass").pitch
        assert {(note.pitch - tonic) % 12 for note in piece.notes} <= set(mood.scale)
        assert (lead[-1].pitch - tonic) % 12 == 0  # it comes home
        assert min(note.pitch for note in lead) >= 52 and max(note.pitch for note in lead) <= 96
        assert max(abs(b.pitch - a.pitch) for a, b in pairwise(lead[:-1])) <= 16
    tempos = {each: value.tempo for each, value in music.MOODS.items()}
    assert tempos["melancholic"] < tempos["calm"] < tempos["romantic"] < tempos["epic"] < tempos["joyful"]


def test_a_string_is_in_tune():
    from artwork.voices import guitar

    for pitch in (45, 64, 81):
        note = guitar(pitch, 1.5)
        spectrum = np.abs(np.fft.rfft(note * np.hanning(note.size), 1 << 20))
        hertz = np.fft.rfftfreq(1 << 20, 1 / RATE)
        near = np.abs(hertz / frequency(pitch) - 1) < 0.04
        heard = hertz[near][spectrum[near].argmax()]
        assert abs(1200 * np.log2(heard / frequency(pitch))) < 8, pitch  # cents


@pytest.mark.parametrize("suffix", [".m4a", ".mp3", ".ogg"])
def test_a_file_has_an_even_loudness(suffix, pieces, tmp_path):
    quiet, even = tmp_path / "quiet.wav", tmp_path / f"even{suffix}"
    sound.encode(pieces["piano"] * 0.1, quiet)
    assert sound.measure(quiet).integrated < -30
    result = sound.normalise(quiet, even)
    assert abs(result.integrated - sound.LOUDNESS) < 0.7 and result.peak < -0.5
    assert abs(result.duration_ms - 10_000) < 100
    assert even.stat().st_size < 300_000


def test_what_is_no_sound_is_refused(tmp_path):
    other = tmp_path / "other.wav"
    sound.encode(np.zeros((RATE, 2), dtype=np.float32), other)
    with pytest.raises(sound.Unreadable, match="silent"):
        sound.normalise(other, tmp_path / "out.m4a")
    playlist = tmp_path / "song.mp3"
    playlist.write_text(f"ffconcat version 1.0\nfile {other}\n")
    with pytest.raises(sound.Unreadable):
        sound.measure(playlist)
    with pytest.raises(sound.Unreadable, match=r"\.m3u is no kind of music"):
        sound.measure(tmp_path / "list.m3u")
