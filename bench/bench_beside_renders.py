"""Pages while two renders run: the p95 of /, /make/ and the sign-in page beside the same on an idle machine.

The web server is the one of bin/run; the renders are the processes that a worker starts (studio/brush.py), each begun
again when it ends. Idle and busy take turns, so that other load of the machine meets both. Starts its own engines.
"""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

from bench import site
from bench.webhook import servers

ROUNDS, CALLS, PAUSE = 5, 60, 0.05
RATIO = 2.0
PAGES = ("/", "/make/", "/account/login/")
POEM = "The lake has kept the evening light\nand folds it, gently, into night."


def main() -> int:
    """Measure and print; 1 when the target is missed."""
    with servers.running() as folder:
        return _measure(folder)


def _measure(folder: Path) -> int:
    address = site.start(site.prepare(folder), folder)
    recipe = _recipe(folder)
    waits: dict[str, dict[str, list[float]]] = {kind: {page: [] for page in PAGES} for kind in ("idle", "busy")}
    with httpx.Client(base_url=address, timeout=30) as client:
        _ask(client, {page: [] for page in PAGES}, 5)
        for _ in range(ROUNDS):
            _ask(client, waits["idle"], CALLS)
            with _Renders(recipe, folder) as renders:
                _ask(client, waits["busy"], CALLS)
                renders.must_have_run()
    worst = max(_row(page, waits["idle"][page], waits["busy"][page]) for page in PAGES)
    print(f"load average {os.getloadavg()[0]:.1f}")
    return int(worst > RATIO)


def _row(page: str, idle: list[float], busy: list[float]) -> float:
    before, beside = (statistics.quantiles(times, n=20)[-1] for times in (idle, busy))
    print(f"{page:18} p95 idle {before:6.1f} ms, two renders {beside:6.1f} ms: {beside / before:.2f} (at most {RATIO})")
    return beside / before


def _ask(client, waits: dict[str, list[float]], calls: int) -> None:
    for _ in range(calls):
        for page in PAGES:
            began = time.perf_counter()
            client.get(page).raise_for_status()
            waits[page].append(1000 * (time.perf_counter() - began))
        time.sleep(PAUSE)


def _recipe(folder: Path) -> bytes:
    from artwork import scenes

    scenes.paint(3, "nature", "dawn").save(folder / "picture.png")
    recipe = {
        "title": "Evening",
        "author": "",
        "text": POEM,
        "language": "en",
        "frame": "gilded",
        "style": "candle-lit",
    }
    recipe |= {"images": [str(folder / "picture.png")], "music": None}
    return json.dumps({"recipe": recipe, "size": [864, 1080], "memory_mb": 4096, "seconds": 600}).encode()


class _Renders:
    """Two renders that go on and on, as a worker runs them."""

    def __init__(self, recipe: bytes, folder: Path):
        self._recipe, self._folder = recipe, folder
        self._over, self._running, self._begun = threading.Event(), [], 0
        self._threads = [threading.Thread(target=self._go_on, args=(number,)) for number in range(2)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        time.sleep(3)  # they are at work, not at their imports
        return self

    def must_have_run(self) -> None:
        if self._begun < 2:
            raise SystemExit("The renders did not run")

    def __exit__(self, *exc):
        self._over.set()
        for process in self._running:
            process.kill()
        for thread in self._threads:
            thread.join()

    def _go_on(self, number: int) -> None:
        where = self._folder / f"render-{number}"
        where.mkdir(exist_ok=True)
        command = ["nice", "-n", "10", sys.executable, "-m", "studio.brush"]
        environment = servers.environment("", PATH="/usr/bin:/bin", TMPDIR=str(where))
        while not self._over.is_set():
            with subprocess.Popen(
                command, cwd=where, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
            ) as process:
                self._running.append(process)
                self._begun += 1
                process.communicate(self._recipe)


if __name__ == "__main__":
    sys.exit(main())
