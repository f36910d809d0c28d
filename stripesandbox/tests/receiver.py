"""A webhook endpoint for tests: it keeps what it is sent and answers as told."""

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """Letters that arrived, as (headers, raw body); `answers` are used up first, then 200."""

    letters: list = field(default_factory=list)
    answers: list = field(default_factory=list)
    slowness: float = 0
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/webhooks/stripe/"

    def start(self) -> "Receiver":
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.letters.append((dict(self.headers), body))
                time.sleep(receiver.slowness)
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.end_headers()
                self.wfile.write(b"noted")

            def log_message(self, *arguments):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def wait_for(self, count: int, timeout: float = 30) -> list:
        """The letters, once there are so many."""
        deadline = time.monotonic() + timeout
        while len(self.letters) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.letters)} letters of {count} arrived.")
            time.sleep(0.02)
        return self.letters
