"""What it costs to tell who asks by the user agent: ours cold and from its cache, beside the two packages' own ways.

Ours gives kind, name, operator, purpose, device, browser and system; theirs say yes or no.
"""

import csv
import statistics
import sys
import time

ROUNDS, COLD, CACHED = 5, 60.0, 0.5


def main() -> int:
    """Measure and print; whether a target was missed."""
    from crawlerdetect import CrawlerDetect
    from crawleruseragents import is_crawler

    from sitestats import agents

    with open("sitestats/tests/user_agents.csv", newline="") as file:
        texts = [row["user_agent"] for row in csv.DictReader(file)]
    began = time.perf_counter()
    agents.classify("")
    print(f"compiling {len(agents._compiled()[0])} rules: {1000 * (time.perf_counter() - began):.0f} ms")
    ways = {
        "ours, cold": agents.classify.__wrapped__,
        "ours, cached": agents.classify,
        "crawler-user-agents": is_crawler,
        "crawlerdetect, cold": lambda text: CrawlerDetect.is_crawler(detector, text),
    }
    detector = CrawlerDetect()
    detector._cached_check = detector._check_crawler
    took = {name: _microseconds(way, texts) for name, way in ways.items()}
    for name, (mean, p99) in took.items():
        print(f"{name:22} {mean:9.2f} µs, p99 {p99:9.2f} µs")
    print(f"targets: cold {COLD} µs, cached {CACHED} µs, both below the packages")
    slowest = min(took["crawler-user-agents"][0], took["crawlerdetect, cold"][0])
    return took["ours, cold"][0] > min(COLD, slowest) or took["ours, cached"][0] > CACHED


def _microseconds(way, texts: list[str]) -> tuple[float, float]:
    """Mean and 99th percentile, each text's best of some rounds."""
    best = [min(_timed(way, text) for _ in range(ROUNDS)) for text in texts]
    return statistics.mean(best), statistics.quantiles(best, n=100)[98]


def _timed(way, text: str) -> float:
    began = time.perf_counter()
    way(text)
    return 1_000_000 * (time.perf_counter() - began)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
