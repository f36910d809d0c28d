"""A storm of webhook calls: duplicates, late and forged ones, callers that hang up; Redis forgets, a worker dies."""

import json
import random
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal

import httpx

from accounts.models import User
from billing.models import StripeEvent, TopUp
from billing.tests.make import make_event, make_session, make_top_up, signature
from ledger.models import Transaction
from tests.faults.invariants import invariants
from tests.faults.stack import SECRET, kill_group
from tests.waiting import wait_until

PATH = "/webhooks/stripe/"
PAID = ("checkout.session.completed", "checkout.session.async_payment_succeeded")
MEMBERS = 20


@dataclass
class Storm:
    """`rate` calls a second for `seconds`, half of them new payments: `prepare`, `blow`, `healed`, then `faults`."""

    stack: object
    rate: int
    seconds: int
    chance: random.Random
    statuses: Counter = field(default_factory=Counter)
    behind: float = 0.0  # seconds that the call was late which was the latest
    took: float = 0.0

    def prepare(self) -> "Storm":
        """Who pays, and what is sent when."""
        members = [User.objects.create_user(f"storm{number}@poemvision.example", None) for number in range(MEMBERS)]
        total = self.rate * self.seconds
        count = total * 55 // 100
        self.top_ups = [
            make_top_up(members[number % MEMBERS], Decimal(500 + number) / 100, "1") for number in range(count)
        ]
        self.events = [make_event(PAID[0], make_session(top_up)) for top_up in self.top_ups]
        self.calls = [(due, event, "") for due, event in zip(self._dues(count), self.events, strict=True)]
        for due, event, _ in self.chance.sample(self.calls, count // 8):  # the caller hangs up, and comes back later
            self.calls.append((due, event, "hang up"))
            self.calls.remove((due, event, ""))
            self.calls.append((min(self.seconds, due + self.chance.uniform(0.5, 4)), event, ""))
        more = total - len(self.calls)
        for number, due in enumerate(self._dues(more)):
            _, event, _ = self.chance.choice(self.calls)
            again = make_event(PAID[1], event["data"]["object"]) if number % 3 == 1 else event
            self.calls.append((due, again, "forged" if number % 9 == 0 else ""))
        self.calls.sort(key=lambda call: call[0])
        return self

    def _dues(self, count: int) -> list[float]:
        return [self.chance.uniform(0, self.seconds) for _ in range(count)]

    def blow(self, worker) -> None:
        """Redis forgets after a third of it, `worker` is killed with its children after the half."""
        troubles = [(self.seconds / 3, lambda: self.stack.redis.say("FLUSHALL"))]
        troubles += [(self.seconds / 2, lambda: kill_group(worker))]
        began, under_way = time.monotonic(), []
        with ThreadPoolExecutor(16) as pool, httpx.Client(timeout=30, trust_env=False, verify=False) as web:  # noqa: S501
            for due, event, how in self.calls:
                wait = began + due - time.monotonic()
                time.sleep(max(0.0, wait))
                self.behind = max(self.behind, -wait)
                while troubles and due >= troubles[0][0]:
                    troubles.pop(0)[1]()
                under_way.append(pool.submit(self._call, web, event, how))
            for call in under_way:
                call.result()
        self.ended = time.monotonic()
        self.took = self.ended - began

    def _call(self, web, event, how) -> None:
        body = json.dumps(event).encode()
        signed = signature(body, "whsec_guess" if how == "forged" else SECRET)
        if how == "hang up":
            self._hang_up(body, signed)
            return
        headers = {"Content-Type": "application/json", "Stripe-Signature": signed}
        for _ in range(10):  # as Stripe does: again, until it was taken
            status = self._post(web, body, headers)
            self.statuses[how, status] += 1
            if status in (200, 400):
                return
            time.sleep(0.3)

    def _post(self, web, body: bytes, headers: dict) -> int:
        """The status; 0 without an answer, as when the server closes an idle connection just then."""
        try:
            return web.post(f"{self.stack.url}{PATH}", content=body, headers=headers).status_code
        except httpx.HTTPError:
            return 0

    def _hang_up(self, body: bytes, signed: str) -> None:
        head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += f"Stripe-Signature: {signed}\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.stack.port), timeout=20) as line:
            line.sendall(head.encode() + body)
        self.statuses["hang up", 0] += 1

    def healed(self, within: float) -> float:
        """Seconds from the last call until every payment is credited."""
        ids = [top_up.pk for top_up in self.top_ups]
        unpaid = TopUp.objects.filter(pk__in=ids).exclude(status="paid")
        unsettled = StripeEvent.objects.filter(state__in=StripeEvent.OPEN)
        wait_until(lambda: not unpaid.exists() and not unsettled.exists(), within, "every payment is credited")
        return time.monotonic() - self.ended

    def faults(self) -> list[str]:
        """What went wrong: nothing."""
        found = invariants()
        booked = Transaction.objects.filter(external_id__in=[top_up.external_id for top_up in self.top_ups])
        if booked.count() != len(self.top_ups):
            found.append(f"{booked.count()} credits for {len(self.top_ups)} payments")
        wrong = set(self.statuses) - {("", 200), ("", 0), ("forged", 400), ("forged", 0), ("hang up", 0)}
        if sum(self.statuses.values()) < len(self.calls):
            found.append(f"{len(self.calls)} calls, {sum(self.statuses.values())} answers")
        return found + [f"A call ({how or 'signed'}) was answered {status}" for how, status in wrong]
