"""Every request of the public side is noted: a page view, or why it is none. A request waits for nothing.

What is noted is an append to a bounded buffer of the process; a thread stores it (storing.py). When nobody stores, the
buffer fills, and what comes then is only counted as dropped.
"""

import itertools
import logging
import threading
import time
from collections import Counter, deque
from typing import NamedTuple

from django.conf import settings

from sitestats import salts

log = logging.getLogger("sitestats")
MOST = 50_000  # views that wait in a process


class Seen(NamedTuple):
    """A page view as the request told it. The address of who asked is in it as two numbers only."""

    at: float
    visitor: int
    before: int  # the number of yesterday's salt, while a session may still go on by it; else 0
    user: int | None
    route: str | None  # of ours; None: nothing answers there
    path: str
    agent: str
    referrer: str
    query: str
    microseconds: int
    size: int
    status: int


class Buffer:
    """What waits to be stored. Appending to a deque is atomic; what is seldom takes the lock."""

    def __init__(self, turns, most=MOST):
        self.turns = turns
        self.most = most
        self.waiting: deque[Seen | str] = deque()
        self.dropped: Counter = Counter()
        self.lock = threading.Lock()
        self.answers = itertools.count(1)  # counted apart from what is noted, so that the one proves the other
        self.told = 0

    def note(self, what: Seen | str) -> None:
        """A view, or why there is none."""
        if len(self.waiting) < self.most:
            self.waiting.append(what)
        else:
            with self.lock:
                self.dropped["dropped: buffer full"] += 1

    def served(self) -> int:
        """How many answers there were since the last time. (Reading the counter is one step of it.)"""
        now = next(self.answers)
        since, self.told = now - self.told - 1, now
        return since

    def take(self, most: int) -> tuple[list[Seen], Counter]:
        """Up to so many of those that wait, and what became of requests without a view."""
        views, others = [], Counter()
        for _ in range(min(len(self.waiting), most)):
            what = self.waiting.popleft()
            if type(what) is str:
                others[what] += 1
            else:
                views.append(what)
        with self.lock:
            others += self.dropped
            self.dropped.clear()
        return views, others


buffer: Buffer | None = None  # of this process, while there is a thread that stores it


class RecordViews:
    """Middleware, outside all that answers: what the answer weighs and how long it took is known here."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if buffer is None:
            return self.get_response(request)
        began = time.perf_counter()
        response = self.get_response(request)
        next(buffer.answers)
        try:
            buffer.note(why_not(request, response) or seen(request, response, time.perf_counter() - began))
        except Exception:  # whatever it is, the visitor has an answer, and the count says that one is missing
            log.exception("A request could not be noted")
            buffer.note("dropped: not understood")
        return response


def why_not(request, response) -> str:
    """Why an answer is no page view; empty when it is one. One reason each, the first that holds."""
    meta, path = request.META, request.path
    if path.startswith(("/admin/", "/healthz", "/readyz", "/static/")):
        return "excluded: back office" if path.startswith("/admin/") else "excluded: asset or check"
    if request.method != "GET":
        return "excluded: no GET"
    if "HTTP_HX_REQUEST" in meta:
        return "excluded: partial"
    if "prefetch" in meta.get("HTTP_SEC_PURPOSE", "") or "prefetch" in meta.get("HTTP_PURPOSE", ""):
        return "excluded: prefetch"
    if 300 <= response.status_code < 400:
        return "excluded: redirect"
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return "excluded: no page"
    real = getattr(request, "real_user", None)
    if real is not None and real.is_authenticated and real.is_staff:
        return "excluded: staff"
    if meta.get("HTTP_DNT") == "1" or meta.get("HTTP_SEC_GPC") == "1":
        return "excluded: asked not to be"
    return ""


def seen(request, response, seconds: float) -> Seen:
    meta, now = request.META, time.time()
    agent, address = meta.get("HTTP_USER_AGENT", "")[:512], client_address(meta)
    turn, *older = [each for each in buffer.turns if each.since <= now] or buffer.turns[-1:]
    early = older and now - turn.since < salts.IDLE
    user, match = getattr(request, "user", None), request.resolver_match
    return Seen(
        at=now,
        visitor=salts.number(turn.salt, address, agent),
        before=salts.number(older[0].salt, address, agent) if early else 0,
        user=user.pk if user is not None and user.is_authenticated else None,
        route=match.route if match else None,
        path=request.path[:400],
        agent=agent,
        referrer=meta.get("HTTP_REFERER", "")[:600],
        query=meta.get("QUERY_STRING", "")[:1000],
        microseconds=min(int(seconds * 1e6), 2**31 - 1),
        size=0 if response.streaming else len(response.content),
        status=response.status_code,
    )


def client_address(meta) -> str:
    """What the outermost proxy of ours saw, counted from the right: what a caller writes in front is not looked at."""
    proxies = settings.TRUSTED_PROXIES
    if proxies:
        forwarded = meta.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(forwarded) >= proxies:
            return forwarded[-proxies].strip()
    return meta.get("REMOTE_ADDR", "")
