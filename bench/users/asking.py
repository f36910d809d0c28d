"""One child's side: read addresses from standard input, get each some times, write the figures as JSON lines."""

import json
import sys
import time

from django.db import connection
from django.test.utils import CaptureQueriesContext

WARM = 3  # of whoever has the list open all day; the other process has just had the processor
# CPython 3.11 keeps frames in chunks of 16 KB, and maps and unmaps one at each call that crosses the edge of a chunk.
# How deep a server stands when it calls Django is chance, so each call stands so many frames deeper than the last.
DEEPER, STEPS = 15, 7


def serve(client, calls: int) -> None:
    """Until standard input ends, each address so many times. Nothing else may write to standard output."""
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(client, line.strip(), calls)), flush=True)


def measure(client, address: str, calls: int) -> dict:
    """Milliseconds of each call in process, without sockets, and what one call costs beside time."""
    headers = {"HX-Request": "true"} if "/panels/" in address else {}  # ours: the fragment alone
    for _ in range(WARM):
        client.get(address, headers=headers)
    waits = []
    for call in range(calls):
        start = time.perf_counter()
        response = _get(client, address, headers, deeper=call % STEPS * DEEPER)
        waits.append(1000 * (time.perf_counter() - start))
        assert response.status_code == 200, f"{address}: {response.status_code}"
    with CaptureQueriesContext(connection) as queries:
        client.get(address, headers=headers)
    return {"ms": waits, "queries": len(queries), "bytes": len(response.content)}


def _get(client, address: str, headers: dict, *, deeper: int):
    if deeper:
        return _get(client, address, headers, deeper=deeper - 1)
    return client.get(address, headers=headers)
