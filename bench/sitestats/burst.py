"""A process that notes 1,000,000 page views a minute and stores them by its flusher, until its input ends."""

import itertools
import sys
import threading
import time

A_SECOND, EVERY, POOL = 1_000_000 / 60, 0.01, 50_000  # in portions, of so many different views


def main() -> int:
    """Say that it begins, and in the end how many were noted."""
    import django

    django.setup()
    from bench.bench_sitestats import _views
    from sitestats import flusher, recording

    views = itertools.cycle(_views(0)[:: 200_000 // POOL])
    ending = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ending.set()), daemon=True).start()
    flusher.start()
    here = recording.buffer
    print("noting", flush=True)
    began, noted = time.monotonic(), 0
    while not ending.wait(EVERY):
        due = int((time.monotonic() - began) * A_SECOND)
        for view in itertools.islice(views, due - noted):
            next(here.answers)
            here.note(view._replace(at=time.time()))
        noted = due
    took = time.monotonic() - began
    flusher.stop()
    print(noted, took, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
