"""What a member, the bank and time do about Premium, at a real sandbox; its letters go through the real webhook."""

from decimal import Decimal

from django.test import Client

from billing.tests.refunding import confirmed
from memberships.models import Subscription


class Premium:
    """One way through: subscribe, then let time pass."""

    def __init__(self, side):
        self.side, self.sandbox, self.api = side, side.sandbox, side.api

    def balance(self) -> Decimal:
        """What stands at Stripe, in US dollars."""
        now = self.api.balance.retrieve()
        return Decimal(sum(part.amount for part in [*now.pending, *now.available])) / 100

    def client(self, member) -> Client:
        return confirmed(member)

    def begins(self, member, interval="month", card="pay"):
        """Choose, pay on Stripe's page; the letters stay with the sandbox."""
        opened = self.client(member).post("/me/membership/subscribe/", {"interval": interval})
        assert opened.status_code == 302 and "/c/pay/" in opened["Location"], opened.headers
        session = opened["Location"].rpartition("/")[2]
        self.sandbox.pay(session, card, email=member.email)
        return session

    def subscribe(self, member, interval="month", card="pay") -> Subscription:
        """The same, with all that follows."""
        self.begins(member, interval, card)
        self.side.deliver()
        return Subscription.objects.get(member=member, ended_at=None)

    def portal(self, member, verb: str, **typed):
        """A button of the portal; nothing is delivered yet."""
        row = Subscription.objects.filter(member=member).first()
        opened = self.client(member).post("/me/membership/portal/")
        page = opened["Location"].removeprefix(self.sandbox.url)
        return self.sandbox.submit(f"{page}/{verb}/{row.stripe_id}", typed)

    def step(self, subscription, verb: str):
        """What the owner does on the Dashboard: fail, cancel, pay, renew."""
        return self.sandbox.submit(f"/subscriptions/{subscription.stripe_id}/{verb}", {})
