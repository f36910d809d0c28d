"""A network between us and Stripe that loses answers: the request arrives, the reply is cut with a reset."""

import socket
import struct
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

RESET = struct.pack("ii", 1, 0)  # SO_LINGER with zero seconds: close() sends RST


@contextmanager
def lost_answers(upstream: str):
    """The address of a proxy in front of `upstream` that forwards whole requests and resets instead of answering."""
    target = urlsplit(upstream)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, (target.hostname, target.port)), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


def _serve(server, upstream) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection, socket.create_connection(upstream, timeout=10) as stripe:
            stripe.sendall(_whole_request(connection))
            stripe.recv(65536)  # the work is done and answered
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def _whole_request(connection) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
