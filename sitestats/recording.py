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

from audit.context import client_address
from sitestats import agents, bot_addresses, headers, salts, signed_in
from sitestats.models import Identity
from ui.pages import CLOSED

log = logging.getLogger("sitestats")
MOST = 40_000  # views that wait in a process: 60 MB, of texts of these lengths
PATH, AGENT, REFERRER, QUERY = 120, 300, 200, 250
LOOKS = 10  # by so many looks an answer is noted, or never will be
STAFF = "excluded: staff"


class Seen(NamedTuple):
    """A page view as the request told it. The address of who asked is in it as two numbers only."""

    at: float
    visitor: int
    before: int  # the number of yesterday's salt, while a session may still go on by it; else 0
    user: int | str | None  # as signed_in.as_told says it
    route: str | None  # of ours; None: nothing answers there
    path: str
    agent: str
    referrer: str
    query: str
    microseconds: int
    size: int
    status: int
    identity: int


class Did(NamedTuple):
    """A deed (deeds.py) of whoever these numbers stand for."""

    at: float
    visitor: int
    before: int
    referrer: str
    what: str
    subject: int


class Crawled(NamedTuple):
    """Somebody asked for robots.txt, or a bot for what that closes to it, whatever the answer was."""

    at: float
    agent: str
    what: str
    identity: int = Identity.UNCHECKED


class Buffer:
    """What waits to be stored. Appending to a deque is atomic; what is seldom takes the lock."""

    def __init__(self, turns, most=MOST):
        self.turns = turns
        self.most = most
        self.waiting: deque[Seen | str] = deque()
        self.beside: deque[Did | Crawled] = deque()
        self.dropped: Counter = Counter()
        self.lock = threading.Lock()
        self.answers = itertools.count(1)  # counted apart from what is noted, so that the one proves the other
        self.looked = self.told = 0
        self.unnoted: deque[int] = deque(maxlen=LOOKS)

    def note(self, what: Seen | str) -> None:
        """A view, or why there is none: once an answer."""
        if len(self.waiting) < self.most:
            self.waiting.append(what)
        else:
            with self.lock:
                self.dropped["dropped: buffer full"] += 1

    def note_beside(self, what: Did | Crawled) -> None:
        """What is known beside an answer. It is none: where there is no room it is not told among those dropped."""
        if len(self.beside) < self.most:
            self.beside.append(what)

    def served(self, noted: int) -> int:
        """How many answers a batch with so many notes tells of: these, and those that lack their note.

        An answer is counted a moment before it is noted: one lacks its note when look after look finds it missing,
        however many others are noted meanwhile.
        """
        self.told += noted
        answers = next(self.answers) - 1 - self.looked  # reading the counter is one step of it
        self.looked += 1
        with self.lock:
            self.unnoted.append(answers - self.told - len(self.waiting) - self.dropped.total())
        lost = sorted((0, min(self.unnoted), max(self.unnoted)))[1]  # 0, or what every look found at least
        if not lost or len(self.unnoted) < LOOKS:
            return noted
        self.told += lost
        self.unnoted.clear()
        return noted + lost

    def take(self, most: int) -> tuple[list[Seen], list[Did | Crawled], Counter]:
        """Up to so many of those that wait: views, what is known beside, what became of requests without a view."""
        views, others = [], Counter()
        for _ in range(min(len(self.waiting), most)):
            what = self.waiting.popleft()
            if type(what) is str:
                others[what] += 1
            else:
                views.append(what)
        beside = [self.beside.popleft() for _ in range(min(len(self.beside), most))]
        with self.lock:
            others += self.dropped
            self.dropped.clear()
        return views, beside, others


buffer: Buffer | None = None  # of this process, while there is a thread that stores it


