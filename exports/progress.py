"""How far an export is, told from beside it: its own connection is busy with the rows, in one long statement."""

import logging
import threading

from django.db import DatabaseError, connection

from jobs.registry import LeaseLost

EVERY = 1.0  # seconds; a short export says nothing
log = logging.getLogger("exports")


class Progress:
    """`with Progress(job, total) as progress:` then `progress.done = …`; `check` raises when nobody wants the rest."""

    def __init__(self, job, total: int):
        self.job, self.total, self.done, self.lost = job, total, 0, False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell_again, daemon=True, name=f"progress-{job.pk}")

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._over.set()
        self._thread.join(timeout=5)

    def check(self) -> None:
        """Raises LeaseLost when the job was cancelled or taken over meanwhile."""
        if self.lost:
            raise LeaseLost(f"{self.job} was cancelled or taken over")

    def tell(self) -> None:
        """Write it on the job's row, and look whether the job is still ours."""
        try:
            self.job.progress(self.done, max(self.total, self.done), "Writing rows")
        except LeaseLost:
            self.lost = True

    def _tell_again(self):
        try:
            while not self._over.wait(EVERY):
                try:
                    self.tell()
                except DatabaseError as error:  # the next word may come through
                    log.warning("The progress of %s could not be told: %s", self.job, error)
                    connection.close()
        finally:
            connection.close()
