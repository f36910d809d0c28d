"""A provider that answers on this machine: what tests of adapters talk to instead of the outside."""

import json
import threading
from abc import ABC, abstractmethod
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Lost(Exception):
    """Raised while answering: the connection ends without a word."""


class Provider(ABC):
    """What answers, as a test wants it; `asked` keeps what was asked."""

    def __init__(self):
        self.asked = []
        self.url = ""

    @abstractmethod
    def answer(self, method, path, body, headers):
        """Status, and a dictionary or bytes."""

    def posted(self) -> list[dict]:
        return [body for method, _, body, _ in self.asked if method == "POST"]


@contextmanager
def serving(provider: Provider):
    """Run it on a free port of this machine; its address is `provider.url`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(raw) if raw else None
            provider.asked.append((self.command, self.path, body, dict(self.headers)))
            try:
                status, answer = provider.answer(self.command, self.path, body, dict(self.headers))
            except Lost:
                self.close_connection = True
                return
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET

        def log_message(self, *args):
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    provider.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
