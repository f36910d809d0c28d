"""Webhooks: events accepted a second by ours, by the smallest verify-and-INSERT view and by dj-stripe, in one run.

All three run under gunicorn with the settings of bin/run, on one PostgreSQL that syncs each commit, and get events
with ids of their own and real signatures over keep-alive connections. Ours has its whole middleware and rings for
a job; its worker is stopped meanwhile. dj-stripe does more within the request: it keeps a copy of the object. So it
gets the event that is cheapest for it, and a stub for Stripe that answers at once.

Then the wait at a steady 50 events a second, with the worker applying them. Starts its own engines.
"""

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import stripe

from bench.webhook import events, load, servers
from tests import engines

ROUNDS, SECONDS, LINES = 5, 4, 8
STEADY_RATE, STEADY_SECONDS = 50, 10
TARGETS = {"dj-stripe": 7.0, "smallest": 0.4}
P99_MS = 100
INBOX = "CREATE TABLE inbox (id bigserial PRIMARY KEY, event_id text UNIQUE NOT NULL, payload text NOT NULL)"
STORED = """
    SELECT count(DISTINCT event.event_id) FROM billing_stripeevent event
    JOIN jobs_job job ON job.kind = 'billing.apply_event' AND (job.payload->>'event')::bigint = event.id
"""
TOOK = """
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds), max(seconds)
    FROM jobs_job, extract(epoch FROM finished_at - created_at) AS seconds
"""
MIRRORED = "SELECT count(DISTINCT event_id) FROM djstripe_webhookeventtrigger WHERE valid AND processed"


@dataclass
class Subject:
    """One server under measurement, and what it must have stored in the end."""

    name: str
    process: subprocess.Popen
    source: events.Source
    database: str
    count: str  # SQL: how many distinct events it holds
    rounds: list[load.Outcome] = field(default_factory=list)
    cpu: list[tuple[float, float]] = field(default_factory=list)  # ms an event: web, PostgreSQL
    accepted: int = 0

    def note(self, outcome: load.Outcome) -> load.Outcome:
        if outcome.refused:
            raise SystemExit(f"{self.name} refused {len(outcome.refused)} events, first: {outcome.refused[0]!r}")
        self.accepted += len(outcome.waits)
        return outcome


def main() -> int:
    """Measure and print; 1 when a target is missed or an event is not there."""
    with servers.running() as folder:
        return _measure(folder)


def _measure(folder: Path) -> int:
    postgres, redis = engines.start_postgres(), engines.start_redis()
    stub = servers.stub(folder / "stub.log")
    settings = servers.ours(servers.create_database(postgres, "ours"), redis, stub)
    subjects = [_ours(settings, folder), _smallest(postgres, folder)]
    try:
        subjects.append(_peer(postgres, stub, folder))
    except subprocess.CalledProcessError as error:
        print(f"dj-stripe is left out, it could not be installed: {error.stderr.strip().splitlines()[-1]}")
    fsync, commit = (servers.ask(postgres, f"SHOW {name}")[0] for name in ("fsync", "synchronous_commit"))
    print(f"PostgreSQL: fsync {fsync}, synchronous_commit {commit}. {LINES} connections, rounds of {SECONDS} s.")
    print(
        f"Load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; a shared one slows all alike."
    )
    faults = _steady(subjects[:2], settings, folder)
    _rounds(subjects, servers.postmaster(postgres))
    return 1 if faults + _report(subjects) + _reconcile(subjects) else 0


def _ours(settings: dict, folder: Path) -> Subject:
    for command in ("migrate", "createcachetable"):
        servers.run([sys.executable, "manage.py", command, "-v0"], settings)
    process, port = servers.web("poemvision.wsgi", settings, folder / "ours.log")
    # Of a type that is handled here: others take no job, and would look cheaper than what matters
    source = events.Source(port, "/webhooks/stripe/", stripe.api_version, "charge.updated")
    return Subject("ours", process, source, settings["DATABASE_URL"], STORED)


def _smallest(postgres: str, folder: Path) -> Subject:
    database = servers.create_database(postgres, "smallest", INBOX)
    settings = servers.environment(database)
    process, port = servers.web("bench.webhook.smallest", settings, folder / "smallest.log")
    source = events.Source(port, "/webhook/", stripe.api_version)
    return Subject("smallest", process, source, database, "SELECT count(DISTINCT event_id) FROM inbox")


