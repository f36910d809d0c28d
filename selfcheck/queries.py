"""Reads of the self-check."""

from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import User
from jobs.models import Job, State
from ledger.models import Wallet
from selfcheck import runs as running
from selfcheck.checks import CHECKS, Check
from selfcheck.models import Result, SelfCheck

SHOWN = 20


@dataclass(frozen=True)
class Row:
    """One check with its last result (None: never run), the members it names, and the job that is about to run it."""

    check: Check
    last: SelfCheck | None
    members: list[User]
    job: Job | None

    @property
    def runs_now(self) -> bool:
        return self.job is not None and self.job.state == State.RUNNING and self.job.progress_note == self.check.title

    @property
    def left_out(self) -> int:
        return len(self.last.members) - len(self.members) if self.last else 0


@dataclass(frozen=True)
class Checks:
    """All of them, and how the job that runs, if any, gets on."""

    rows: list[Row]
    job: Job | None

    @property
    def bad(self) -> int:
        return self._having(Result.BAD)

    @property
    def unknown(self) -> int:
        return self._having(Result.UNKNOWN) + sum(row.last is None for row in self.rows)

    def _having(self, result) -> int:
        return sum(row.last is not None and row.last.result == result for row in self.rows)


def checks() -> Checks:
    """Each check as it stands, from stored results only."""
    latest, jobs = SelfCheck.latest(), running.under_way()
    named = {pk for last in latest.values() for pk in last.members[:SHOWN]}
    people = User.objects.in_bulk(named)
    rows = []
    for check in CHECKS:
        last = latest.get(check.name)
        members = [people[pk] for pk in last.members[:SHOWN] if pk in people] if last else []
        rows.append(Row(check, last, members, jobs.get(check.name)))
    return Checks(rows, max(jobs.values(), key=lambda job: job.progress_total, default=None))


def frozen() -> QuerySet[Wallet]:
    """Members whose spending is frozen, for whatever reason; the caller orders and pages."""
    return Wallet.objects.filter(frozen_at__isnull=False).select_related("member")


def runs(*, name="", result="") -> QuerySet[SelfCheck]:
    """Stored results; the caller orders and pages."""
    found = SelfCheck.objects.select_related("asked_by")
    if name:
        found = found.filter(name=name)
    return found.filter(result=result) if result else found
