"""Where a cut is painted: a folder that leaves nothing behind, and the process that works in it (studio/brush.py)."""

import hashlib
import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from jobs.models import Job, State
from tunables import values

PREFIX = "poemvision-cut-"
RUN = re.compile(r"(\d{1,18})-([0-9a-f]{32})-")
SIZE = (864, 1080)  # of the clip
COMMAND = ["-m", "studio.brush"]
TOLD_EVERY = 0.5  # seconds between two notes of progress; so often it also looks whether to stop
MEMORY_MB = 4096  # of address space, for the painter and for the encoder each; artwork/ffmpeg.py has the same


class Refused(Exception):
    """This poem or picture cannot be made into a cut; the text is a sentence for its maker."""


class Broken(Exception):
    """The process died, or took too long."""


@dataclass(frozen=True)
class Made:
    files: dict[str, Path]
    duration_ms: int


@contextmanager
def folder(job: Job) -> Iterator[Path]:
    """A folder of this run: its name says which lease it belongs to, so that a dead run's is known as such."""
    path = Path(tempfile.mkdtemp(prefix=f"{_ours()}{job.pk}-{job.lease_token.hex}-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def clear() -> int:
    """Remove the folders of runs that were killed; how many. A run that holds its job keeps its own."""
    removed, ours = 0, _ours()
    for path in Path(tempfile.gettempdir()).glob(f"{ours}*"):
        run = RUN.match(path.name.removeprefix(ours))
        if run and not Job.objects.filter(pk=run[1], lease_token=run[2], state=State.RUNNING).exists():
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
    return removed


def _ours() -> str:
    """How the names of our folders begin: another installation on this machine has other jobs of the same numbers."""
    database = [str(connection.settings_dict[part]) for part in ("HOST", "PORT", "NAME")]
    mark = hashlib.sha256(" ".join([settings.SECRET_KEY, *database]).encode()).hexdigest()[:8]
    return f"{PREFIX}{mark}-"


def paint(recipe: dict, where: Path, tell: Callable[[str, float], None]) -> Made:
    """Run the painter in `where`. `tell` hears of each step, and ends the run by raising."""
    seconds = values.get("render_seconds_limit")
    asked = json.dumps({"recipe": recipe, "size": SIZE, "memory_mb": MEMORY_MB, "seconds": seconds})
    with (where / "complaints").open("w+") as complaints, _painter(where, complaints) as painter:
        painter.stdin.write(asked.encode())
        painter.stdin.close()
        answer = _listen(painter, time.monotonic() + seconds, tell)
        painter.wait(timeout=10)
        complaints.seek(0)
        said = complaints.read()[-2000:]
    if "refused" in answer:
        raise Refused(answer["refused"])
    if "made" not in answer:
        raise Broken(f"the painter ended with {painter.returncode}\n{said}")
    return Made({name: Path(path) for name, path in answer["made"].items()}, answer["duration_ms"])


@contextmanager
def _painter(where: Path, complaints) -> Iterator[subprocess.Popen]:
    """The process, in a group of its own, which does not outlive this block."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(settings.BASE_DIR),
        "TMPDIR": str(where),
    }
    painter = subprocess.Popen(  # noqa: S603 - our own program, and no word of a stranger in its command
        [sys.executable, *COMMAND],
        cwd=where,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        start_new_session=True,
    )
    try:
        yield painter
    finally:
        if painter.poll() is None:
            os.killpg(painter.pid, signal.SIGKILL)
        painter.stdout.close()
        painter.wait()


def _listen(painter, deadline: float, tell) -> dict:
    """Pass progress on until the answer; the newest step at most twice a second."""
    step, part, told, rest = "Getting ready", 0.0, 0.0, b""
    os.set_blocking(painter.stdout.fileno(), False)
    with selectors.DefaultSelector() as waiting:
        waiting.register(painter.stdout, selectors.EVENT_READ)
        while True:
            heard = waiting.select(TOLD_EVERY)
            data = painter.stdout.read() if heard else None
            *lines, rest = (rest + (data or b"")).split(b"\n")
            for line in map(json.loads, lines):
                if "step" not in line:
                    return line
                step, part = line["step"], line["part"]
            if heard and not data:
                return {}
            if time.monotonic() > deadline:
                raise Broken("the painter took too long")
            if time.monotonic() - told >= TOLD_EVERY:
                tell(step, part)
                told = time.monotonic()
