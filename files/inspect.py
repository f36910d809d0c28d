"""Judge an uploaded file: by its content, in a process that is killed when it takes too long or too much.

A decoder's fault can cost that process, never this one. Two at a time, and nobody waits for a turn: whoever comes
besides is told so at once (`Busy`), because a request that waits keeps its thread from the pages.
"""

import json
import logging
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

from files import antivirus, formats
from files.formats import IMAGE, MUSIC, VIDEO, Busy, Format, Refused, Unavailable
from files.place import NoSpace

__all__ = ["Busy", "Facts", "Refused", "Unavailable", "clean"]
DECODER = Path(__file__).with_name("decoder.py")
MEGABYTE = 1024 * 1024
LIMITS = {
    "pixels": 40_000_000,
    "frames": 200,
    "film_pixels": 4096 * 2304,
    "seconds": 15 * 60,
    "memory": 1536 * MEGABYTE,
    "cpu": 40,
    "written": 1024 * MEGABYTE,
}
SECONDS = 90  # on the clock
WORDS = {IMAGE: "a picture", MUSIC: "music", VIDEO: "a video"}
log = logging.getLogger("files")
_slots = BoundedSemaphore(2)


@dataclass(frozen=True)
class Facts:
    """What was written."""

    kind: str
    content_type: str
    extension: str
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None


def clean(path: Path, out: Path, preview: Path | None = None, *, name: str = "") -> Facts:
    """Write the file anew to `out` without anything but picture and sound; `preview` becomes a small WebP."""
    found = _sniff(path, name)
    if not _slots.acquire(blocking=False):
        raise Busy
    try:
        antivirus.check(path)
        return _decode(path, found, out, preview)
    finally:
        _slots.release()


def _sniff(path: Path, name: str) -> Format:
    with open(path, "rb") as file:
        return formats.sniff(file.read(formats.HEAD), name)


def _decode(path: Path, found: Format, out: Path, preview: Path | None) -> Facts:
    asked = {
        **LIMITS,
        "kind": found.kind,
        "reader": found.reader,
        "path": os.fspath(path),
        "out": os.fspath(out),
        "preview": os.fspath(preview or ""),
    }
    facts = _decoded(asked)
    if facts.pop("instead", ""):
        return _decode(path, formats.M4A, out, preview)
    if written := facts.pop("written", ""):
        found = {"PNG": formats.PNG, "JPEG": formats.JPEG}[written]
    return Facts(found.kind, found.content_type, found.extension, **facts)


def _decoded(asked: dict) -> dict:
    try:
        done = subprocess.run(  # noqa: S603 - our own script, and no shell
            [sys.executable, "-I", DECODER, json.dumps(asked)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={"OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"},
            timeout=SECONDS,
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        raise Refused("It takes too long to read this file.") from None
    if done.returncode:
        log.warning("The decoder ended with %s: %s", done.returncode, done.stderr[-500:].decode(errors="replace"))
        too_much = -done.returncode in (signal.SIGXCPU, signal.SIGKILL)
        raise Refused("It takes too much time or memory to read this file." if too_much else formats.BROKEN)
    answer = json.loads(done.stdout)
    if "full" in answer:
        log.warning("The disk is full while a file is looked at: %s", answer["full"])
        raise NoSpace("The disk is full. Nothing was kept; try again later.")
    if "refused" in answer:
        log.info("A file was refused: %s %s", answer["refused"], answer.get("why", ""))
        raise Refused(answer["refused"])
    return answer["facts"]
