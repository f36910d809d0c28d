"""The money paths beside a burst of 1,000,000 page views a minute: a webhook's answer, and a charge of the ledger.

The web server is the one of bin/run and gets 50 events a second; the charges are posted one after the other. The burst
is noted and stored by a process of its own (bench/sitestats/burst.py), on the same PostgreSQL. Quiet and busy take
turns, so that other load of the machine meets both. Starts its own engines.
"""

import os
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import stripe

from bench.sitestats.burst import A_SECOND
from bench.webhook import events, load, servers
from tests import engines

ROUNDS, SECONDS, RATE, CHARGES = 4, 5, 50, 300
P99_MS, RATIO = 100, 4.0  # of a webhook's answer beside the burst; of the p95 beside it to the quiet one
TALLY = """SELECT coalesce(sum(number) FILTER (WHERE what = 'served'), 0),
        coalesce(sum(number) FILTER (WHERE what = 'counted'), 0),
        coalesce(sum(number) FILTER (WHERE what LIKE 'dropped%'), 0),
        coalesce(sum(number) FILTER (WHERE what LIKE 'excluded%'), 0), (SELECT count(*) FROM sitestats_pageview)
    FROM sitestats_tally"""
Waits = dict[str, list[float]]  # of each path, in ms


def main() -> int:
    """Measure and print; how many targets were missed."""
    with servers.running() as folder:
        return _measure(folder)


def _measure(folder: Path) -> int:
    database = servers.create_database(engines.start_postgres(), "burst")
    settings = servers.ours(database, engines.start_redis(), "http://127.0.0.1:9")
    for command in ("migrate", "createcachetable"):
        servers.run([sys.executable, "manage.py", command, "-v0"], settings)
    web, port = servers.web("poemvision.wsgi", settings, folder / "web.log")
    source = events.Source(port, "/webhooks/stripe/", stripe.api_version, "charge.updated")
    member = _member(settings)
    quiet, busy, rates = {"webhook": [], "charge": []}, {"webhook": [], "charge": []}, []
    _pay(source, member, {"webhook": [], "charge": []})  # connections, imports, plans
    for _ in range(ROUNDS):
        _pay(source, member, quiet)
        with _Burst(settings) as burst:
            _pay(source, member, busy)
        rates.append(burst.rate)
    servers.stop(web)
    print(f"load average {os.getloadavg()[0]:.1f}; {min(rates):,.0f} page views a second or more beside it")
    return _report(quiet, busy) + _conserved(database) + (min(rates) < 0.95 * A_SECOND)


def _member(settings: dict):
    import django

    os.environ.update(settings, DJANGO_SETTINGS_MODULE="poemvision.settings")
    django.setup()
    from accounts.models import User
    from ledger import posting

    member = User.objects.create(email="payer@example.org", name="Payer")
    posting.top_up(member, cash=Decimal(5000), external_id="pi_burst")
    return member


def _pay(source, member, waits: Waits) -> None:
    from ledger import posting

    outcome = load.paced(source, RATE, SECONDS)
    if outcome.refused:
        raise SystemExit(f"{len(outcome.refused)} events were refused, first: {outcome.refused[0]!r}")
    waits["webhook"] += [1000 * each for each in outcome.waits]
    for number in range(CHARGES):
        began = time.perf_counter()
        posting.charge(member, Decimal("0.01"), service="lite_render", external_id=f"burst:{began}:{number}")
        waits["charge"].append(1000 * (time.perf_counter() - began))


class _Burst:
    """The process that notes and stores views, while it is entered."""

    def __init__(self, settings: dict):
        self.settings = settings | {"DJANGO_SETTINGS_MODULE": "poemvision.settings"}

    def __enter__(self):
        command = [sys.executable, "-m", "bench.sitestats.burst"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, cwd=servers.ROOT, env=self.settings, text=True, **pipes)
        self.process.stdout.readline()  # it begins
        return self

    def __exit__(self, *exc):
        told, _ = self.process.communicate("", timeout=60)
        noted, seconds = map(float, told.split())
        self.rate = noted / seconds


def _report(quiet: Waits, busy: Waits) -> int:
    missed = 0
    for path in quiet:
        (before, _), (beside, p99) = (_percentiles(waits[path]) for waits in (quiet, busy))
        bad = beside > RATIO * before or p99 > P99_MS
        words = f"{path:8} p95 quiet {before:5.1f} ms, beside {beside:5.1f} ms: {beside / before:.2f} (≤ {RATIO})"
        print(f"{words}, p99 beside {p99:5.1f} ms (≤ {P99_MS}){'  MISSED' * bad}")
        missed += bad
    return missed


def _percentiles(waits: list[float]) -> tuple[float, float]:
    ordered = sorted(waits)
    return ordered[int(0.95 * len(ordered))], ordered[int(0.99 * len(ordered))]


def _conserved(database: str) -> bool:
    """Whether each answer of the burst is a view that is there, or said to be dropped."""
    served, counted, dropped, excluded, stored = servers.ask(database, TALLY)
    bad = served != counted + dropped + excluded or counted != stored
    print(f"{served:,} answers: {counted:,} counted, {stored:,} stored, {dropped:,} dropped{'  MISSED' * bad}")
    return bad


if __name__ == "__main__":
    sys.exit(main())
