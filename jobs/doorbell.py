"""Wake a worker through Redis. A bell may be lost or ring twice: the job table is the truth.

A request never waits more than about a second for a Redis that hangs, and not at all for the next ten.
"""

import logging
import threading
import time

BREAK_SECONDS = 10
log = logging.getLogger("jobs")

_lock = threading.Lock()
_open_until = 0.0


def ring(job_id: int, queue: str) -> bool:
    """Publish one job id; False when the broker did not take it (the sweeper will try again)."""
    if is_open():
        return False
    from jobs.tasks import run

    try:
        run.apply_async((job_id,), queue=queue, ignore_result=True, retry=False)
    except Exception as error:  # kombu, redis and the socket each raise their own; none may reach the caller
        _break(error)
        return False
    return True


def is_open() -> bool:
    """Whether the circuit is open: Redis failed within the last ten seconds and is left alone."""
    return time.monotonic() < _open_until


def close_circuit() -> None:
    """Ring again at once (tests, and a start of the process)."""
    global _open_until
    with _lock:
        _open_until = 0.0


def _break(error) -> None:
    global _open_until
    with _lock:
        _open_until = time.monotonic() + BREAK_SECONDS
    log.warning("The job doorbell did not ring (%s); the sweeper will", type(error).__name__)
