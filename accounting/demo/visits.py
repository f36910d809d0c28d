"""Who looked at the site in the last weeks of the demo's history: people, members, bots; stored as real views are."""

import datetime as dt
import random
import uuid
from collections import Counter
from functools import cache

from django.urls import Resolver404, resolve

from accounting.demo import acts as told
from accounting.demo.plan import HOURS, WEEK
from accounting.demo.visitors import BOTS, BROWSERS, LANDINGS, SCANNED, SOURCES, WALKS, Bot
from sitestats import first_touch
from sitestats.models import Acquisition
from sitestats.recording import Crawled, Did, Seen
from sitestats.storing import Batch, Store
from ui.pages import CLOSED

DAYS = 30
PEOPLE = 130  # sessions on a common day
TRIES = 0.05  # of the people, those who make a cut without an account
TRIED = 0.75  # of those who join, who did so before
OPEN = tuple(path for path in LANDINGS + WALKS if not path.startswith(CLOSED))  # to who keeps to robots.txt
PART = uuid.UUID("7f4c5f0e-6d0a-4d7e-9c5e-1b0a4c0d2e11")


class Visits:
    """The views of one day. The same day gives the same ones."""

    def __init__(self, stage, store: Store, day: dt.date, until: dt.datetime | None = None):
        self.stage, self.store, self.day = stage, store, day
        self.start = stage.plan.midnight(day)
        self.until = until or stage.plan.midnight(day + dt.timedelta(days=1))
        self.luck = random.Random(f"{day}")  # noqa: S311 - a story, no secret
        self.views: list[Seen] = []
        self.beside: list[Did | Crawled] = []

    def keep(self, acts: list[told.Act]) -> int:
        """Store them once, in the transaction of the caller; how many there are."""
        for act in acts:
            match act:
                case told.Join():
                    self._joins(act)
                case told.Make():
                    self._session(act.at, ("/studio/", "/my-cuts/"), user=self.stage.users[act.member.number].pk)
        for _ in range(int(PEOPLE * WEEK[self.day.weekday()] * self.luck.uniform(0.85, 1.15))):
            self._person()
        for bot in BOTS:
            self._crawl(bot)
        views = [view for view in self.views if self.start.timestamp() <= view.at < self.until.timestamp()]
        beside = [each for each in self.beside if each.at < self.until.timestamp()]
        self.store.write(Batch(views, Counter(), len(views), beside, uuid.uuid5(PART, f"{self.day}")))
        return len(views)

    def _joins(self, act: told.Join) -> None:
        """A new member came from somewhere, most tried it first; their first touch is kept."""
        user, source = self.stage.users[act.member.number], self._one(SOURCES)
        at, tried = act.at - dt.timedelta(minutes=7), self.luck.random() < TRIED
        landing = self.luck.choice(LANDINGS)
        visitor, agent = self._session(at, (landing, "/make/", "/account/signup/"), source=source)
        if tried:
            self._tries(at + dt.timedelta(minutes=3), visitor, owner=user)
        self._did(act.at, visitor, "sign_up", user.pk)
        self._session(act.at + dt.timedelta(seconds=4), ("/home/", "/me/"), user=user.pk, who=(visitor, agent))
        touch = first_touch.arrival(source.referrer, dict(source.query), landing)
        came = touch.facts if touch else {"channel": "direct", "landing_path": landing}
        Acquisition.objects.create(user=user, first_seen_at=at, signed_up_at=act.at, **came)

    def _person(self) -> None:
        at = self.start + dt.timedelta(hours=self.luck.choices(range(24), HOURS)[0], seconds=self.luck.random() * 3600)
        walk = [self.luck.choice(LANDINGS)]
        while self.luck.random() < 0.55 and len(walk) < 9:
            walk.append(self.luck.choice(WALKS))
        visitor, _ = self._session(at, walk, source=self._one(SOURCES))
        if "/make/" in walk and self.luck.random() < TRIES / 0.4:
            self._tries(at + dt.timedelta(minutes=9), visitor)

    def _tries(self, at: dt.datetime, visitor: int, owner=None) -> None:
        looks = self.luck.randrange(10**6)
        if at < self.until:
            cut = self.stage.past.free_cut(owner, at, luck=looks)
            self._did(at, visitor, "render", cut.pk)

    def _did(self, at: dt.datetime, visitor: int, what: str, subject: int) -> None:
        self.beside.append(Did(at.timestamp(), visitor, 0, "", what, subject))

    def _session(self, at: dt.datetime, walk, *, source=None, user=None, who=None) -> tuple[int, str]:
        """Pages one after the other, by one visitor; who that is."""
        visitor, agent = who or (self.luck.getrandbits(62), self._one(BROWSERS).text)
        moment = at.timestamp()
        for number, path in enumerate(walk):
            came = {"referrer": source.referrer, "query": source.text} if source and not number else {}
            self._see(moment, visitor, path, agent, user=user, **came)
            moment += self.luck.expovariate(1 / 45) + 2
        return visitor, agent

    def _crawl(self, bot: Bot) -> None:
        """A bot's day: from a few addresses, page after page, some of which are not there."""
        for _ in range(self.luck.randint(1, bot.addresses)):
            visitor, moment = self.luck.getrandbits(62), self.start.timestamp() + self.luck.random() * 80_000
            if bot.reads_robots:
                self.beside.append(Crawled(moment, bot.agent, "robots_txt", bot.identity))
            for _ in range(int(bot.pages * self.luck.uniform(0.5, 1.5)) + 1):
                lost = self.luck.random() < bot.lost
                path = self.luck.choice(SCANNED if lost else OPEN if bot.reads_robots else LANDINGS + WALKS)
                self._see(moment, visitor, path, bot.agent, identity=bot.identity)
                if path.startswith(CLOSED):
                    self.beside.append(Crawled(moment, bot.agent, "closed", bot.identity))
                moment += self.luck.expovariate(1 / bot.every)

    def _see(self, at: float, visitor: int, path: str, agent: str, *, user=None, identity=0, referrer="", query=""):
        route = route_of(path)
        known = route is not None  # that of the first page is empty
        took = self.luck.lognormvariate(10.2 if known else 8.7, 0.45)  # about 27 ms, and 6 ms
        size, status = self.luck.randint(14_000, 42_000) if known else 5_100, 200 if known else 404
        about = (path, agent, referrer, query, int(took), size, status, identity)
        self.views.append(Seen(at, visitor, 0, user, route, *about))

    def _one(self, among):
        return self.luck.choices(among, [each.weight for each in among])[0]


@cache
def route_of(path: str) -> str | None:
    try:
        return resolve(path).route
    except Resolver404:
        return None
