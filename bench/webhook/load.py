"""The load generator: one thread, keep-alive connections, either as fast as the answers come or by the clock."""

import re
import selectors
import socket
import time
from dataclasses import dataclass, field

from bench.webhook.events import Source

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
GIVE_UP = 10  # seconds for one answer


@dataclass
class Outcome:
    """How the requests of one round went."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)  # of those answered 200
    refused: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.waits) / self.seconds

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.waits)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Line:
    """One connection with at most one request under way."""

    def __init__(self, port: int, selector: selectors.BaseSelector):
        self._port, self._selector = port, selector
        self._open()

    def _open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self._port), timeout=GIVE_UP)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(self.socket, selectors.EVENT_READ, self)

    def send(self, request: bytes, due: float) -> None:
        self.request, self.due, self.answer = request, due, b""
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """The answer when it is complete. After a close without one, the request goes out again on a new connection."""
        chunk = self.socket.recv(65536)
        if not chunk:
            self.close()
            self._open()
            self.send(self.request, self.due)
            return None
        self.answer += chunk
        head, end, body = self.answer.partition(b"\r\n\r\n")
        if not end or len(body) < int(LENGTH.search(head + b"\r\n")[1]):
            return None
        return self.answer

    def close(self) -> None:
        self._selector.unregister(self.socket)
        self.socket.close()


def full(source: Source, seconds: float, lines: int) -> Outcome:
    """As many as are accepted: each of `lines` connections sends the next event as soon as the last is answered."""
    outcome, now = Outcome(), time.perf_counter
    with selectors.DefaultSelector() as selector:
        start = now()
        for line in [_Line(source.port, selector) for _ in range(lines)]:
            line.send(source.next(), now())
        busy = lines
        while busy:
            for line in _ready(selector, GIVE_UP):
                if not _note(outcome, line):
                    continue
                if now() - start < seconds:
                    line.send(source.next(), now())
                else:
                    line.close()
                    busy -= 1
        outcome.seconds = now() - start
    return outcome


def paced(source: Source, rate: float, seconds: float) -> Outcome:
    """`rate` a second whatever the answers do; a wait counts from the moment the event was due."""
    outcome, now = Outcome(), time.perf_counter
    free: list[_Line] = []
    with selectors.DefaultSelector() as selector:
        free += [_Line(source.port, selector) for _ in range(4)]
        start, sent, busy, total = now() + 0.1, 0, 0, int(rate * seconds)
        while sent < total or busy:
            due = start + sent / rate
            if sent < total and now() >= due:
                line = free.pop() if free else _Line(source.port, selector)
                line.send(source.next(), due)
                sent, busy = sent + 1, busy + 1
                continue
            for line in _ready(selector, max(0.0, due - now()) if sent < total else GIVE_UP):
                if line in free:  # the server closes what was idle for too long
                    free.remove(line)
                    line.close()
                elif _note(outcome, line):
                    free.append(line)
                    busy -= 1
        outcome.seconds = now() - start
        for line in free:
            line.close()
    return outcome


def _ready(selector, timeout: float) -> list[_Line]:
    found = [key.data for key, _ in selector.select(timeout)]
    if not found and timeout == GIVE_UP:
        raise TimeoutError(f"No answer for {GIVE_UP} s")
    return found


def _note(outcome: Outcome, line: _Line) -> bool:
    """Whether this line has its answer now."""
    answer = line.receive()
    if answer is None:
        return False
    if answer.startswith(b"HTTP/1.1 200 "):
        outcome.waits.append(time.perf_counter() - line.due)
    else:
        outcome.refused.append(answer[:200])
    return True
