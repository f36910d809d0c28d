"""The acts of the demo's history, performed by the rooms whose business they are."""

import datetime as dt
from decimal import Decimal
from functools import singledispatchmethod

from django.utils import timezone

from accounting.demo import acts as told
from accounting.demo.people import Member
from accounting.demo.plan import Plan
from accounts.models import User
from billing import demo_history as payments
from ledger import posting
from memberships import demo_history as premium
from pricing import demo as providers
from studio import demo as studio

HELD_FOR = dt.timedelta(hours=1)
RENDERED = dt.timedelta(seconds=20)
PARTS = {"poem": "A poem by a model", "image": "A picture by a model", "music": "Music of its own"}
SOON = dt.timedelta(seconds=60)  # an end that lies ahead, as the ledger demands, and not far


class Stage:
    """Where a plan becomes rows. `at_stripe` comes before `play`, outside its transaction."""

    def __init__(self, plan: Plan, book: providers.Book):
        self.plan, self.book, self.past = plan, book, studio.Past()
        self.day = payments.Day("")
        self.users: dict[int, User] = {}
        self.seen: dict[int, User] = {}  # whose credit moved on this day
        self.told: dict[dt.date, list[tuple[premium.Told, Member]]] = {}  # of Premium, on the days to come

    def at_stripe(self, day: dt.date, acts: list[told.Act]) -> None:
        """What members and banks do there on a day; repeating it makes nothing new."""
        self.day = payments.Day(f"{self.plan.until:%y%m%d} {day:%y%m%d}")
        for act in acts:
            match act:
                case told.Refund():
                    self.day.refund(act.payment, act.at, act.amount)
                case told.Dispute():
                    self.day.dispute(act.payment, act.at, won=act.won)
                case told.PayOut():
                    self.day.pay_out(act.at)
        paid = [act for act in acts if isinstance(act, told.Pay)]
        self.day.pay([(act.number, act.at, act.member.email, act.amount, act.member.country) for act in paid])
        self.remember(acts)

    def remember(self, acts: list[told.Act]) -> None:
        """What Stripe will tell of those who take Premium on a day, also of one that was played earlier."""
        until = self.plan.midnight(self.plan.until + dt.timedelta(days=1))
        for act in (act for act in acts if isinstance(act, told.Subscribe)):
            member = act.member
            for one in premium.live(member.number, member.email, act.at, until, act.steps, member.country):
                self.told.setdefault(one.at.astimezone(self.plan.zone).date(), []).append((one, member))

    def play(self, day: dt.date, acts: list[told.Act]) -> None:
        """The rest of the day, in a transaction of the caller."""
        self.seen.clear()
        for act in acts:
            self._perform(act)
        for one, member in sorted(self.told.pop(day, ()), key=lambda pair: pair[0].at):
            premium.tell(one, member.number, self._user(member))
        User.objects.bulk_update(self.seen.values(), ["last_login", "last_seen_at"])
        payments.note_low_balances(self.seen)

    @singledispatchmethod
    def _perform(self, act: told.Act) -> None:
        """What happened at Stripe alone is booked already."""

    @_perform.register
    def _(self, act: told.Join) -> None:
        member = act.member
        user = User.objects.create_user(member.email, None, name=member.name, is_demo=True, date_joined=act.at)
        self.users[member.number] = user
        if self.plan.signup:
            external_id = f"signup:{user.pk}"
            posting.grant(user, self.plan.signup, note="Welcome credit", external_id=external_id, happened_at=act.at)

    @_perform.register
    def _(self, act: told.Pay) -> None:
        self.day.book(act.number, self._user(act.member), act.at, act.bonus)

    @_perform.register
    def _(self, act: told.Gift) -> None:
        ends = None if act.lasts is None else act.at + dt.timedelta(days=act.lasts)
        if act.lasts == 0:
            ends = timezone.now() + SOON
        posting.grant(self._user(act.member), act.amount, note=act.note, expires_at=ends, happened_at=act.at)

    @_perform.register
    def _(self, act: told.PayProviders) -> None:
        providers.pay_providers(self.plan.midnight(act.until), act.at)

    @_perform.register
    def _(self, act: told.Fill) -> None:
        for number, times in enumerate(act.costs):
            providers.called(self.book, "music", f"demo:pool:{act.at:%y%m%d}:{number}", act.at, times=times)

    @_perform.register
    def _(self, act: told.Make) -> None:
        user, price = self._user(act.member), self.book.price(act.service, act.at)
        user.last_login = user.last_seen_at = act.at
        held = self._hold(user, price, act)
        about = {"service": act.service, "price": price, "hold": held.hold_id, "luck": act.luck, "broken": act.broken}
        cut = self.past.cut(user, act.at, parts=[part for part, _ in act.costs], **about)
        for part, times in act.costs:
            key = f"{part}:{self._wish(act, part)}"
            providers.called(self.book, part, key, act.at, times=times, cut_id=cut.pk)
            if not act.broken:
                self._charge(user, part, act)
        self._end(cut, user, act)

    def _charge(self, user: User, part: str, act: told.Make) -> None:
        """What a model made for a member is paid for when it is there."""
        external_id = f"wish:{self._wish(act, part)}:charge"
        facts = {"service": part, "external_id": external_id, "note": PARTS[part], "happened_at": act.at}
        posting.charge(user, self.book.price(part, act.at), **facts)

    def _wish(self, act: told.Make, part: str) -> str:
        """The name by which a call and its charge find each other, as a real wish's job does (studio/wishes.py)."""
        return f"demo-{act.number}-{part}"

    def _hold(self, user: User, price: Decimal, act: told.Make) -> posting.Posting:
        ends, facts = timezone.now() + HELD_FOR, {"service": act.service, "actor": user, "note": self._title(act)}
        external_id = f"demo:{act.number}:hold"
        return posting.hold(user, price, expires_at=ends, external_id=external_id, happened_at=act.at, **facts)

    def _end(self, cut, user: User, act: told.Make) -> None:
        """What was held is charged; released when nothing came of it."""
        title, done = self._title(act), act.at + RENDERED
        if act.broken:
            posting.release(cut.hold_id, note=f"{title} was not made", happened_at=done)
            return
        about = {"external_id": f"cut:{cut.pk}:charge", "actor": user, "note": title, "happened_at": done}
        settled = posting.settle(cut.hold_id, cut.price, **about)
        if act.given_back:
            note, at = "The picture was cropped badly", act.at + dt.timedelta(hours=3)
            posting.reverse(settled.transaction_id, note=note, happened_at=at)

    def _title(self, act: told.Make) -> str:
        return f"Cut “{self.past.title(act.luck)}”"

    def _user(self, member: Member) -> User:
        if member.number not in self.users:
            self.users[member.number] = User.objects.get(email=member.email)
        user = self.users[member.number]
        self.seen[user.pk] = user
        return user