def _peer(postgres: str, stub: str, folder: Path) -> Subject:
    python = servers.peer_python()
    database = servers.create_database(postgres, "peer")
    settings = servers.environment(database, STRIPE_API_BASE=stub)
    servers.run([python, "-m", "bench.webhook.peer"], settings)
    process, port = servers.web("bench.webhook.peer", settings, folder / "peer.log", python)
    source = events.Source(port, f"/stripe/webhook/{events.ENDPOINT}/", stripe.api_version)
    return Subject("dj-stripe", process, source, database, MIRRORED)


def _steady(subjects: list[Subject], settings: dict, folder: Path) -> int:
    """The wait at 50 events a second; how many targets were missed."""
    worker = servers.worker({**settings, "STATEMENT_TIMEOUT": "5min"}, folder / "worker.log")
    for subject in subjects:
        subject.note(load.paced(subject.source, STEADY_RATE, 1))  # connections, imports
        outcome = subject.note(load.paced(subject.source, STEADY_RATE, STEADY_SECONDS))
        p50, p95, p99 = (outcome.percentile(share) for share in (0.5, 0.95, 0.99))
        print(f"{STEADY_RATE}/s, {subject.name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms")
        if subject.name == "ours":
            missed = _verdict(f"p99 at {STEADY_RATE} events a second <= {P99_MS} ms", p99 <= P99_MS)
            _wait_until_settled(subject.database)
    servers.stop(worker)
    return missed


def _wait_until_settled(database: str) -> None:
    """Until the worker has been through every event, and how long the slowest took from its arrival."""
    deadline = time.monotonic() + 60
    while servers.ask(database, "SELECT count(*) FROM jobs_job WHERE state <> 'done'")[0]:
        if time.monotonic() > deadline:
            raise SystemExit("The worker did not get through the events within a minute.")
        time.sleep(0.2)
    middle, last = servers.ask(database, TOOK)
    print(f"The worker was through with an event {middle * 1000:.0f} ms after it came (median; slowest {last:.1f} s)")


def _rounds(subjects: list[Subject], postmaster: int) -> None:
    for subject in subjects:
        subject.note(load.full(subject.source, 1, LINES))
    for number in range(ROUNDS):
        turn = number % len(subjects)
        for subject in subjects[turn:] + subjects[:turn]:
            before = servers.cpu_seconds(subject.process.pid), servers.cpu_seconds(postmaster)
            outcome = subject.note(load.full(subject.source, SECONDS, LINES))
            after = servers.cpu_seconds(subject.process.pid), servers.cpu_seconds(postmaster)
            subject.rounds.append(outcome)
            web, database = (1000 * (b - a) / len(outcome.waits) for a, b in zip(before, after, strict=True))
            subject.cpu.append((web, database))


def _report(subjects: list[Subject]) -> int:
    """The table and the ratios; how many targets were missed."""
    print(f"{'':10} {'events/s':>22} {'p50 ms':>8} {'p95 ms':>8} {'web CPU ms':>11} {'PostgreSQL CPU ms':>18}")
    for subject in subjects:
        rates = [outcome.rate for outcome in subject.rounds]
        spread = f"{statistics.median(rates):,.0f} ({min(rates):,.0f}..{max(rates):,.0f})"
        p50, p95 = (statistics.median(o.percentile(share) for o in subject.rounds) for share in (0.5, 0.95))
        web, database = (statistics.median(pair[place] for pair in subject.cpu) for place in (0, 1))
        print(f"{subject.name:10} {spread:>22} {p50:8.1f} {p95:8.1f} {web:11.2f} {database:18.2f}")
    missed = 0
    for other in subjects[1:]:
        pairs = zip(subjects[0].rounds, other.rounds, strict=True)
        ratios = [mine.rate / theirs.rate for mine, theirs in pairs]
        ratio, target = statistics.median(ratios), TARGETS[other.name]
        spread = f"{min(ratios):.2f}..{max(ratios):.2f}"
        missed += _verdict(f"ours / {other.name}: {ratio:.2f} ({spread}), target >= {target}", ratio >= target)
    return missed


def _reconcile(subjects: list[Subject]) -> int:
    """Every event that was answered 200 is there, once; how many servers failed that."""
    missed = 0
    for subject in subjects:
        rows = servers.ask(subject.database, subject.count)[0]
        sentence = f"{subject.name}: {subject.accepted:,} events accepted, {rows:,} in the database"
        missed += _verdict(sentence, rows == subject.accepted == subject.source.made)
    return missed


def _verdict(sentence: str, fine: bool) -> int:
    print(f"{'ok    ' if fine else 'MISSED'} {sentence}", flush=True)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
