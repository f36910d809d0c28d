"""What panels ask of 30 days of page views: of the rollups, and of one raw event table in the same PostgreSQL.

SCALE=10000000 views (and a fifth of them, to see how it grows). Each question of ours 20 times, of the raw table once.
"""

import os
import statistics
import sys
import time

from bench.sitestats import fill, questions

SCALE = int(os.environ.get("SCALE", 10_000_000))
ONE_MS, COMBINED_MS, LIVE_MS, PART, GROWTH = 50, 500, 5, 0.05, 1.3


def main() -> int:
    """Measure and print; how many targets were missed."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")
    os.environ["STATEMENT_TIMEOUT"] = "60min"
    django.setup()
    small, large = (_measure(views) for views in (SCALE // 5, SCALE))
    missed = 0
    for name, (ours, raw) in large.items():
        most = LIVE_MS if name == "live" else COMBINED_MS if name in questions.COMBINED else ONE_MS
        grown = ours / small[name][0]
        bad = ours > most or (raw and ours > PART * raw) or (grown > GROWTH and ours > 5)
        beside = f"raw {raw:8.0f} ms, {ours / raw:.4f} of it, " if raw else ""
        print(f"{name:38} {ours:6.1f} ms p95 (≤ {most}), {beside}{grown:.2f} × a fifth{'  MISSED' if bad else ''}")
        missed += bool(bad)
    return missed


def _measure(views: int) -> dict[str, tuple[float, float]]:
    """Question -> milliseconds of ours (p95) and of the raw table (0: not asked)."""
    began = time.perf_counter()
    days = fill.fill(views)
    print(f"{views:,} views are there after {time.perf_counter() - began:.0f} s", flush=True)
    found = {"live": (_p95(questions.LIVE, {}), 0.0)}
    for name, (back, ours, raw) in {**questions.ONE, **questions.COMBINED}.items():
        told = {"first": days[-back]}
        found[name] = (_p95(ours, told), _once(raw, told))
    return found


def _p95(query: str, told: dict) -> float:
    _once(query, told)
    return statistics.quantiles([_once(query, told) for _ in range(20)], n=20)[-1]


def _once(query: str, told: dict) -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(query, told)
        cursor.fetchall()
        return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.exit(main())