class RecordViews:
    """Middleware, outside all that answers: what the answer weighs and how long it took is known here."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.proxies = settings.TRUSTED_PROXIES

    def __call__(self, request):
        here = buffer  # which the end of the process takes away
        if here is None:
            return self.get_response(request)
        began = time.perf_counter()
        response = self.get_response(request)
        next(here.answers)
        try:
            reason = why_not(request, response)
            what = reason or seen(request, response, time.perf_counter() - began, here.turns, self.proxies)
        except Exception:  # whatever it is, the visitor has an answer, and the count says that one is missing
            log.exception("A request could not be noted")
            what = reason = "dropped: not understood"
        here.note(what)
        if reason or request.path.startswith(CLOSED):
            try:
                _beside(request, here)
            except Exception:  # the answer itself is noted
                log.exception("What a request told beside could not be noted")
        return response


def why_not(request, response) -> str:
    """Why an answer is no page view; empty when it is one. One reason each, the first that holds."""
    meta, path = request.META, request.path
    if path.startswith(("/admin/", "/healthz", "/readyz", "/static/")):
        return "excluded: back office" if path.startswith("/admin/") else "excluded: asset or check"
    if request.method != "GET":
        return "excluded: no GET"
    tells = headers.tells(meta)
    if tells and headers.is_partial(meta):
        return "excluded: partial"
    if tells and headers.is_ahead(meta):
        return "excluded: prefetch"
    if headers.is_embedded(meta):
        return "excluded: embedded"
    if 300 <= response.status_code < 400:
        return "excluded: redirect"
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return "excluded: no page"
    if signed_in.is_staff(request):
        return STAFF
    if tells and headers.asked_not_to_be(meta):
        return "excluded: asked not to be"
    return ""


def seen(request, response, seconds: float, turns: list[salts.Turn], proxies: int) -> Seen:
    """The view that an answer is, which took so many seconds and came over so many proxies."""
    meta, match, now = request.META, request.resolver_match, time.time()
    agent, address = meta.get("HTTP_USER_AGENT", ""), client_address(meta, proxies)
    visitor, before = _numbers(turns, now, address, agent)
    path, referrer, query = request.path, meta.get("HTTP_REFERER", ""), meta.get("QUERY_STRING", "")
    if len(agent) > AGENT:
        agent = agent[:AGENT]
    values = (
        now,
        visitor,
        before,
        signed_in.as_told(request),
        match.route if match else None,
        path if len(path) <= PATH else _beginning(path, PATH, "/", "/..."),
        agent,
        referrer if len(referrer) <= REFERRER else _beginning(referrer, REFERRER, "/"),
        query if len(query) <= QUERY else _beginning(query, QUERY, "&"),
        min(int(seconds * 1e6), 2**31 - 1),
        0 if response.streaming else len(response.content),
        response.status_code,
        bot_addresses.verify(agents.classify(agent).name, address),
    )
    return tuple.__new__(Seen, values)  # what Seen() comes to in the end, in a fifth of the time


def _beside(request, here: Buffer) -> None:
    """What a request tells that its view does not: a deed, a crawl; of nobody who asks not to be told of."""
    meta, now = request.META, time.time()
    if headers.asked_not_to_be(meta) or signed_in.is_staff(request):
        return
    agent, address = meta.get("HTTP_USER_AGENT", ""), client_address(meta)
    for what, subject in getattr(request, "deeds", ()):
        numbers = _numbers(here.turns, now, address, agent)
        here.note_beside(Did(now, *numbers, _beginning(meta.get("HTTP_REFERER", ""), REFERRER, "/"), what, subject))
    is_robots_txt = request.path == "/robots.txt"
    if not (is_robots_txt or request.path.startswith(CLOSED)):
        return
    who = agents.classify(agent[:AGENT])
    identity = bot_addresses.verify(who.name, address)
    if identity == Identity.CLAIMED:
        return  # whoever uses its name says nothing of the operator
    if is_robots_txt or who.kind in agents.BOTS:
        here.note_beside(Crawled(now, agent[:AGENT], "robots_txt" if is_robots_txt else "closed", identity))


def _beginning(text: str, most: int, parted_by: str, end="") -> str:
    """So much of it, in whole parts: half a key would not be known as one."""
    return text if len(text) <= most else text[:most].rpartition(parted_by)[0] + end


def _numbers(turns: list[salts.Turn], now: float, address: str, agent: str) -> tuple[int, int]:
    """Who it is today; and by yesterday's salt, while a session may still go on by it, else 0."""
    left = iter(turns)
    for turn in left:  # the newest first, which may not have begun
        if turn.since <= now:
            break
    older = next(left, None) if now - turn.since < salts.IDLE else None
    return salts.number(turn.salt, address, agent), salts.number(older.salt, address, agent) if older else 0
