"""Instruments: each plays one note as float32 samples, mono. The same note is computed once."""

from functools import lru_cache

import numpy as np

from artwork.ffmpeg import RATE

TABLE = 4096


def frequency(pitch: float) -> float:
    """Hz of a MIDI pitch: 69 is the A of 440 Hz."""
    return 440.0 * 2 ** ((pitch - 69) / 12)


def _time(seconds):
    return np.arange(int(seconds * RATE), dtype=np.float32) / RATE


def _envelope(size, attack, release):
    """A smooth way in and out, in seconds."""
    shape = np.ones(size, dtype=np.float32)
    rise, fall = (min(int(part * RATE), size // 2) for part in (attack, release))
    if rise:
        shape[:rise] = np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32)) ** 2
    if fall:
        shape[-fall:] *= np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32)) ** 2
    return shape


@lru_cache(maxsize=256)
def _wave(harmonics: int, slope: float, odd: bool):
    """One period of a band-limited wave: harmonics that fall by `slope`, all or the odd ones."""
    phase = np.linspace(0, 2 * np.pi, TABLE, endpoint=False)
    wave = sum(np.sin(k * phase) / k**slope for k in range(1, harmonics + 1, 2 if odd else 1))
    return (wave / np.abs(wave).max()).astype(np.float32)


def _sing(hertz, seconds, slope, *, top=6000.0, odd=False, detune=0.0, vibrato=0.0):
    """A sustained tone. Nothing of it lies above `top` Hz."""
    wave = _wave(max(1, min(40, int(top / hertz))), slope, odd)
    steps = _time(seconds) * np.float32(hertz * 2 ** (detune / 1200) * TABLE)
    if vibrato:
        depth = hertz * TABLE * vibrato / (2 * np.pi * 5)
        steps = steps + np.float32(depth) * np.sin(np.float32(2 * np.pi * 5) * _time(seconds))
    return wave[steps.astype(np.int64) % TABLE]


@lru_cache(maxsize=512)
def piano(pitch, seconds):
    """Stiff strings under a felt hammer: partials a little sharp, high ones dying first, two strings that beat."""
    hertz = frequency(pitch)
    time = _time(seconds + 0.5)
    stiffness = 0.0003 * 2 ** ((pitch - 60) / 18)
    life = 4.5 * 2 ** (-(pitch - 48) / 18)
    note = np.zeros_like(time)
    for k in range(1, 11):
        partial = hertz * k * np.sqrt(1 + stiffness * k * k)
        if partial > 7000:
            break
        loud = abs(np.sin(np.pi * k / 7.7)) / k**1.45
        fade = 0.72 * np.exp(-time * k**0.7 / (0.35 * life)) + 0.28 * np.exp(-time * k**0.5 / (1.6 * life))
        beat = np.cos(np.float32(np.pi * 0.35) * time) if k < 4 else 1
        note += np.float32(loud) * fade.astype(np.float32) * beat * np.sin(np.float32(2 * np.pi * partial) * time)
    knock = np.random.default_rng(pitch).standard_normal(400).astype(np.float32) * np.exp(-np.arange(400) / 60)
    note[:400] += 0.03 * np.convolve(knock, np.ones(24) / 24, "same")[: note.size]
    return note * _envelope(note.size, 0.003, 0.45)


