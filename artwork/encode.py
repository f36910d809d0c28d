"""ffmpeg as a subprocess that cannot do harm: demuxers named, files only, bounded in time and memory."""

import contextlib
import fcntl
import os
import re
import resource
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import imageio_ffmpeg

FPS, RATE = 24, 44_100
LOUDNESS, PEAK = -16.0, 0.84  # LUFS; the limiter's ceiling, -1.5 dBFS
MEMORY = 4 << 30
DEMUXERS = {".wav": "wav", ".mp3": "mp3", ".m4a": "mov", ".mp4": "mov", ".ogg": "ogg", ".flac": "flac"}
# What every clip is encoded with; bench/bench_render.py uses the same
VIDEO = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-profile:v", "high", "-pix_fmt", "yuv420p"]
VIDEO += [
    "-threads",
    "2",
    "-colorspace",
    "bt709",
    "-color_primaries",
    "bt709",
    "-color_trc",
    "bt709",
    "-g",
    str(FPS * 4),
]
AUDIO = ["-c:a", "aac", "-b:a", "128k", "-ar", str(RATE), "-ac", "2"]
CONTAINER = ["-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4"]


class EncodingFailed(Exception):
    """ffmpeg gave up or took too long; the text holds its last lines, for the log."""


def clip(frames: Iterable[bytes], size: tuple[int, int], seconds: float, music: Path | None, out: Path, timeout: float):
    """Raw RGB frames and music become an MP4 that plays before it is whole."""
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", f"{size[0]}x{size[1]}", "-framerate", str(FPS)]
    command = [*raw, "-i", "pipe:0"]
    sound = ["-an"]
    if music:
        command += _music(music, seconds)
        sound = ["-map", "1:a:0", "-af", _even(music, seconds, timeout), *AUDIO]
    colours = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
    command += ["-map", "0:v:0", "-vf", colours, *sound, *VIDEO, "-t", f"{seconds:.3f}", *CONTAINER, f"file:{out}"]
    ffmpeg(command, timeout, frames)


def loudness(path: Path, demuxer: str, timeout: float = 60, lasting: float = 900) -> float:
    """How loud a file is, in LUFS (EBU R 128)."""
    inputs = ["-protocol_whitelist", "file", "-f", demuxer, "-t", f"{lasting:.3f}", "-i", f"file:{path}"]
    said = ffmpeg(["-loglevel", "info", *inputs, "-vn", "-af", "ebur128=framelog=quiet", "-f", "null", "-"], timeout)
    found = re.findall(r"I:\s+(-?[\d.]+) LUFS", said)
    if not found:
        raise EncodingFailed(f"No loudness in what ffmpeg said: {said[-300:]}")
    return float(found[-1])


def _music(music: Path, seconds: float) -> list[str]:
    """The input of a piece of music, again from its start where it is shorter than the clip."""
    demuxer = DEMUXERS.get(music.suffix.lower())
    if demuxer is None:
        raise EncodingFailed(f"Music ending in {music.suffix!r} has no demuxer here.")
    files = ["-protocol_whitelist", "file", "-stream_loop", "-1", "-t", f"{seconds:.3f}"]
    return [*files, "-f", demuxer, "-i", f"file:{music}"]


def _even(music: Path, seconds: float, timeout: float) -> str:
    """Filters that bring the music to the house's loudness, hold its peaks, and fade it in and out."""
    measured = loudness(music, DEMUXERS[music.suffix.lower()], timeout, seconds)
    gain = max(-30.0, min(24.0, LOUDNESS - measured))
    fades = f"afade=t=in:d=0.8,afade=t=out:st={max(0.0, seconds - 2.2):.3f}:d=2.2"
    return f"aresample={RATE},volume={gain:.2f}dB,alimiter=limit={PEAK}:level=false,{fades}"


def ffmpeg(command: list[str], timeout: float, feed: Iterable[bytes] | None = None) -> str:
    """Run ffmpeg to its end; what it said. An exception out of `feed` kills it and goes on to the caller."""
    head = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-hide_banner",
        "-loglevel",
        "error",
        "-nostdin",
        "-y",
        "-protocol_whitelist",
    ]
    with tempfile.TemporaryFile() as said, _running([*head, "file,pipe", *command], said, timeout) as (process, late):
        with contextlib.suppress(BrokenPipeError):  # then ffmpeg has given up, and its code says so
            for chunk in feed or ():
                process.stdin.write(chunk)
            process.stdin.close()
        code = process.wait()
        said.seek(0)
        words = said.read().decode(errors="replace")
    if late.is_set():
        raise EncodingFailed(f"ffmpeg took longer than {timeout:g} s.")
    if code:
        raise EncodingFailed(f"ffmpeg ended with {code}: {words.strip()[-800:]}")
    return words


@contextmanager
def _running(command: list[str], said, timeout: float) -> Iterator[tuple[subprocess.Popen, threading.Event]]:
    """A process in a group of its own that does not outlive the block or its time."""
    process = subprocess.Popen(  # noqa: S603 - fixed words, numbers and paths; no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
    )
    late = threading.Event()

    def kill() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    watch = threading.Timer(timeout, lambda: (late.set(), kill()))
    try:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (int(timeout * 2) + 2,) * 2)
            os.setpriority(os.PRIO_PROCESS, process.pid, 10)
        fcntl.fcntl(process.stdin, fcntl.F_SETPIPE_SZ, 1 << 20)  # a frame has megabytes: fewer turns between the two
        watch.start()
        yield process, late
    finally:
        watch.cancel()
        if process.poll() is None:
            kill()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()
