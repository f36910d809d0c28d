"""Which function does which kind of job. Handlers stand in `<room>/tasks.py`."""

from collections.abc import Callable
from dataclasses import dataclass

DEFAULT_QUEUE, RENDERS_QUEUE, FILES_QUEUE, LOW_QUEUE = "default", "renders", "files", "low"
MAX_ATTEMPTS = 5

HANDLERS: dict[str, "Handler"] = {}


@dataclass(frozen=True)
class Handler:
    function: Callable
    atomic: bool
    queue: str
    max_attempts: int
    short: bool


class Retry(Exception):
    """Raised by a handler: not now. The job runs again after `after_seconds`; this is no failed attempt.

    In an atomic handler it undoes what was written: a handler that must keep it commits for itself.
    """

    def __init__(self, after_seconds, reason=""):
        super().__init__(reason)
        self.after_seconds, self.reason = after_seconds, reason


class LeaseLost(Exception):
    """Another run holds the job now, or it was cancelled: whatever this run did in its transaction is undone."""


def handler(kind, *, atomic=True, queue=DEFAULT_QUEUE, max_attempts=MAX_ATTEMPTS, short=None):
    """Register the decorated `function(job)` for `kind`.

    `atomic`: its effect and "done" commit together, so the effect happens once. Otherwise the function commits
    for itself (long work, calls outside): it may run again after a crash and must be idempotent (job id = key).
    `short`: it takes some milliseconds, so that several may share one bell; so do atomic ones unless said otherwise.
    """

    def register(function):
        if kind in HANDLERS and HANDLERS[kind].function.__qualname__ != function.__qualname__:
            raise ValueError(f"Two handlers for {kind}")
        HANDLERS[kind] = Handler(function, atomic, queue, max_attempts, atomic if short is None else short)
        return function

    return register


def queue_of(kind) -> str:
    return HANDLERS[kind].queue if kind in HANDLERS else DEFAULT_QUEUE


def is_short(kind) -> bool:
    """Whether several of its jobs may share one bell."""
    return kind in HANDLERS and HANDLERS[kind].short


def short_kinds() -> list[str]:
    """The kinds of which a worker does what is due on its way to another job."""
    return [kind for kind, handler in HANDLERS.items() if handler.short and handler.queue == DEFAULT_QUEUE]


def max_attempts(kind) -> int:
    return HANDLERS[kind].max_attempts if kind in HANDLERS else MAX_ATTEMPTS


def run_now(job):
    """Run one job in this process, due or not; returns it as it stands afterwards."""
    from jobs import runner

    runner.run(job.pk, only_due=False)
    job.refresh_from_db()
    return job
