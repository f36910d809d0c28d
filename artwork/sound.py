"""Sound: mixing, the room, mastering; and files: encode, measure (EBU R 128), bring to an even loudness."""

from pathlib import Path

import numpy as np

from artwork import ffmpeg
from artwork.ffmpeg import LOUDNESS, RATE, Loudness

__all__ = [
    "LOUDNESS",
    "Loudness",
    "Mix",
    "Unfinished",
    "Unreadable",
    "encode",
    "master",
    "measure",
    "normalise",
    "reverb",
]
PEAK = -1.0  # dBTP
ENCODERS = {
    ".m4a": ("-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart", "-f", "ipod"),
    ".mp3": ("-c:a", "libmp3lame", "-b:a", "160k", "-f", "mp3"),
    ".ogg": ("-c:a", "libvorbis", "-q:a", "5", "-f", "ogg"),
    ".wav": ("-c:a", "pcm_s16le", "-f", "wav"),
}


class Unreadable(Exception):
    """No sound that can be read; the text says why."""


class Unfinished(Unreadable):
    """It took too long, or the disk was full: it may well be read later."""


class Mix:
    """Stereo samples that notes are added to."""

    def __init__(self, seconds: float):
        self.samples = np.zeros((int(seconds * RATE), 2), dtype=np.float32)

    def add(self, note, start: float, volume: float, place: float = 0.0) -> None:
        """`place` is from -1, left, to 1, right, at equal power."""
        at = int(start * RATE)
        heard = note[: max(0, len(self.samples) - at)]
        angle = (np.clip(place, -1, 1) + 1) * np.pi / 4
        self.samples[at : at + heard.size, 0] += heard * np.float32(volume * np.cos(angle))
        self.samples[at : at + heard.size, 1] += heard * np.float32(volume * np.sin(angle))

    def air(self, rng, volume: float) -> None:
        """A breath of soft noise, wide, that comes and goes."""
        size = len(self.samples)
        swell = 0.6 + 0.4 * np.sin(np.linspace(0, 6 * np.pi, size, dtype=np.float32))
        for side in (0, 1):
            noise = np.cumsum(rng.standard_normal(size).astype(np.float32))
            noise -= np.convolve(noise, np.ones(64, dtype=np.float32) / 64, "same")
            self.samples[:, side] += volume * swell * noise / (np.abs(noise).mean() + 1e-9)


def reverb(samples, seconds: float, wet: float, *, seed: int):
    """A room: noise that dies away, the high of it first, laid over the sound by FFT."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    size = 1 << (len(samples) + time.size - 1).bit_length()
    out = samples.copy()
    for side in (0, 1):
        noise = np.fft.rfft(rng.standard_normal(time.size))
        hertz = np.fft.rfftfreq(time.size, 1 / RATE)
        dark = np.fft.irfft(noise / (1 + (hertz / 1800) ** 2), time.size)
        bright = np.fft.irfft(noise / (1 + (hertz / 6000) ** 2), time.size) - dark
        room = dark * 10 ** (-3 * time / seconds) + bright * 10 ** (-6 * time / seconds)
        room *= np.minimum(1, time / 0.012)  # the first reflection comes a moment later
        room = (room / np.sqrt((room**2).sum())).astype(np.float32)
        spectrum = np.fft.rfft(samples[:, side], size) * np.fft.rfft(room, size)
        out[:, side] += np.float32(wet) * np.fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)
    return out


def master(samples, seconds: float):
    """No rumble and no DC, peaks rounded rather than cut, a soft beginning, and a fade at the end."""
    size = 1 << (len(samples) - 1).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    shape = (hertz / 28) ** 4 / (1 + (hertz / 28) ** 4) / np.sqrt(1 + (hertz / 13000) ** 4)
    out = np.empty_like(samples)
    for side in (0, 1):
        out[:, side] = np.fft.irfft(np.fft.rfft(samples[:, side], size) * shape, size)[: len(samples)]
    level = np.sqrt((out**2).mean()) + 1e-9
    out = np.tanh(out * np.float32(0.16 / level)) * np.float32(0.9)
    rise, fall = int(0.03 * RATE), int(min(2.6, seconds / 4) * RATE)
    out[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)[:, None]
    out[-fall:] *= (np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32)) ** 2)[:, None]
    out *= np.float32(min(1.0, 0.89 / (np.abs(out).max() + 1e-9)))
    return out


def encode(samples, path: Path) -> None:
    """Write samples as the ending of `path` says."""
    raw = np.ascontiguousarray(samples, dtype="<f4").tobytes()
    ffmpeg.run(["-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "pipe:0", *_encoder(path)], feed=[raw])


def measure(path: Path, suffix: str = "") -> Loudness:
    """How loud it is and how long. `suffix` says what it is where the name does not. Raises Unreadable."""
    try:
        return ffmpeg.measure(path, suffix=suffix)
    except ffmpeg.Failed as error:
        raise _told(error) from error


def normalise(source: Path, target_path: Path, target: float = LOUDNESS, suffix: str = "") -> Loudness:
    """Bring it to `target` LUFS with peaks below -1 dBTP, as the ending of `target_path` says; how it is then."""
    was = measure(source, suffix)
    if was.integrated < -60:
        raise Unreadable("It is silent.")
    ceiling = 10 ** ((PEAK - 0.3) / 20)
    even = f"volume={target - was.integrated:.2f}dB,alimiter=limit={ceiling:.4f}:level=false:attack=3:release=80"
    form = ["-map", "0:a:0", "-map_metadata", "-1", "-ar", str(RATE), "-ac", "2", "-af", even]
    try:
        ffmpeg.run(["-threads", "1", *ffmpeg.source(source, suffix=suffix), *form, *_encoder(target_path)])
    except ffmpeg.Failed as error:
        raise _told(error) from error
    return measure(target_path)


def _told(error: ffmpeg.Failed) -> Unreadable:
    kind = Unfinished if isinstance(error, ffmpeg.Passing) else Unreadable
    return kind(str(error).splitlines()[-1][:300])


def _encoder(path: Path):
    return (*ENCODERS[path.suffix], f"file:{path}")
