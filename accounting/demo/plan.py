"""The history of a small business as a list of acts, day by day: who joins, pays, makes cuts, gets money back.

The same days give the same acts to the second. Each member's credit is kept beside it, so that nobody spends what is
not there; that it really happens is the business of perform.py.
"""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from accounting.demo.acts import Act, Dispute, Fill, Gift, Join, Make, Pay, PayOut, PayProviders, Refund, Subscribe
from accounting.demo.people import HABITS, Member, name_of
from accounting.demo.premium import Premium

SEED = 1821
SEASON = (1.0, 1.2, 1.0, 1.0, 1.1, 0.95, 0.8, 0.75, 1.0, 1.05, 1.15, 1.4)  # poems for February and December
WEEK = (0.85, 0.85, 0.9, 0.95, 1.1, 1.3, 1.25)  # Monday first
HOURS = (1, 0, 0, 0, 0, 0, 1, 3, 4, 4, 4, 4, 5, 4, 4, 4, 5, 6, 8, 10, 11, 10, 6, 3)
BAD_MONTH = 4  # months before the running one: dear providers, broken renders, few payments
PARTS = {"poem": 0.35, "image": 0.5, "music": 0.5}
COSTS = {"poem": (0.7, 1.6), "image": (0.9, 1.15), "music": (0.85, 1.2)}
GIFTS = {(2, 10): "Valentine’s gift", (7, 1): "Summer gift", (10, 1): "Autumn gift", (12, 1): "Winter gift"}
GIFT, WIN_BACK = Decimal(2), Decimal(3)
LASTING = 80  # days back from the last one: a younger gift has an end, which lies ahead
DISPUTES = ((0.4, False), (0.62, True))  # how far in, and whether it is won
OPENING = 7  # times as many join in the first week
LEAST_PAYOUT, AVAILABLE_AFTER = 20, dt.timedelta(days=2)
SPACE = dt.timedelta(minutes=12)


