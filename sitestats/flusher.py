"""The thread of a web process that stores what its requests note, at least every half second."""

import logging
import threading
import time

from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection

from sitestats import bot_addresses, recording, salts
from sitestats.storing import Batch, Store

log = logging.getLogger("sitestats")
EVERY, WAIT, RENEW = 0.4, 2.0, 60.0  # seconds: between batches, after a failure, between looks at salts
LOAD = 1800.0  # seconds between looks at what operators of bots have published
MOST = 5_000  # views in a batch
TRIES = 3  # of a batch that the database answers to and refuses


class Flusher:
    """Takes from the buffer, and keeps a batch until it knows that the batch is stored."""

    def __init__(self, buffer: recording.Buffer):
        self.buffer, self.store = buffer, Store()
        self.pending: Batch | None = None
        self.refusals, self.renewed, self.loaded = 0, 0.0, -LOAD
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True, name="page views")

    def run(self) -> None:
        while not self.ending.wait(EVERY if self.flush() else WAIT):
            close_old_connections()
        connection.close()  # the thread's own

    def flush(self) -> bool:
        """Store what waits; False when the database did not take it, which then waits on."""
        try:
            self._renew()
            while self.pending or (batch := self._next()):
                self.pending = self.pending or batch
                self.store.write(self.pending)
                self.pending, self.refusals = None, 0
        except (OperationalError, InterfaceError) as error:
            self._let_go(error)
            return False
        except DatabaseError as error:
            self._let_go(error)
            self._refused()
            return False
        return True

    def stop(self, seconds: float = 5.0) -> None:
        """Store the rest and end; what the database does not take in time is lost, and said."""
        self.ending.set()
        self.thread.join(seconds)
        if not self.thread.is_alive():
            self.flush()
            connection.close()
        left = len(self.buffer.waiting) + (len(self.pending.views) if self.pending else 0)
        if left:
            log.error("%s requests were not stored before the process ended", left)

    def _next(self) -> Batch | None:
        views, beside, others = self.buffer.take(MOST)
        return Batch(views, others, self.buffer.served(), beside) or None

    def _renew(self) -> None:
        if time.monotonic() - self.renewed >= RENEW:
            self.buffer.turns = salts.turns()
            self.renewed = time.monotonic()
        if time.monotonic() - self.loaded >= LOAD:
            bot_addresses.load()
            self.loaded = time.monotonic()

    def _let_go(self, error) -> None:
        log.warning("Page views wait on (%s)", str(error).splitlines()[0] if str(error) else type(error).__name__)
        connection.close()

    def _refused(self) -> None:
        """The database answers, and not with yes: what we know of it may be old. At last the batch is given up."""
        self.store.forget()
        self.refusals += 1
        if self.pending and self.refusals >= TRIES:
            lost = self.pending
            log.error("A batch of %s page views was refused %s times and is dropped", len(lost.views), TRIES)
            lost.others["dropped: refused"] += len(lost.views)
            self.pending, self.refusals = Batch([], lost.others, lost.served, []), 0


_flusher: Flusher | None = None


def start() -> None:
    """Record from now on. A process calls it after its last fork."""
    global _flusher
    recording.buffer = recording.Buffer(salts.for_the_moment())
    _flusher = Flusher(recording.buffer)
    _flusher.flush()  # the salts, before the first request
    _flusher.thread.start()


def stop() -> None:
    """Record no more, and store what waits."""
    global _flusher
    if _flusher is not None:
        flusher, _flusher = _flusher, None
        flusher.stop()
        recording.buffer = None
