"""Waiting for what happens elsewhere: another process, a thread, a browser."""

import time

PATIENCE = 3  # a machine that others use as well takes a multiple of what it takes alone


def wait_until(condition, seconds: float, what: str = "") -> float:
    """Seconds until `condition()` is true; fails after `seconds` as of a machine at rest, times `PATIENCE`."""
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        assert waited < seconds * PATIENCE, f"{what or condition} is still not so after {waited:.0f} s"
        time.sleep(0.03)
    return time.monotonic() - began