@dataclass
class Plan:
    """`price(service, at)` is that of the price book; `tiers` say from which amount on a top-up brings which bonus."""

    start: dt.date
    until: dt.date  # the last day
    members: int
    zone: dt.tzinfo
    signup: Decimal
    price: Callable[[str, dt.datetime], Decimal]
    tiers: list[tuple[Decimal, Decimal]]
    people: list[Member] = field(default_factory=list)
    payments: int = 0
    made: int = 0
    disputed: int = 0
    at_stripe: list[tuple[dt.datetime, Decimal]] = field(default_factory=list)  # since when, about how much
    subscribing: dict[dt.date, list[Subscribe]] = field(default_factory=dict)

    def __post_init__(self):
        self.luck = random.Random(SEED)  # noqa: S311 - a story, no secret
        self.premium = Premium(self.until)
        self.days = [self.start + dt.timedelta(days=n) for n in range((self.until - self.start).days + 1)]

    def acts(self) -> Iterator[tuple[dt.date, list[Act]]]:
        """Each day with what happens on it, in order."""
        for place, (day, joining) in enumerate(zip(self.days, self._joining(), strict=True)):
            acts = [*self._trouble(day, place / len(self.days)), *self._join(day, joining), *self._office(day)]
            for member in self.people:
                if day < member.leaves:
                    acts += self._live(member, day)
            acts += [act for act in self.subscribing.pop(day, ()) if day < act.member.leaves]
            yield day, sorted(acts, key=lambda act: act.at)

    def midnight(self, day: dt.date) -> dt.datetime:
        """When a day begins."""
        return dt.datetime.combine(day, dt.time(), self.zone)

    def _joining(self) -> list[int]:
        """How many join on each day: ever more, by season and weekday, all together `members`."""
        sums = [0.0]
        for place, day in enumerate(self.days):
            opening = OPENING if place < 7 else 0
            sums.append(sums[-1] + (1 + opening + 2.5 * place / len(self.days)) * self._mood(day))
        return [round(b * self.members / sums[-1]) - round(a * self.members / sums[-1]) for a, b in pairwise(sums)]

    def _mood(self, day: dt.date) -> float:
        return SEASON[day.month - 1] * WEEK[day.weekday()] * (0.6 if self._is_bad(day) else 1)

    def _is_bad(self, day: dt.date) -> bool:
        return (self.until.year - day.year) * 12 + self.until.month - day.month == BAD_MONTH

    def _at(self, day: dt.date, hour: int | None = None) -> dt.datetime:
        hour = self.luck.choices(range(24), HOURS)[0] if hour is None else hour
        clock = dt.time(hour, self.luck.randrange(60), self.luck.randrange(60), tzinfo=self.zone)
        return dt.datetime.combine(day, clock).astimezone(dt.UTC)

    def _join(self, day: dt.date, count: int) -> Iterator[Join]:
        for _ in range(count):
            habit = self.luck.choices(HABITS, [habit.share for habit in HABITS])[0]
            leaves = day + dt.timedelta(days=1 + int(self.luck.expovariate(1 / habit.days)))
            number, at = len(self.people), self._at(day)
            self.people.append(Member(number, name_of(number), habit, at, leaves, granted=self.signup))
            for chosen in self.premium.choices(self.people[-1]):
                self.subscribing.setdefault(chosen.at.astimezone(self.zone).date(), []).append(chosen)
            yield Join(at, self.people[-1])

    def _office(self, day: dt.date) -> Iterator[Act]:
        """What is due on a date."""
        if day.weekday() == 0 and self._is_worth_paying_out(monday := self._at(day, 6)):
            yield PayOut(monday)
        if day.weekday() == 3:
            many = self.luck.randrange(6, 12) * (3 if self._is_bad(day) else 1)
            costs = tuple(self._times(*COSTS["music"], 1.9 if self._is_bad(day) else 1) for _ in range(many))
            yield Fill(self._at(day, 3), costs)
        if day.day == 5:
            yield PayProviders(self._at(day, 9), day.replace(day=1))
        age = (self.until - day).days
        for member in self.people if (day.month, day.day) in GIFTS else ():
            if day < member.leaves and member.joined_at.date() < day:
                member.granted += GIFT
                yield Gift(self._at(day, 5), member, GIFT, GIFTS[day.month, day.day], 90 if age < LASTING else None)
        gone = [member for member in self.people if member.leaves <= day]
        if age == 6:
            for member in gone[-24::3]:
                member.granted += WIN_BACK
                yield Gift(self._at(day, 8), member, WIN_BACK, "Come back and make a poem", 0)

    def _is_worth_paying_out(self, at: dt.datetime) -> bool:
        """Whether Stripe has enough to send; then it is sent."""
        there = [amount for since, amount in self.at_stripe if since <= at]
        if sum(there) < LEAST_PAYOUT:
            return False
        self.at_stripe = [(since, amount) for since, amount in self.at_stripe if since > at]
        return True

    def _live(self, member: Member, day: dt.date) -> Iterator[Act]:
        """A member makes cuts, and pays for them when the credit is used up."""
        wanted = self._count(member.habit.rate * self._mood(day))
        moments = sorted(self._at(day) for _ in range(wanted))
        ready = member.joined_at + SPACE
        end = self.midnight(day + dt.timedelta(days=1))
        for moment in moments:
            at = ready = max(moment, ready + SPACE)
            if at >= end:
                return
            cut = self._cut(member, at)
            cost = self._total(cut)
            if member.credit < cost:
                if not self._wants_to_pay(member, day):
                    return
                yield self._pay(member, at - SPACE / 2)
            self.made += 1
            if not cut.broken:
                granted, paid = member.spend(cost)
                if cut.given_back:
                    member.granted += granted
                    member.paid += paid
            yield cut

    def _count(self, mean: float) -> int:
        """How many, when there are `mean` on average."""
        return int(mean) + (self.luck.random() < mean % 1) + (self.luck.random() < 0.1 * mean)

    def _cut(self, member: Member, at: dt.datetime) -> Make:
        bad = self._is_bad(at.astimezone(self.zone).date())
        service = "studio_render" if self.luck.random() < member.habit.studio else "lite_render"
        parts = [part for part, often in PARTS.items() if service == "studio_render" and self.luck.random() < often]
        costs = tuple((part, self._times(*COSTS[part], 1.9 if bad else 1)) for part in parts)
        broken = self.luck.random() < (0.14 if bad else 0.03)
        given_back = not (broken or costs) and self.luck.random() < 0.02
        return Make(at, member, self.made, service, costs, broken, given_back, self.luck.randrange(1 << 30))

    def _times(self, least: float, most: float, worse: float) -> Decimal:
        return Decimal(str(round(self.luck.uniform(least, most) * worse, 2)))

    def _total(self, cut: Make) -> Decimal:
        return sum((self.price(part, cut.at) for part, _ in cut.costs), self.price(cut.service, cut.at))

    def _wants_to_pay(self, member: Member, day: dt.date) -> bool:
        return bool(member.habit.pays) and self.luck.random() < (0.35 if self._is_bad(day) else 0.9)

    def _pay(self, member: Member, at: dt.datetime) -> Pay:
        amount = Decimal(self.luck.choice(member.habit.pays))
        member.paid += amount
        bonus = max(((limit, bonus) for limit, bonus in self.tiers if amount >= limit), default=(0, Decimal(0)))[1]
        member.granted += bonus
        member.payment, member.paid_at, member.last_paid = self.payments, at, amount
        self.payments += 1
        self.at_stripe.append((at + AVAILABLE_AFTER, amount * Decimal("0.9")))
        return Pay(at, member, member.payment, amount, bonus)

    def _trouble(self, day: dt.date, how_far: float) -> Iterator[Act]:
        """Of those who paid in the last days one wants money back, or goes to the bank; either way they are gone."""
        morning = self._at(day, 4)
        recent = [m for m in self.people if m.paid_at and day < m.leaves and (morning - m.paid_at).days < 20]
        fresh = [m for m in recent if m.paid >= 4 and (morning - m.paid_at).days < 6]
        used = [m for m in recent if m.last_paid >= 10 and m.paid < m.last_paid * Decimal("0.7")]
        if used and self.disputed < len(DISPUTES) and how_far >= DISPUTES[self.disputed][0]:
            won = DISPUTES[self.disputed][1]
            self.disputed += 1
            used[-1].leaves = day
            self.at_stripe.append((morning, -used[-1].last_paid - 15))
            yield Dispute(morning, used[-1].payment, won)
        elif fresh and self.luck.random() < (0.12 if self._is_bad(day) else 0.025):
            fresh[-1].leaves = day
            amount = Decimal(int(min(fresh[-1].paid, fresh[-1].last_paid)))
            self.at_stripe.append((morning, -amount))
            yield Refund(morning, fresh[-1].payment, amount)
