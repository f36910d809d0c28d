"""Music out of numbers: five moods in four genres. The same seed gives the same piece."""

from pathlib import Path

import numpy as np

from artwork import sound, voices
from artwork.score import MOODS, Note, Score
from artwork.score import write as write_score

GENRES = ("piano", "ambient", "acoustic", "electronic")
TAIL = 3.2  # seconds in which the last chord rings

# genre -> part -> (voice, volume, where between left and right, moved by how many semitones)
BANDS = {
    "piano": {
        "lead": (voices.piano, 0.85, 0.08, 0),
        "figure": (voices.piano, 0.42, -0.1, 0),
        "bass": (voices.piano, 0.6, -0.18, 0),
        "chord": (lambda pitch, seconds: voices.pad(pitch, seconds, 1500.0, 0.9), 0.10, 0.0, 0),
    },
    "ambient": {
        "lead": (voices.bell, 0.34, 0.25, 0),
        "figure": (voices.flute, 0.10, -0.35, 12),
        "bass": (lambda pitch, seconds: voices.pad(pitch, seconds, 400.0, 0.5), 0.45, 0.0, 0),
        "chord": (lambda pitch, seconds: voices.pad(pitch, seconds, 1900.0, 1.2), 0.34, 0.0, 0),
    },
    "acoustic": {
        "lead": (lambda pitch, seconds: voices.guitar(pitch, seconds, 0.8), 0.62, 0.12, 0),
        "figure": (lambda pitch, seconds: voices.guitar(pitch, seconds, 0.35), 0.42, -0.28, 0),
        "bass": (lambda pitch, seconds: voices.guitar(pitch, seconds, 0.1), 0.6, 0.0, 0),
        "chord": (lambda pitch, seconds: voices.pad(pitch, seconds, 900.0, 0.8), 0.05, 0.0, 0),
    },
    "electronic": {
        "lead": (voices.synth, 0.30, 0.1, 0),
        "figure": (lambda pitch, seconds: voices.synth(pitch, min(seconds, 0.2), 7000.0), 0.17, -0.3, 12),
        "bass": (lambda pitch, seconds: voices.bass(pitch, seconds, 1.1), 0.55, 0.0, 0),
        "chord": (lambda pitch, seconds: voices.pad(pitch, seconds, 5200.0, 0.25), 0.22, 0.0, 0),
    },
}
ROOMS = {"piano": (1.9, 0.20), "ambient": (4.2, 0.42), "acoustic": (1.3, 0.14), "electronic": (1.6, 0.16)}


def compose(mood: str, genre: str, seconds: float, seed: int):
    """A piece of `seconds` as float32, shape (samples, 2), 44.1 kHz, mastered and faded."""
    score = write_score(mood, seconds, seed, TAIL)
    rng = np.random.default_rng([seed, len(mood), len(genre)])
    mix = sound.Mix(seconds)
    for note in score.notes:
        _play(mix, note, score, genre, rng)
    if genre == "electronic":
        _beat(mix, score)
    elif genre == "acoustic" and score.mood.drive > 0.8:
        _brush(mix, score)
    if mood == "epic":
        _drums(mix, score)
    if genre == "ambient":
        mix.air(rng, 0.004)
    voices.forget()
    length, wet = ROOMS[genre]
    return sound.master(sound.reverb(mix.samples, length, wet, seed=7), seconds)


def write(samples, path: Path) -> None:
    """Encode as the name's ending says: .m4a (AAC), .mp3, .ogg or .wav."""
    sound.encode(samples, path)


def _play(mix, note: Note, score: Score, genre: str, rng) -> None:
    voice, volume, place, moved = BANDS[genre][note.part]
    if genre == "ambient" and note.part == "figure" and note.start % 2:
        return  # half as many notes: it floats
    beat = 60 / score.tempo
    late = float(rng.normal(0, 0.006)) if genre in ("piano", "acoustic") else 0.0  # a hand, no clock
    heard = note.loud * (1 + float(rng.normal(0, 0.06)))
    seconds = round(max(0.15, note.length * beat), 2)
    spread = 0.22 * ((note.pitch % 5) - 2) / 2 if note.part != "bass" else 0.0
    mix.add(voice(note.pitch + moved, seconds), max(0.0, note.start * beat + late), volume * heard, place + spread)


def _beat(mix, score: Score) -> None:
    """Four to the floor where the mood is lively, a slow pulse elsewhere; three-four time gets its one."""
    beat, lively = 60 / score.tempo, score.mood.drive > 0.6
    for at in range(score.beats):
        place = at % score.mood.beats
        if lively or place == 0 or (place == 2 and score.mood.beats == 4):
            mix.add(voices.kick(), at * beat, 0.62 if lively else 0.42)
        if place in (1, 3) and score.mood.beats == 4 and score.mood.drive > 0.3:
            mix.add(voices.hiss(0.22, 3, 5), at * beat, 0.16, 0.05)
        for off in (0.5,) if not lively else (0.25, 0.5, 0.75):
            mix.add(voices.hiss(0.07, 1, 3), (at + off) * beat, 0.10 if off == 0.5 else 0.05, 0.3)


def _brush(mix, score: Score) -> None:
    """A shaker on the eighths."""
    for at in range(score.beats * 2):
        mix.add(voices.hiss(0.09, 2, 11), at * 30 / score.tempo, 0.05 if at % 2 else 0.028, -0.35)


def _drums(mix, score: Score) -> None:
    """Low drums that gather towards the end."""
    beat = 60 / score.tempo
    for at in range(score.beats):
        grown = 0.35 + 0.65 * at / score.beats
        place = at % 4
        if place in (0, 2):
            mix.add(voices.kick(40.0, 0.9), at * beat, 0.55 * grown * (1 if place == 0 else 0.7))
        if place == 3:
            for off in (0, 0.5):
                mix.add(voices.kick(58.0, 0.5), (at + off) * beat, 0.34 * grown, 0.2 if off else -0.2)


__all__ = ["GENRES", "MOODS", "compose", "write"]
