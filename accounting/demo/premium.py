"""Who takes Premium in the demo's history, and what becomes of it: most stay, some switch, fail, leave or come back."""

import datetime as dt
import random

from accounting.demo.acts import Subscribe
from accounting.demo.people import Member

DAY = 86_400
SHARE = {"now and then": 0.4, "regular": 0.85, "maker": 0.95}  # of those of a habit who stay long enough
LEAST = 30  # days that somebody stays who takes it
# after how many days what happens; a life goes as far as its member stays
WAYS = {
    "stays": (("month", ()), 7),
    "pays by the year": (("year", ()), 3),
    "saves by the year": (("month", ((97, "switch", "year"),)), 2),
    "would rather pay by the month": (("year", ((130, "switch", "month"),)), 1),
    "fails once": (("month", ((57, "fail_next", ""),)), 3),
    "fails for good": (("month", ((57, "fail_next", "times=4"),)), 1),
    "leaves": (("month", ((75, "leave", ""),)), 3),
    "thinks better of it": (("month", ((40, "leave", ""), (44, "stay", ""))), 1),
    "comes back": (("month", ((35, "leave", ""), (135, "subscribe", "month"))), 2),
    "comes back for a year": (("month", ((48, "leave", ""), (170, "subscribe", "year"))), 1),
}


class Premium:
    """One choice a member, by a luck of its own, so that the rest of the story is not touched."""

    def __init__(self, until: dt.date):
        self.luck, self.until = random.Random("premium"), until  # noqa: S311 - a story, no secret

    def choices(self, member: Member) -> list[Subscribe]:
        """Of who has just joined: when and how they take it; who comes back takes it twice."""
        share = SHARE.get(member.habit.name, 0)
        wants, days, seconds = self.luck.random() < share, self.luck.randrange(2, 25), self.luck.randrange(6 * 3600)
        way = self._way()
        at = member.joined_at + dt.timedelta(days=days, seconds=seconds)
        stays = (min(member.leaves, self.until) - at.date()).days
        if not wants or (member.leaves - at.date()).days < LEAST or stays < 1:
            return []
        found, goes = [], member.leaves <= self.until
        for day, steps in self._lives(way, stays, goes=goes):
            found.append(Subscribe(at + dt.timedelta(days=day), member, tuple(steps)))
        return found

    def _way(self) -> str:
        return self.luck.choices(list(WAYS), [weight for _, weight in WAYS.values()])[0]

    def _lives(self, way: str, stays: int, *, goes: bool) -> list[tuple[int, list]]:
        """(day, steps from then on), as far as the member stays; whoever goes for good leaves Premium, too."""
        (interval, later), _ = WAYS[way]
        found, runs = [(0, [(0, "subscribe", interval)])], True
        for day, verb, choice in later:
            if day >= stays:
                break
            runs = verb not in ("leave", "fail_next") or way == "fails once"
            if verb == "subscribe":
                found.append((day, [(0, verb, choice)]))
            else:
                found[-1][1].append(((day - found[-1][0]) * DAY, verb, choice))
        if goes and runs:
            found[-1][1].append(((stays - found[-1][0]) * DAY, "leave", ""))
        return found
