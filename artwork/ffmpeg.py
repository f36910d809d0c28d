"""ffmpeg as a subprocess that cannot do harm: demuxers named, files only, bounded in time and memory. It ends with
whoever started it: it stays in that process's group, and is killed when its parent dies."""

import contextlib
import errno
import fcntl
import os
import re
import resource
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

RATE = 44_100
LOUDNESS = -16.0  # LUFS: the house's
MEMORY = 4 << 30
LONGEST = 15 * 60  # seconds of sound that are read
PATIENCE = 120  # seconds that a tool may take
DEMUXERS = {".wav": "wav", ".mp3": "mp3", ".m4a": "mov", ".mp4": "mov", ".ogg": "ogg", ".flac": "flac"}
TIED = ("/usr/bin/setpriv", "--pdeathsig", "KILL")
FULL = os.strerror(errno.ENOSPC)
FILES = ("-protocol_whitelist", "file")


class Failed(Exception):
    """ffmpeg gave up or took too long; the text holds its last lines, for the log."""


class Passing(Failed):
    """It took too long, or the disk was full: that may be over soon, and the file is not at fault."""


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS, true peak in dBTP, and how long it is."""

    integrated: float
    peak: float
    duration_ms: int


def source(path: Path, lasting: float = LONGEST, suffix: str = "") -> list[str]:
    """An input. The demuxer is forced: what a file says it is does not choose the code that reads it."""
    kind = (suffix or path.suffix).lower()
    if kind not in DEMUXERS:
        raise Failed(f"{kind or 'A file without an ending'} is no kind of music that is taken.")
    return [*FILES, "-f", DEMUXERS[kind], "-t", f"{lasting:.3f}", "-i", f"file:{path}"]


def measure(path: Path, timeout: float = PATIENCE, lasting: float = LONGEST, suffix: str = "") -> Loudness:
    """How loud a file is (EBU R 128) and how long. `suffix` says what it is where the name does not."""
    meter = ["-map", "0:a:0", "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]
    said = run(["-loglevel", "info", "-threads", "1", *source(path, lasting, suffix), *meter], timeout)
    heard = re.findall(r"^\s*I:\s+(-?[\d.]+|-inf) LUFS", said, re.M), re.findall(r"Peak:\s+(-?[\d.]+|-inf) dBFS", said)
    times = re.findall(r"time=(\d+):(\d+):([\d.]+)", said)
    if not all(heard) or not times:
        raise Failed("There is no sound in it.")
    hours, minutes, seconds = times[-1]
    length = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return Loudness(float(heard[0][-1]), float(heard[1][-1]), round(length * 1000))


def run(command: Iterable[str], timeout: float = PATIENCE, feed: Iterable[bytes] | None = None) -> str:
    """Run ffmpeg to its end; what it said. An exception out of `feed` kills it and goes on to the caller."""
    head = [*TIED, imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    whole = [*head, "-protocol_whitelist", "file,pipe", *command]
    with tempfile.TemporaryFile() as said, _running(whole, said, timeout) as (process, late):
        with contextlib.suppress(BrokenPipeError):  # then ffmpeg has given up, and its code says so
            for chunk in feed or ():
                process.stdin.write(chunk)
            process.stdin.close()
        code = process.wait()
        said.seek(0)
        words = said.read().decode(errors="replace")
    if late.is_set():
        raise Passing(f"ffmpeg took longer than {timeout:g} s.")
    if code:
        raise (Passing if FULL in words else Failed)(f"ffmpeg ended with {code}: {words.strip()[-800:]}")
    return words


@contextmanager
def _running(command: list[str], said, timeout: float) -> Iterator[tuple[subprocess.Popen, threading.Event]]:
    """A process that does not outlive the block or its time. It has no children, so it needs no group of its own."""
    process = subprocess.Popen(  # noqa: S603 - fixed words, numbers and paths; no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
    )
    late = threading.Event()
    watch = threading.Timer(timeout, lambda: (late.set(), process.kill()))
    try:
        with contextlib.suppress(ProcessLookupError):
            _limit(process.pid, resource.RLIMIT_AS, MEMORY)
            _limit(process.pid, resource.RLIMIT_CPU, int(timeout * 2) + 2)
            os.setpriority(os.PRIO_PROCESS, process.pid, 10)
        fcntl.fcntl(process.stdin, fcntl.F_SETPIPE_SZ, 1 << 20)  # a frame has megabytes: fewer turns between the two
        watch.start()
        yield process, late
    finally:
        watch.cancel()
        process.kill()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()


def _limit(pid: int, what: int, most: int) -> None:
    """No more than this, nor than we may use ourselves: nobody may raise a limit."""
    hard = resource.getrlimit(what)[1]
    resource.prlimit(pid, what, (most if hard == resource.RLIM_INFINITY else min(most, hard),) * 2)
