"""Payments of the demo's history: made at the local sandbox at the time of the story, and booked as Stripe tells them.

The sandbox plays each script once, by its name; what it made is booked once, by its external id.
"""

import datetime as dt
import uuid
from decimal import Decimal

import httpx
from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.models import User
from billing import backfill, balance, disputes, fulfilment, payouts, refunds, stripe_api
from billing.models import LowBalanceNotice, TopUp
from billing.models.top_up import CHECKOUT_LIFETIME
from ledger.models import Kind, Transaction

NAMESPACE = uuid.UUID("a4f0b8a3-52e1-4c6d-9d1e-6f2b0c5d7e14")
DECIDED_AFTER = 12  # days until the bank decides a dispute
SECONDS = 60  # that the sandbox may take for a day


class Day:
    """What members and banks did at Stripe on one day. Nothing here may run inside a transaction but `book`."""

    def __init__(self, name: str):
        self.name = name
        self.sessions: dict[int, dict] = {}

    def pay(self, payments: list[tuple[int, dt.datetime, str, Decimal, str]]) -> None:
        """Payments by number, moment, e-mail, amount and country, in order: each opens a session and pays it."""
        if not payments:
            return
        start, steps = int(payments[0][1].timestamp()), []
        for place, (number, at, email, amount, country) in enumerate(payments, 1):
            when, top_up = f"+{int(at.timestamp()) - start}s", _public_id(number)
            steps.append(f"{when} open amount={amount:.2f} email={email} top_up={top_up}")
            steps.append(f"{when} pay of={place} country={country}")
        made = self._play("pay", steps, start)
        for (number, *_), session in zip(payments, made["sessions"], strict=True):
            self.sessions[number] = stripe_api.call("checkout.sessions", "retrieve", session)

    def book(self, number: int, member: User, at: dt.datetime, bonus: Decimal) -> None:
        """One of them here: its top-up, and its credit. Fee, card and receipt follow by a job, as ever."""
        session = self.sessions[number]
        amount = Decimal(session["amount_subtotal"]) / 100
        fresh = {"amount": amount, "bonus": bonus, "form_key": _public_id(number)}
        times = {"created_at": at, "expires_at": at + CHECKOUT_LIFETIME}
        TopUp.objects.create(public_id=_public_id(number), member=member, **fresh, **times)
        fulfilment.apply_session(session, at)

    def refund(self, number: int, at: dt.datetime, amount: Decimal) -> None:
        """Money of a payment goes back at the member's wish."""
        step = f"+0 refund of=1 amount={amount:.2f} reason=requested_by_customer"
        made = self._play(f"refund {number}", [step], int(at.timestamp()), _session(number))
        refunds.sync_refunds(made["charges"][0])

    def dispute(self, number: int, at: dt.datetime, *, won: bool) -> None:
        """The member's bank takes a payment back; some days later it decides."""
        reason = "product_not_received" if won else "fraudulent"
        steps = [f"+0 dispute of=1 reason={reason}", "+2d review", f"+{DECIDED_AFTER}d {'win' if won else 'lose'}"]
        made = self._play(f"dispute {number}", steps, int(at.timestamp()), _session(number))
        disputes.sync_disputes(made["charges"][0])

    def pay_out(self, at: dt.datetime) -> None:
        """What is available at Stripe goes to the bank."""
        made = self._play("payout", ["+0 pay_out"], int(at.timestamp()))
        payouts.sync_payout(made["payouts"][0])

    def _play(self, what: str, steps: list[str], start: int, sessions=()) -> dict:
        return play(f"{self.name} {what}", steps, start, sessions)


def play(name: str, steps: list[str], start: int, sessions=()) -> dict:
    """Let the sandbox play a script in the past, once by its name; what it made. `sessions` are of earlier scripts."""
    answer = httpx.post(
        f"{settings.STRIPE_SANDBOX_URL}/_sandbox/history",
        json={"name": name, "steps": steps, "start": start, "sessions": list(sessions)},
        headers={"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"},
        timeout=SECONDS,
        trust_env=False,
    )
    if answer.is_error:
        raise RuntimeError(f"The sandbox refused “{name}”: {answer.text}")
    return answer.json()["made"]


def catch_up(since: dt.datetime) -> None:
    """Take in the events that Stripe still tells, and what its balance did: both were listed for later times before."""
    now = timezone.now()
    backfill.fetch_between(max(since, now - backfill.KEPT_BY_STRIPE), now)
    listing = balance.begin(since)
    while not listing.finished_at:
        balance.fetch_new()
        listing.refresh_from_db()


def note_low_balances(members) -> None:
    """Whoever ran low was told then: no mail goes out for what is long past."""
    mine = Transaction.objects.filter(member=OuterRef("pk"), kind__in=(Kind.TOP_UP, Kind.GRANT))
    last_in = Subquery(mine.order_by("-posted_at", "-id").values("id")[:1])
    last_at = Subquery(mine.order_by("-posted_at", "-id").values("happened_at")[:1])
    told = User.objects.filter(pk__in=members).annotate(last_in=last_in, last_at=last_at)
    rows = [LowBalanceNotice(member=user, after_transaction=user.last_in, sent_at=user.last_at) for user in told]
    changed = ["after_transaction", "sent_at"]
    LowBalanceNotice.objects.bulk_create(rows, update_conflicts=True, unique_fields=["member"], update_fields=changed)


def _session(number: int) -> list[str]:
    return [TopUp.objects.get(public_id=_public_id(number)).session_id]


def _public_id(number: int) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, str(number))
