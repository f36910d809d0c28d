"""50 webhook calls a second for a minute: `bin/bench storm [--rate N] [--seconds N] [--seed N]`.

Duplicates, two events of one payment, forged calls, callers that hang up and come back; two workers, one of which is
killed with its children and not started again, and a Redis that forgets everything on the way. The stack is the one of
tests/faults: gunicorn, Celery, PostgreSQL and Redis of its own. Every payment is credited once, within a minute.
"""

import argparse
import os
import secrets
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from pathlib import Path
from random import Random
from threading import Thread

HEAL_SECONDS = 60
ANSWER_SECONDS = 0.15


class Stripe(BaseHTTPRequestHandler):
    """Stripe's API as far as a worker asks: the charge and the fee of a payment, in the time that Stripe takes."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together

    def do_GET(self):
        time.sleep(ANSWER_SECONDS)
        intent = self.path.partition("?")[0].rpartition("/")[2]
        balance = {"id": f"txn_{intent}", "object": "balance_transaction", "currency": "usd", "fee": 59, "created": 1}
        charge = {"id": f"ch_{intent}", "object": "charge", "balance_transaction": balance, "receipt_url": ""}
        body = dumps({"id": intent, "object": "payment_intent", "latest_charge": charge}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        """Nothing: there are thousands of them."""


def main() -> int:
    """How many faults were found."""
    options = _arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")
    import django

    django.setup()
    from tests.faults.stack import Stack, django_at

    stripe = ThreadingHTTPServer(("127.0.0.1", 0), Stripe)
    stripe.handle_error = lambda call, caller: None  # callers are killed
    Thread(target=stripe.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        stack.environment["STRIPE_API_BASE"] = f"http://127.0.0.1:{stripe.server_port}"
        try:
            stack.start()
            with django_at(stack.postgres.url):
                return _storm(stack, options)
        finally:
            stack.stop()


def _storm(stack, options) -> int:
    from tests.faults.stack import children_of
    from tests.faults.storm import Storm
    from tests.waiting import wait_until

    storm = Storm(stack, options.rate, options.seconds, Random(options.seed)).prepare()
    workers = [stack.start_worker(2), stack.start_worker(2)]
    wait_until(lambda: all(children_of(worker) for worker in workers), 90, "two workers")
    print(f"seed {options.seed}: {len(storm.calls):,} calls about {len(storm.top_ups):,} payments", flush=True)
    storm.blow(workers[0])
    seconds = storm.healed(within=10 * HEAL_SECONDS)
    found = storm.faults()
    rate = sum(storm.statuses.values()) / storm.took
    print(f"{rate:.0f} calls a second for {storm.took:.0f} s; the latest was {storm.behind:.1f} s late")
    print(
        "  ".join(
            f"{how or 'signed'} {status or 'no answer'}: {count:,}" for (how, status), count in storm.statuses.items()
        )
    )
    print(f"Every payment credited {seconds:.1f} s after the last call (target {HEAL_SECONDS})")
    print(f"{len(found)} violations", *found, sep="\n")
    return len(found) + (seconds > HEAL_SECONDS)


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
