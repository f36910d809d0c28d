"""Keep the lease of a running job alive from a thread with its own connection."""

import logging
import threading

from django.db import DatabaseError, connection

LEASE_SECONDS = 20
BEAT_SECONDS = 6
log = logging.getLogger("jobs")


class Heartbeat:
    """While a job runs, push its lease on. The first beat comes after 6 s: short jobs cost no connection.

    A killed process beats no more; its job is free 20 s later. A hung one is ended by Celery's time limit.
    """

    def __init__(self, job):
        self.job = job
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name=f"heartbeat-{job.pk}")

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._over.set()
        self._thread.join(timeout=5)

    def _beat(self):
        try:
            while not self._over.wait(BEAT_SECONDS):
                if not self._extend():
                    return
        finally:
            connection.close()

    def _extend(self) -> bool:
        """One beat; False when the lease is no longer ours. A database that is away is asked again next time."""
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    """
                    UPDATE jobs_job SET lease_until = clock_timestamp() + make_interval(secs => %s)
                    WHERE id = %s AND lease_token = %s AND state = 'running'
                    """,
                    [LEASE_SECONDS, self.job.pk, self.job.lease_token],
                )
                return cursor.rowcount == 1
        except DatabaseError as error:
            log.warning("A heartbeat of %s failed: %s", self.job, error)
            connection.close()
            return True
