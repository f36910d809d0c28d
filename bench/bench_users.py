"""The list of users at 1,000,000 accounts: ours against django.contrib.admin, in one run, in turns, in process.

Both show the same columns (ours by `?columns=`), 50 a page. Ours finds e-mails and the words of names by their
beginning, and ids and codes exactly; the admin looks anywhere in both columns. Starts its own PostgreSQL.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.webhook import servers
from tests import engines

USERS = int(os.environ.get("USERS", 1_000_000))
ROUNDS = 3
P95_MS, QUERIES, HTML_KB = 40, 9, 120
COLUMNS = "columns=role,status,credits,last_login,joined"
OURS, ADMIN = f"/admin/accounts/panels/users/?{COLUMNS}", "/admin/auth/account/"
DEEP = "5,000 pages deep"
PAGES = {  # what -> our address, the admin's, the most that ours may take of the admin's time
    "the whole page, first 50": (f"/admin/users/?users.{COLUMNS}", ADMIN, 0.3),
    "the list alone, first 50": (OURS, ADMIN, 0.3),
    "with the time saved": (f"{OURS},saved", ADMIN, 0.35),
    DEEP: ("", "", 0.25),
    "by name": (f"{OURS}&sort=name", f"{ADMIN}?o=2", 0.3),
    "a full e-mail": (f"{OURS}&q=user777777@example.org", f"{ADMIN}?q=user777777@example.org", 0.06),
    "the beginning of e-mails": (f"{OURS}&q=user7777", f"{ADMIN}?q=user7777", 0.06),
    "the beginning of a word": (f"{OURS}&q=surname677", f"{ADMIN}?q=surname677", 0.06),
    "suspended ones": (f"{OURS}&status=suspended", f"{ADMIN}?is_active__exact=0", 0.3),
    "staff": (f"{OURS}&role=support", f"{ADMIN}?role__exact=support", 0.3),
    "by credits": (f"{OURS}&sort=-credits", f"{ADMIN}?o=-5", 0.3),
    "credits of 1,990 and more": (f"{OURS}&credit_min=1990&sort=credits", f"{ADMIN}?spendable__gte=1990&o=5", 0.3),
}


class Child:
    """A process with one of the two lists."""

    def __init__(self, module: str, settings: dict[str, str], log: Path):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._log = log
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=servers.ROOT,
            env={**settings, "ROWS": str(USERS)},
            stderr=log.open("w"),
            **pipes,
        )
        self.deep = ""

    def wait(self) -> None:
        self.deep = self._line()
        self._line()

    def ask(self, address: str) -> dict:
        print(address, file=self.process.stdin, flush=True)
        return json.loads(self._line())

    def _line(self) -> str:
        line = self.process.stdout.readline().strip()
        if not line:
            raise SystemExit(f"A child ended:\n{self._log.read_text()[-3000:]}")
        return line

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=20)


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    with tempfile.TemporaryDirectory(prefix="poemvision-bench-") as folder:
        children: list[Child] = []
        try:
            return _measure(Path(folder), children)
        finally:
            for child in children:
                child.end()
            engines.stop()


def _measure(folder: Path, children: list[Child]) -> int:
    postgres, redis = engines.start_postgres(), engines.start_redis()
    settings = servers.ours(servers.create_database(postgres, "ours"), redis, "http://127.0.0.1:1")
    for command in (["migrate"], ["createcachetable"], ["collectstatic", "--noinput"]):
        servers.run([sys.executable, "manage.py", *command, "-v0"], settings)
    theirs = servers.environment(servers.create_database(postgres, "theirs"))
    for module, each in (("bench.users.ours", settings), ("bench.users.peer", theirs)):
        children.append(Child(module, each, folder / f"{module}.log"))
        children[-1].wait()
    pages = {**PAGES, DEEP: (*(child.deep for child in children), PAGES[DEEP][2])}
    found = {name: ([], []) for name in pages}
    for _ in range(ROUNDS):
        for name, (*addresses, _) in pages.items():
            for child, address, results in zip(children, addresses, found[name], strict=True):
                results.append(child.ask(address))
    print(f"{'':26} {'ours p50/p95':>14} {'admin p50/p95':>14} {'ratio':>6} {'queries':>8} {'HTML KB':>9}")
    return 1 if sum(_row(name, pages[name][2], *results) for name, results in found.items()) else 0


def _row(name: str, most: float, ours: list[dict], admin: list[dict]) -> int:
    """One line; whether a target is missed."""
    (p50, p95), (their_p50, their_p95) = _figures(ours), _figures(admin)
    queries, size = ours[0]["queries"], ours[0]["bytes"] / 1024
    fine = p95 <= P95_MS and p50 <= most * their_p50 and queries <= QUERIES and size <= HTML_KB
    times, their_times = f"{p50:.0f} / {p95:.0f}", f"{their_p50:.0f} / {their_p95:.0f}"
    both, sizes = f"{queries} / {admin[0]['queries']}", f"{size:.0f} / {admin[0]['bytes'] / 1024:.0f}"
    print(
        f"{name:26} {times:>14} {their_times:>14} {p50 / their_p50:6.3f} {both:>8} {sizes:>9}",
        "ok" if fine else "MISSED",
        flush=True,
    )
    return 0 if fine else 1


def _figures(rounds: list[dict]) -> tuple[float, float]:
    """Median and 95th percentile of all calls."""
    calls = [ms for each in rounds for ms in each["ms"]]
    return statistics.median(calls), statistics.quantiles(calls, n=20)[-1]


if __name__ == "__main__":
    sys.exit(main())
