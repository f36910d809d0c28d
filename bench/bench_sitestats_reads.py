"""How long the panels of Site Stats read, as their pages ask: unfiltered, with each filter, and with all of them.

SCALE=10000000 views of 30 days. Each read 20 times; those of facts find no members here.
"""

import itertools
import os
import statistics
import sys
import time

from bench.sitestats import fill

SCALE = int(os.environ.get("SCALE", 10_000_000))
ONE_MS, COMBINED_MS, LIVE_MS = 50, 500, 5
READS = {"headline": "30d", "trends": "30d", "top_sources": "30d", "bots": "30d", "breakdown": "30d", "live": "30d"} | {
    "devices": "7d",
    "top_urls": "7d",
    "funnel": "7d",
}
FILTERS = {"path": "/make/", "source": "search|Google", "device": "desktop", "traffic": "all"}


def main() -> int:
    """Measure and print; how many targets were missed."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")
    os.environ["STATEMENT_TIMEOUT"] = "60min"
    django.setup()
    fill.fill(SCALE)
    missed = 0
    for (name, days), many in itertools.product(READS.items(), range(len(FILTERS) + 1)):
        for some in itertools.combinations(FILTERS.items(), many):
            missed += _one(name, days, dict(some))
    return missed


def _one(name: str, days: str, some: dict) -> bool:
    from types import SimpleNamespace

    from sitestats import queries
    from sitestats.asking import Asked
    from ui.periods import PeriodForm

    asked = Asked(PeriodForm.of(SimpleNamespace(GET={"period": days})), **some)
    read = getattr(queries, name)
    took = statistics.quantiles([_timed(read, asked) for _ in range(20)], n=20)[-1]
    most = LIVE_MS if name == "live" and not some else COMBINED_MS if len(some) > 1 else ONE_MS
    print(f"{name:12} {', '.join(some) or 'unfiltered':32} {took:7.1f} ms p95 (≤ {most}){'  MISSED' * (took > most)}")
    return took > most


def _timed(read, asked) -> float:
    began = time.perf_counter()
    read(asked=asked)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.exit(main())