@lru_cache(maxsize=512)
def guitar(pitch, seconds, bright=0.5):
    """A plucked string after Karplus and Strong: noise goes round a delay line that averages it at each turn."""
    hertz = frequency(pitch)
    period = max(8, int(RATE / hertz))
    turns = int((seconds + 1.2) * RATE / period) + 2
    noise = np.random.default_rng(int(pitch * 64)).uniform(-1, 1, period).astype(np.float32)
    width = max(1, int(period * (0.32 - 0.28 * bright)))
    pluck = np.convolve(np.concatenate([noise, noise]), np.ones(width) / width, "same")[:period]
    place = max(1, period // 6)  # where the finger is: combs out some harmonics
    string = (pluck - np.roll(pluck, place)).astype(np.float32)
    keep = np.float32(0.5 * 10 ** (-3 / (hertz * (5.5 - 0.035 * pitch))))
    sound = np.empty((turns, period), dtype=np.float32)
    for turn in range(turns):
        sound[turn] = string
        string = keep * (string + np.roll(string, 1))
    wanted = np.arange(int((seconds + 1.0) * RATE)) * (hertz * (period + 0.5) / RATE)  # in tune to the cent
    note = np.interp(wanted, np.arange(sound.size), sound.ravel()).astype(np.float32)
    note /= np.abs(note).max() + 1e-9
    return note * _envelope(note.size, 0.002, 0.6)


@lru_cache(maxsize=256)
def pad(pitch, seconds, top=2200.0, attack=0.7):
    """Several strings a little apart, with a soft edge."""
    hertz = frequency(pitch)
    note = sum(_sing(hertz, seconds + 1.4, 1.35, top=top, detune=cents) for cents in (-7, 0, 8))
    return note / 3 * _envelope(note.size, attack, 1.4)


@lru_cache(maxsize=256)
def flute(pitch, seconds):
    """Breathy and slow to speak."""
    note = _sing(frequency(pitch), seconds + 0.6, 2.1, top=3500.0, vibrato=0.004)
    breath = np.random.default_rng(pitch).standard_normal(note.size).astype(np.float32)
    breath = np.convolve(breath, np.ones(12, dtype=np.float32) / 12, "same")
    return (note + 0.03 * breath) * _envelope(note.size, 0.18, 0.6)


@lru_cache(maxsize=256)
def bell(pitch, seconds):
    """Struck glass: few partials, none in the harmonic row, each with a life of its own."""
    time, hertz = _time(seconds + 2.0), frequency(pitch)
    parts = ((1, 1.0, 2.2), (2.0, 0.45, 1.4), (2.76, 0.2, 0.8), (5.4, 0.08, 0.35))
    note = sum(
        np.float32(loud)
        * np.exp(-time / life).astype(np.float32)
        * np.sin(np.float32(2 * np.pi * hertz * ratio) * time)
        for ratio, loud, life in parts
    )
    return note * _envelope(note.size, 0.006, 0.5)


@lru_cache(maxsize=256)
def synth(pitch, seconds, top=5000.0):
    """A square-ish lead whose edge softens as it rings."""
    hertz = frequency(pitch)
    bright = _sing(hertz, seconds + 0.25, 1.0, top=top, odd=True, detune=4)
    dull = _sing(hertz, seconds + 0.25, 1.7, top=1800.0, detune=-4)
    edge = np.exp(-_time(seconds + 0.25) / 0.22)
    return (edge * bright + (1 - edge) * dull) * _envelope(dull.size, 0.004, 0.22)


@lru_cache(maxsize=256)
def bass(pitch, seconds, slope=1.6):
    """Round and low; a smaller slope is rougher."""
    note = _sing(frequency(pitch), seconds + 0.12, slope, top=900.0)
    return note * _envelope(note.size, 0.012, 0.12) * np.exp(-_time(seconds + 0.12) / 2.5)


@lru_cache(maxsize=16)
def kick(low=48.0, seconds=0.34):
    """A drum: a sine that falls to `low` Hz."""
    time = _time(seconds)
    sweep = low * time + (110 - low) * 0.035 * (1 - np.exp(-time / 0.035))
    return (np.sin(2 * np.pi * sweep) * np.exp(-time / (seconds / 3))).astype(np.float32) * _envelope(
        time.size, 0.002, 0.05
    )


@lru_cache(maxsize=16)
def hiss(seconds, smooth, seed=1):
    """A burst of noise: a hat (`smooth` 1), a clap or brush (more)."""
    time = _time(seconds)
    noise = np.random.default_rng(seed).standard_normal(time.size).astype(np.float32)
    noise = (
        noise - np.convolve(noise, np.ones(9) / 9, "same")
        if smooth == 1
        else np.convolve(noise, np.ones(smooth) / smooth, "same") * np.sqrt(smooth)
    )
    return (noise * np.exp(-time / (seconds / 5))).astype(np.float32) * 0.5


def forget() -> None:
    """Let go of the notes: a piece holds some hundred megabytes of them."""
    for voice in (piano, guitar, pad, flute, bell, synth, bass):
        voice.cache_clear()
