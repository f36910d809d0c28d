"""Composing: chords by mood, a motif that is varied, and who plays what. Time is in beats, pitch as in MIDI."""

import random
from dataclasses import dataclass

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True)
class Mood:
    """How a mood moves: tempo (beats a minute), beats a bar, scale, chords by degree (two pairs of four bars)."""

    tempo: int
    beats: int
    scale: tuple[int, ...]
    chords: tuple[tuple[int, ...], ...]
    rhythms: tuple[tuple[float, ...], ...]
    register: int  # how many steps of the scale the melody lies above the middle
    sevenths: bool = False
    drive: float = 0.5  # how much moves beneath the melody


MOODS = {
    "calm": Mood(
        66,
        4,
        MAJOR,
        ((0, 5, 3, 4), (0, 2, 3, 0), (3, 0, 3, 4), (0, 4, 5, 3)),
        ((2, 1, 1), (1.5, 0.5, 2), (3, 1), (1, 1, 2)),
        0,
        sevenths=True,
        drive=0.25,
    ),
    "joyful": Mood(
        118,
        4,
        MAJOR,
        ((0, 4, 5, 3), (0, 3, 0, 4), (3, 4, 0, 5), (0, 3, 1, 4)),
        ((1, 0.5, 0.5, 1, 1), (0.5, 0.5, 1, 0.5, 0.5, 1), (1.5, 0.5, 1, 1), (0.5, 1, 0.5, 1, 1)),
        1,
        drive=1.0,
    ),
    "melancholic": Mood(
        58,
        4,
        MINOR,
        ((0, 5, 2, 6), (0, 3, 5, 4), (0, 6, 5, 3), (3, 0, 5, 4)),
        ((1.5, 0.5, 1, 1), (3, 1), (2, 2), (1, 1, 2)),
        -2,
        drive=0.35,
    ),
    "romantic": Mood(
        84,
        3,
        MAJOR,
        ((0, 5, 1, 4), (0, 2, 3, 4), (3, 2, 1, 4), (0, 5, 3, 4)),
        ((2, 1), (1, 1, 1), (1.5, 0.5, 1), (2, 0.5, 0.5)),
        0,
        sevenths=True,
        drive=0.5,
    ),
    "epic": Mood(
        96,
        4,
        MINOR,
        ((0, 5, 2, 6), (0, 6, 5, 6), (0, 3, 5, 6), (5, 6, 0, 0)),
        ((1, 1, 2), (1.5, 0.5, 1, 1), (2, 1, 1), (0.5, 0.5, 1, 2)),
        2,
        drive=0.9,
    ),
}


@dataclass(frozen=True)
class Note:
    part: str
    start: float
    length: float
    pitch: int
    loud: float


@dataclass(frozen=True)
class Score:
    """All notes, the beats a minute that make it fit, how many beats there are, and the mood."""

    notes: tuple[Note, ...]
    tempo: float
    beats: int
    bars: int
    mood: Mood


def write(mood_name: str, seconds: float, seed: int, tail: float) -> Score:
    """A piece of about `seconds`, in phrases of four bars: a motif, its answer, something new, and home."""
    mood, rng = MOODS[mood_name], random.Random(f"{mood_name}:{seed}")  # noqa: S311 - music, not secrets
    tempo = mood.tempo * rng.uniform(0.95, 1.05)
    bars = max(4, round((seconds - tail) * tempo / 60 / mood.beats))
    tempo = bars * mood.beats * 60 / (seconds - tail)
    root = rng.choice((-5, -4, -3, -2, 0, 1, 2, 3))
    piece = _Piece(mood, rng, root, bars)
    notes = [note for bar in range(bars) for note in piece.bar(bar)] + piece.ending()
    return Score(tuple(notes), tempo, bars * mood.beats, bars, mood)


