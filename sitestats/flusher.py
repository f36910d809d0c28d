"""The thread of a web process that stores what its requests note, at least every half second while it can."""

import logging
import threading
import time
from collections import deque

from django.db import (
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)

from alerts.models import raise_alert, settle
from sitestats import bot_addresses, recording, salts
from sitestats.storing import Batch, Store

log = logging.getLogger("sitestats")
EVERY, RENEW = 0.4, 60.0  # seconds: between batches, between looks at salts
LONGEST = 3.2  # seconds between tries while nothing can be stored: the first comes after EVERY, each next pause doubles
LOAD = 1800.0  # seconds between looks at what operators of bots have published
MOST = 5_000  # views in a batch
PATIENCE = 4.0  # seconds in which a batch is refused, again and again, before it is looked at what is bad in it
ALERT = "sitestats:storing"


class Flusher:
    """Takes from the buffer, and keeps a batch until it knows that the batch is stored."""

    def __init__(self, buffer: recording.Buffer):
        self.buffer, self.store = buffer, Store()
        self.pending: deque[Batch] = deque()
        self.renewed, self.loaded = -RENEW, -LOAD  # the clock of these may have begun a moment ago, with the machine
        self.troubled = False
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True, name="page views")

    def run(self) -> None:
        pause = again = EVERY
        while not self.ending.wait(pause):
            if self._flush_anyhow():
                pause = again = EVERY
            else:
                pause, again = again, min(2 * again, LONGEST)
            close_old_connections()
        connection.close()  # the thread's own

    def flush(self) -> bool:
        """Store what waits; False when the database did not take it, which then waits on."""
        try:
            self._renew()
            while self.pending or self._take():
                try:
                    self.store.write(self.pending[0])
                except Exception as error:
                    if isinstance(error, Error) and not isinstance(error, DataError | IntegrityError):
                        raise  # nothing is wrong with a row: the database is away, or read-only, or its tables are old
                    if not self._part(error):
                        return False
                else:
                    self.pending.popleft()
            if self.troubled:
                settle(ALERT)
                self.troubled = False
        except Error as error:
            self._let_go(error)
            if not isinstance(error, OperationalError | InterfaceError):
                self.store.forget()
                self._tell(error)
            return False
        return True

    def stop(self, seconds: float = 5.0) -> None:
        """Store the rest and end; what the database does not take in time is lost, and said."""
        self.ending.set()
        self.thread.join(seconds)
        if not self.thread.is_alive():
            all(self._flush_anyhow() for _ in range(recording.LOOKS))
            connection.close()
        left = len(self.buffer.waiting) + sum(len(batch.views) for batch in self.pending)
        if left:
            log.error("%s requests were not stored before the process ended", left)

    def _flush_anyhow(self) -> bool:
        """As flush; nothing ends the thread, or all views that come were lost."""
        try:
            return self.flush()
        except Exception as error:
            log.exception("Page views cannot be stored")
            self._let_go(error)
            self._tell(error)
            return False

    def _take(self) -> bool:
        views, beside, others = self.buffer.take(MOST)
        batch = Batch(views, others, self.buffer.served(len(views) + others.total()), beside)
        if batch:
            self.pending.append(batch)
        return bool(batch)

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

    def _part(self, error) -> bool:
        """A batch is refused: what we know of the database may be old. Then halve it until only what is bad is left.

        Not one that is there already, since its halves would be new ones.

        Whether to go on at once.
        """
        self._let_go(error)
        self.store.forget()
        batch, now = self.pending[0], time.monotonic()
        batch.refused_at = batch.refused_at or now
        if now - batch.refused_at < PATIENCE:
            return False
        self._tell(error)
        is_there = self.store.has(batch)
        self.pending.popleft()
        if is_there:
            return True
        if len(batch.rows) > 1:
            self.pending.extendleft(reversed(batch.halves()))
            return True
        if batch.rows:
            log.error("What was noted of a request was refused for %s seconds and is dropped", PATIENCE)
        self.pending.appendleft(batch.without_rows())
        return bool(batch.rows)

    def _tell(self, error) -> None:
        """An alert, if the database takes that at least."""
        self.troubled = True
        try:
            raise_alert(ALERT, "Page views cannot be stored", type(error).__name__, severity="bad")
        except Error:
            log.warning("Nor can it be told")


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
