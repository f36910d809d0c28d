"""Financial Reports over 200,000 subscriptions of 24 months; SCALE=0.1 for a tenth.

A look that makes everything anew, one that follows some members, and each report. Starts its own PostgreSQL.
"""

import json
import os
import statistics
import subprocess
import sys

from bench.webhook import servers
from tests import engines

SCALE = float(os.environ.get("SCALE", 1))
SUBSCRIPTIONS = int(200_000 * SCALE)
P95_MS, ANEW_S, NOTED_S = 100, 120, 5


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    if len(sys.argv) > 1:
        return _child(sys.argv[1])
    try:
        redis = engines.start_redis()
        settings = servers.ours(servers.create_database(engines.start_postgres(), "books"), redis, "http://127.0.0.1:1")
        for command in (["migrate"], ["createcachetable"], ["collectstatic", "--noinput"]):
            servers.run([sys.executable, "manage.py", *command, "-v0"], settings)
        made = _run("make", settings)
        print(", ".join(f"{count:,} {name}s" for name, count in made.items()), flush=True)
        return 1 if _look(settings) + _reports(settings) else 0
    finally:
        engines.stop()


def _look(settings) -> int:
    found = _run("look", settings)
    missed = _say("everything anew", found["anew"] <= ANEW_S, f"{found['anew']:.1f} s (at most {ANEW_S})")
    words = f"{found['noted']:.2f} s (at most {NOTED_S})"
    missed += _say(f"{found['members']} members who moved", found["noted"] <= NOTED_S, words)
    return missed + _say("both end in the same sums", found["same"], "")


def _reports(settings) -> int:
    missed = 0
    for address, took in _run("reports", settings).items():
        p50, p95 = statistics.median(took), sorted(took)[int(len(took) * 0.95)]
        words = f"p50 {p50:.1f}, p95 {p95:.1f} ms (at most {P95_MS})"
        missed += _say(address.removeprefix("/admin/reports/"), p95 <= P95_MS, words)
    return missed


def _say(what: str, fine: bool, words: str) -> int:
    print(f"{what:75} {words} {'ok' if fine else 'MISSED'}", flush=True)
    return 0 if fine else 1


def _run(what: str, settings) -> dict:
    said = subprocess.run(
        [sys.executable, "-m", "bench.bench_memberships", what],
        cwd=servers.ROOT,
        env=settings | {"SCALE": str(SCALE)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(said.stdout.splitlines()[-1])


def _child(what: str) -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")
    django.setup()
    from bench.memberships import measured

    print(json.dumps(getattr(measured, what)(SUBSCRIPTIONS)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
