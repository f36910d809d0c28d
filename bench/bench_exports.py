"""1,000,000 accounts as CSV beside a bare COPY of the same columns, 100,000 as Excel beside a bare XlsxWriter loop.

Each in a process of its own, whose peak of memory counts. Starts its own PostgreSQL.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.webhook import servers
from tests import engines

ROWS, EXCEL = int(os.environ.get("USERS", 1_000_000)), 100_000
ROUNDS = 3
CSV_RATIO, EXCEL_RATIO, PEAK_MB = 4.0, 1.3, 150
COLUMNS = ["id", "name", "email", "role", "status", "credits", "owes", "last_login", "joined"]


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    if len(sys.argv) > 1:
        return _child(sys.argv[1])
    try:
        settings = servers.ours(
            servers.create_database(engines.start_postgres(), "exports"), engines.start_redis(), "http://127.0.0.1:1"
        )
        servers.run([sys.executable, "manage.py", "migrate", "-v0"], settings)
        _run("fill", settings)
        missed = 0
        for ours, bare, ratio in (("csv", "copy", CSV_RATIO), ("excel", "xlsxwriter", EXCEL_RATIO)):
            rounds = [(_run(ours, settings), _run(bare, settings)) for _ in range(ROUNDS)]
            times = [statistics.median(side[0] for side in sides) for sides in zip(*rounds, strict=True)]
            found = statistics.median(one[0] / other[0] for one, other in rounds)
            peak = max(one[1] for one, _ in rounds)
            fine = found <= ratio and peak <= PEAK_MB
            missed += not fine
            print(
                f"{ours:6} {times[0]:6.1f} s, {bare:10} {times[1]:6.1f} s, ratio {found:.2f} (at most {ratio}), ",
                end="",
            )
            print(f"peak {peak:.0f} MB (at most {PEAK_MB})", "ok" if fine else "MISSED", flush=True)
        return 1 if missed else 0
    finally:
        engines.stop()


def _run(what: str, settings) -> tuple[float, float]:
    """Seconds and megabytes that a process says it took."""
    said = subprocess.run(
        [sys.executable, "-m", "bench.bench_exports", what],
        cwd=servers.ROOT,
        env=settings,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds, peak = said.stdout.split()
    return float(seconds), float(peak)


def _child(what: str) -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")
    django.setup()
    from bench.users import files

    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        seconds = getattr(files, what)(Path(folder) / "out", ROWS, EXCEL, COLUMNS)
        print(seconds or time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return 0


if __name__ == "__main__":
    sys.exit(main())
