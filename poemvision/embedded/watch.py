"""Wait until the system answers, and notice when a part of it does not start."""

import re
import time
import urllib.error
import urllib.request
from pathlib import Path

from poemvision.embedded import place

LOG = place.VAR / "log"
_FAILED = re.compile(r"(?:exited: (\S+) \((?!.*; expected\))|spawnerr: .*?(\S+)$)", re.MULTILINE)
_GAVE_UP = re.compile(r"gave up: (\S+) entered FATAL")
GIVEN_UP_AFTER = 3  # ends of the same program during the start
PATIENCE = 30  # seconds for one answer: the first of a busy machine takes ten and more


class SupervisorLog:
    """What the supervisor has written since the start of this run."""

    def __init__(self, path: Path = LOG / "supervisor.log"):
        self.path = path
        self.offset = path.stat().st_size if path.exists() else 0

    def text(self) -> str:
        if not self.path.exists():
            return ""
        with self.path.open("rb") as log:
            # A log that is shorter than it was has been rotated
            log.seek(self.offset if self.path.stat().st_size >= self.offset else 0)
            return log.read().decode(errors="replace")

    def failing(self) -> str | None:
        """A program that keeps ending instead of starting."""
        names = [first or second for first, second in _FAILED.findall(self.text())]
        return next((name for name in names if names.count(name) >= GIVEN_UP_AFTER), None)

    def given_up(self) -> list[str]:
        """Programs that the supervisor no longer tries to start."""
        return _GAVE_UP.findall(self.text())


def answers(url: str) -> bool:
    """Whether a GET of the address gives 200."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as response:  # noqa: S310 (a loopback address of ours)
            return response.status == 200
    except (OSError, urllib.error.URLError):
        return False


def last_lines(name: str, count: int = 15) -> str:
    """The end of a log, to be shown when its program fails."""
    path = LOG / name
    return "\n".join(path.read_text(errors="replace").splitlines()[-count:]) if path.exists() else ""


def until(condition, seconds: float, *, check) -> bool:
    """Poll until the condition holds; `check` may raise to end the wait early."""
    deadline = time.monotonic() + seconds
    while not condition():
        check()
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
