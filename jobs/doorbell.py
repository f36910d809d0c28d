"""Wake a worker through Redis. A bell may be lost or ring twice: the job table is the truth.

A web process rings from a thread of its own (`start_ringer`): no request waits for Redis, and what several requests
want at the same moment becomes one message, because making a message costs more than storing the job. Other processes
ring on the spot; that never takes more than about a second when Redis hangs, and nothing for the next ten.
"""

import logging
import queue
import threading
import time

BREAK_SECONDS = 10
PAUSE_SECONDS = 0.01  # the first bell rings at once; those of the next 10 ms go together
TOGETHER = 10  # short jobs in one message: one worker does them one after the other
log = logging.getLogger("jobs")

_lock = threading.Lock()
_open_until = 0.0
_bells: queue.SimpleQueue | None = None
_ringer: threading.Thread | None = None


def ring(job_ids, queue_name: str) -> bool:
    """Publish one message with these ids; False when the broker did not take it (the sweeper will try again)."""
    if is_open():
        return False
    from jobs.tasks import run

    try:
        run.apply_async(tuple(job_ids), queue=queue_name, ignore_result=True, retry=False)
    except Exception as error:  # kombu, redis and the socket each raise their own; none may reach the caller
        _break(error)
        return False
    return True


def ring_each(bells: list[tuple[int, str]]) -> int:
    """Ring for jobs of these ids and kinds; how many of them the broker took.

    Short jobs of one queue share a message, ten at a time; a long one has its own and keeps nobody waiting.
    """
    from jobs import registry

    rung = 0
    together: dict[str, list[int]] = {}
    for job_id, kind in bells:
        if registry.is_short(kind):
            together.setdefault(registry.queue_of(kind), []).append(job_id)
        else:
            rung += ring([job_id], registry.queue_of(kind))
    for name, job_ids in together.items():
        for start in range(0, len(job_ids), TOGETHER):
            some = job_ids[start : start + TOGETHER]
            rung += len(some) * ring(some, name)
    return rung


def ring_soon(job_id: int, kind: str) -> None:
    """Ring for a job that was just committed: from the thread if this process has one, else now."""
    if _bells is not None and _ringer.is_alive():
        _bells.put((job_id, kind))
    else:
        ring_each([(job_id, kind)])


def start_ringer() -> None:
    """Ring from a thread from now on. A process starts it after its last fork."""
    global _bells, _ringer
    _bells = queue.SimpleQueue()
    _ringer = threading.Thread(target=_ring_on, args=[_bells], daemon=True, name="doorbell")
    _ringer.start()


def stop_ringer() -> None:
    """Ring what waits, for two seconds at most, and ring on the spot again. The sweeper hears what is left."""
    global _bells, _ringer
    if _bells is not None:
        bells, ringer, _bells, _ringer = _bells, _ringer, None, None
        bells.put(None)
        ringer.join(timeout=2)


def is_open() -> bool:
    """Whether the circuit is open: Redis failed within the last ten seconds and is left alone."""
    return time.monotonic() < _open_until


def close_circuit() -> None:
    """Ring again at once (tests, and a start of the process)."""
    global _open_until
    with _lock:
        _open_until = 0.0


def _ring_on(bells: queue.SimpleQueue) -> None:
    over = False
    while not over:
        waiting = [bells.get()]
        while not bells.empty():
            waiting.append(bells.get())
        over = None in waiting
        ring_each([bell for bell in waiting if bell])
        time.sleep(PAUSE_SECONDS)


def _break(error) -> None:
    global _open_until
    with _lock:
        _open_until = time.monotonic() + BREAK_SECONDS
    log.warning("The job doorbell did not ring (%s); the sweeper will", type(error).__name__)
