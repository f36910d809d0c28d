"""The error tracker's hook: a real client against a stand-in for the tracker, in a process of its own."""

import gzip
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import brotli
import pytest
from django.conf import settings

from poemvision.logs import _discreet, request_id

SECRETS = {
    "DATABASE_URL": "postgresql://app:Vq2yWzLrUeHb@127.0.0.1:1/app",
    "REDIS_URL": "redis://:hunter22hunter@127.0.0.1:1/0",
    "SECRET_KEY": "gT4oGqf0dJ1nXkVQ2y8mWzL5rUeHbC7sPaN9tIvK3xDlMjYw6E",
    "STRIPE_SECRET_KEY": "rk_test_51SentinelOfStripe",
}
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
NEVER = (
    "Vq2yWzLrUeHb",
    "hunter22",
    "gT4oGqf0",
    "51Sentinel",
    "one-time-key",
    "ada@example.org",
    "cookie-of-ada",
    "abcdef",
)


@pytest.fixture
def tracker():
    """Its address, and what it was told."""
    told = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.append(UNPACK[self.headers["Content-Encoding"]](body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args):
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://key@127.0.0.1:{server.server_port}/1", told
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


def test_it_works(tracker):
    dsn, told = tracker
    environment = {
        "PATH": os.environ["PATH"],
        "EMBEDDED_ENV": os.devnull,
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
    }
    failed = subprocess.run(
        [sys.executable, "-m", "tests.failing"],
        cwd=settings.BASE_DIR,
        env={**environment, **SECRETS, "SENTRY_DSN": dsn, "no_proxy": "*"},
        capture_output=True,
        text=True,
    )
    assert failed.returncode == 0, failed.stderr
    *status, request = failed.stdout.split()
    assert status[0] == "500"
    events = [
        json.loads(line) for body in told for line in body.splitlines() if b'"event_id"' in line and b'"level"' in line
    ]
    by_logger = {event.get("logger"): event for event in events}
    assert {event["tags"]["request_id"] for event in events} == {request}
    assert by_logger["room"]["logentry"]["message"] == "Stripe refused %s"
    (failure,) = [event for event in events if "exception" in event]
    assert failure["exception"]["values"][-1]["type"] == "RuntimeError"
    assert failure["request"] == {"method": "POST", "url": "http://localhost/account/reset/key/…"}
    everything = b"".join(told).decode()
    assert [secret for secret in NEVER if secret in everything] == []


def test_outside_of_a_request_there_is_no_id():
    token = request_id.set("")
    try:
        assert _discreet({"message": "redis://:hunter22@host refused"}, {}) == {"message": "redis://:…@host refused"}
    finally:
        request_id.reset(token)