class _Piece:
    """The choices of one piece, so that its bars belong together."""

    def __init__(self, mood, rng, root, bars):
        self.mood, self.rng, self.root, self.bars = mood, rng, root, bars
        self.chords = rng.sample(mood.chords, 2)
        self.rhythm, self.other = rng.sample(mood.rhythms, 2)
        self.motif = self._contour(len(self.rhythm))
        self.contrast = self._contour(len(self.other))
        self.figure = rng.choice(((0, 2, 1, 2), (0, 1, 2, 1), (0, 1, 2, 3), (0, 2, 3, 1)))
        self.last = 4  # the degree where the melody stands

    def bar(self, bar):
        phrase, place = divmod(bar, 4)
        home = bar == self.bars - 1
        degree = 0 if home else self.chords[phrase % 2 if phrase != 3 else 0][place]
        start = bar * self.mood.beats
        swell = 0.6 + 0.4 * (bar / max(1, self.bars - 1)) if self.mood.drive > 0.6 else 0.9
        yield from self._chord(start, degree, swell)
        yield from self._figure(start, degree, swell, home)
        if bar or self.mood.drive > 0.6:  # slow pieces begin with the chords alone
            yield from self._melody(start, degree, phrase, place, swell, home)

    def ending(self):
        start = self.bars * self.mood.beats
        chord = [self._pitch(step, 60) for step in (0, 2, 4, 7)]
        notes = [Note("figure", start + 0.08 * at, 4, pitch, 0.6) for at, pitch in enumerate(chord)]
        notes += [Note("chord", start, 3, pitch, 0.6) for pitch in chord[:3]]
        return [
            *notes,
            Note("bass", start, 3, self._pitch(0, 36), 0.8),
            Note("lead", start, 3, self._pitch(7, 60), 0.6),
        ]

    def _pitch(self, degree, base):
        octave, step = divmod(degree, 7)
        return base + self.root + 12 * octave + self.mood.scale[step]

    def _contour(self, size):
        """Steps of a scale, mostly small, that come back towards where they began."""
        steps, at = [], 0
        for _ in range(size):
            steps.append(at)
            at += self.rng.choice((-2, -1, -1, 1, 1, 2, 3 if at < 2 else -3))
        return steps

    def _chord(self, start, degree, loud):
        tones = [degree, degree + 2, degree + 4] + ([degree + 6] if self.mood.sevenths else [])
        for tone in tones:
            pitch = self._pitch(tone, 60)
            while pitch > 68 + self.root / 2:  # close to the chord before it
                pitch -= 12
            yield Note("chord", start, self.mood.beats, pitch, 0.55 * loud)
        low = self._pitch(degree, 36)
        yield Note("bass", start, self.mood.beats if self.mood.drive < 0.6 else 1.5, low - 12 * (low > 45), loud)
        if self.mood.drive >= 0.6:
            yield Note("bass", start + 2, 1.5, low - 12 * (low > 45), 0.8 * loud)

    def _figure(self, start, degree, loud, home):
        """The broken chord beneath: quarters in quiet moods, eighths, or sixteenths' feel in lively ones."""
        tones = (degree, degree + 2, degree + 4, degree + 7)
        step = 1.0 if self.mood.drive < 0.3 else 0.5
        count = int(self.mood.beats / step)
        for at in range(count if not home else count // 2):
            tone = tones[self.figure[at % 4]] if self.mood.beats == 4 else tones[(0, 1, 2, 3, 2, 1)[at % 6]]
            accent = 1.0 if at == 0 else 0.78 if at % 2 == 0 else 0.66
            yield Note("figure", start + at * step, step * 1.9, self._pitch(tone, 48), accent * loud)

    def _melody(self, start, degree, phrase, place, loud, home):
        new = phrase % 4 == 2  # the third phrase says something else
        rhythm, contour = (self.other, self.contrast) if new else (self.rhythm, self.motif)
        if home or place == 3:
            rhythm, contour = ((self.mood.beats,), (0,)) if home else self._rest(rhythm, contour)
        base = self._near(degree, up=new)
        at = start
        for number, (length, step) in enumerate(zip(rhythm, contour, strict=True)):
            tone = base + step
            if number and phrase and self.rng.random() < 0.22:  # a repeat is never quite the same
                tone += self.rng.choice((-1, 1))
            if length >= 1.5 or number == 0:
                tone = self._nearest(tone, degree)
            yield Note(
                "lead",
                at,
                length * 0.96,
                self._pitch(tone, 60),
                loud * (1 if number == 0 else 0.85),
            )
            self.last, at = tone, at + length

    def _rest(self, rhythm, contour):
        """The phrase breathes: the first half of the motif, then a long note."""
        half = max(1, len(rhythm) // 2)
        return (*rhythm[:half], self.mood.beats - sum(rhythm[:half])), (*contour[:half], 0)

    def _near(self, degree, *, up):
        around, low = self.last + (2 if up else 0), 1 + self.mood.register
        tones = [degree + step + 7 * octave for octave in (0, 1) for step in (0, 2, 4)]
        return min(
            (tone for tone in tones if low <= tone <= low + 11), key=lambda tone: (abs(tone - around), tone), default=4
        )

    def _nearest(self, tone, degree):
        tones = [degree + step + 7 * octave for octave in (-1, 0, 1) for step in (0, 2, 4)]
        return min(tones, key=lambda each: (abs(each - tone), each))
