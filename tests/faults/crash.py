"""Cut the database session of the code under test at its k-th statement, or on either side of its COMMIT, or within."""

from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from django.db import InterfaceError, OperationalError, connection

from tests.faults.invariants import invariants

CUT_OFF = (OperationalError, InterfaceError, psycopg.OperationalError)


@dataclass
class Tally:
    """How many points were met in this process so far, and how many of them left something wrong behind."""

    points: int = 0
    violations: int = 0


tally = Tally()


@dataclass
class Crash:
    """Counts what the code does; when it comes to `point` the session is cut.

    Points are ("before", k) a statement, ("after", k) one that commits by itself, ("before commit", k),
    ("after commit", k): done, but nobody hears of it, and ("during commit", k): COMMIT is sent and the session ends
    before an answer is read, so that it may or may not be done.
    """

    server: psycopg.Connection
    point: tuple[str, int] | None = None
    points: list = field(default_factory=list)
    statements: int = 0
    commits: int = 0
    happened: bool = False

    def on_statement(self, execute, sql, params, many, context):
        self.statements += 1
        self._reach(("before", self.statements))
        answer = execute(sql, params, many, context)
        if not connection.in_atomic_block:
            self._lose_answer(("after", self.statements))
        return answer

    def on_commit(self, commit):
        self.commits += 1
        self._reach(("before commit", self.commits))
        if self._is_here(("during commit", self.commits)):
            connection.connection.pgconn.send_query(b"COMMIT")
            self._end_session()
            raise OperationalError("The answer was not waited for.")
        commit()
        self._lose_answer(("after commit", self.commits))

    def _lose_answer(self, here):
        if self._reach(here):
            raise OperationalError("The answer was lost.")

    def _reach(self, here) -> bool:
        if not self._is_here(here):
            return False
        self._end_session()
        return True

    def _is_here(self, here) -> bool:
        self.points.append(here)
        return here == self.point and not self.happened

    def _end_session(self) -> None:
        self.happened = True
        pid = connection.connection.info.backend_pid
        # The second argument: wait until it is gone, five seconds at most
        assert self.server.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone()[0]


@contextmanager
def crashing(server, point=None):
    """Within this block the session is cut at `point`; without one, points are only counted."""
    connection.close()
    connection.ensure_connection()
    crash, commit = Crash(server, point), connection._commit
    connection._commit = lambda: crash.on_commit(commit)
    try:
        with connection.execute_wrapper(crash.on_statement):
            yield crash
    finally:
        connection._commit = commit
        connection.close()


def sweep(server, prepare) -> int:
    """For each point there is: a fresh case, the act cut at that point, the act once more, and a look at the result.

    `prepare()` makes a case and returns `act`, `again` (the act as it is retried) and `verify`. At the end the
    invariants hold over all that happened. Returns how many points were met.
    """
    act, _, verify = prepare()
    with crashing(server) as counted:
        act()
    verify()
    met, wrong = 0, []
    for point in counted.points:
        act, again, verify = prepare()
        with crashing(server, point) as crash:
            try:
                act()
            except CUT_OFF:
                assert crash.happened
        met += crash.happened
        try:
            again()
            verify()
        except Exception as error:
            wrong.append(f"Cut {point}: {type(error).__name__}: {error}")
    wrong += invariants()
    tally.points, tally.violations = tally.points + met, tally.violations + len(wrong)
    assert not wrong, "\n".join(wrong)
    assert met >= len(counted.points) - 2, "the act is the same each time"
    return met
