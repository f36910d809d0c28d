"""System Accounting and Usage over 24 months; SCALE=0.02 for a fiftieth of it all.

5,000,000 transactions, 1,000,000 members, 2,000,000 cuts. Each panel beside the same figures from the entries or the
cuts, a rebuild of all days of both, and the journal beside a bare COPY.
Each part is a process of its own, whose peak of memory counts. Starts its own PostgreSQL.
"""

import json
import os
import resource
import statistics
import subprocess
import sys

from bench.webhook import servers
from tests import engines

SCALE = float(os.environ.get("SCALE", 1))
TRANSACTIONS, MEMBERS = int(5_000_000 * SCALE), int(1_000_000 * SCALE)
P95_MS, RATIO, REBUILD_S, COPY_RATIO, PEAK_MB = 50, 0.02, 600, 4.0, 150
ROUNDS = 3


def main() -> int:
    """Measure and print; 1 when a target is missed. The ratio to the entries is judged at full scale only."""
    if len(sys.argv) > 1:
        return _child(sys.argv[1])
    try:
        redis = engines.start_redis()
        settings = servers.ours(servers.create_database(engines.start_postgres(), "books"), redis, "http://127.0.0.1:1")
        for command in (["migrate"], ["createcachetable"], ["collectstatic", "--noinput"]):
            servers.run([sys.executable, "manage.py", *command, "-v0"], settings)
        print(f"{TRANSACTIONS:,} transactions, {MEMBERS:,} members, {TRANSACTIONS * 2 // 5:,} cuts", flush=True)
        _run("make", settings)
        missed = sum(_rebuild(settings, what) for what in ("rebuild", "rebuild_usage"))
        missed += sum(_panels(settings, what) for what in ("panels", "usage"))
        return 1 if missed + _journal(settings) else 0
    finally:
        engines.stop()


def _rebuild(settings, what: str) -> int:
    found, _ = _run(what, settings)
    return _say(f"{what} of {found['days']} days", found["seconds"] <= REBUILD_S, f"{found['seconds']:.1f} s")


def _panels(settings, what: str) -> int:
    found, _ = _run(what, settings)
    missed = 0
    for address, (ours, theirs) in found.items():
        p50, p95 = statistics.median(ours), sorted(ours)[int(len(ours) * 0.95)]
        fine, words = p95 <= P95_MS, f"p50 {p50:.1f}, p95 {p95:.1f} ms (at most {P95_MS})"
        if theirs:
            fine = fine and (SCALE < 1 or p50 <= RATIO * theirs)
            words += f"; from the rows {theirs:.0f} ms, ratio {p50 / theirs:.4f} (at most {RATIO})"
        missed += _say(address.partition("?period=custom")[0], fine, words)
    return missed


def _journal(settings) -> int:
    rounds = [(_run("journal", settings), _run("copy", settings)) for _ in range(ROUNDS)]
    assert rounds[0][0][0]["rows"] == rounds[0][1][0]["rows"]
    ratio = statistics.median(ours["seconds"] / bare["seconds"] for (ours, _), (bare, _) in rounds)
    peak = max(peak for (_, peak), _ in rounds)
    seconds, rows = (statistics.median(ours[name] for (ours, _), _ in rounds) for name in ("seconds", "rows"))
    words = f"{seconds:.1f} s, ratio {ratio:.2f} (at most {COPY_RATIO}), peak {peak:.0f} MB (at most {PEAK_MB})"
    return _say(f"journal of {rows:,} entries beside COPY", ratio <= COPY_RATIO and peak <= PEAK_MB, words)


def _say(what: str, fine: bool, words: str) -> int:
    print(f"{what:45} {words} {'ok' if fine else 'MISSED'}", flush=True)
    return 0 if fine else 1


def _run(what: str, settings) -> tuple[dict, float]:
    """What a process found, and megabytes that it took."""
    said = subprocess.run(
        [sys.executable, "-m", "bench.bench_accounting", what],
        cwd=servers.ROOT,
        env=settings | {"SCALE": str(SCALE)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(said.stdout.splitlines()[-1])
    return found["found"], found["peak"]


def _child(what: str) -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")
    django.setup()
    from bench.accounting import measured

    found = getattr(measured, what)(TRANSACTIONS, MEMBERS)
    print(json.dumps({"found": found, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
