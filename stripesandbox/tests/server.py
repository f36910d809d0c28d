"""A real sandbox for tests: its own process, a free port, a temporary database; paid over HTTP as a browser would.

The fixture `sandbox` is at hand for every test.
"""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from stripesandbox.cards import NUMBERS

ROOT = Path(__file__).resolve().parents[2]
TLS = ssl.create_default_context()  # made once: it costs more than a whole payment
API_KEY = "sk_test_sandbox_tests"
WEBHOOK_SECRET = "whsec_sandbox_tests"


@dataclass
class Sandbox:
    """A running sandbox and what a customer or the owner would do on its pages."""

    port: int
    folder: Path
    webhook_url: str = ""
    environment: dict = field(default_factory=dict)
    process: subprocess.Popen | None = None

    api_key = API_KEY
    webhook_secret = WEBHOOK_SECRET

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    # The process

    def start(self) -> "Sandbox":
        """Start it and wait until it answers."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
        environment = {
            **kept,
            "SANDBOX_DB": str(self.folder / "sandbox.sqlite3"),
            "SANDBOX_PORT": str(self.port),
            "SANDBOX_URL": self.url,
            "SANDBOX_API_KEY": API_KEY,
            "SANDBOX_WEBHOOK_URL": self.webhook_url,
            "SANDBOX_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "SANDBOX_RETRY_SECONDS": "0.3,0.6",
            "SANDBOX_WEBHOOK_TIMEOUT": "3",
            **self.environment,
        }
        log = (self.folder / "sandbox.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stripesandbox"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        log.close()
        self._wait_until_up()
        return self

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"The sandbox ended:\n{self.log()}")
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise RuntimeError(f"The sandbox does not answer:\n{self.log()}")

    def stop(self) -> None:
        """Ask it to end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a power cut would, the worker included."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in [self.process.pid, *map(int, children)]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait(10)

    def _end(self, how) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def log(self) -> str:
        return (self.folder / "sandbox.log").read_text()

    # stripe-python

    def client(self, **options):
        """stripe-python, with nothing but the address changed."""
        import stripe

        return stripe.StripeClient(API_KEY, base_addresses={"api": self.url}, **options)

    # What a customer does

    def pay(self, session_id: str, card: str = "pay", email: str = "buyer@example.com", **typed) -> httpx.Response:
        """Fill in the Checkout page and press Pay; the answer is the redirect (303/302) or the page that refuses."""
        form = {"email": email, "method": "card", "number": NUMBERS.get(card, card), "expiry": "12 / 34", "cvc": "123"}
        return self.submit(f"/c/pay/{session_id}", {**form, "name": "Test Buyer", **typed})

    def decline(self, session_id: str) -> httpx.Response:
        """Try with a card that is declined."""
        return self.pay(session_id, "decline")

    def pay_by_bank(self, session_id: str, settle: str = "hold", after: float = 0) -> httpx.Response:
        """A delayed payment: settle is hold (settle it with `settle`), succeed or fail after some seconds."""
        return self.pay(session_id, method="us_bank_account", settle=settle, settle_after=str(after))

    def answer_challenge(self, session_id: str, approve: bool = True) -> httpx.Response:
        """3-D Secure, after paying with the card "challenge"."""
        return self.submit(f"/c/pay/{session_id}/authenticate", {"answer": "approve" if approve else "fail"})

    def save_card(self, session_id: str, card: str = "pay", email: str = "buyer@example.com") -> httpx.Response:
        """Save a card on the page of a session in setup mode; a bank that asks is answered."""
        answer = self.pay(session_id, card, email)
        asked = answer.headers.get("location", "").endswith("/authenticate")
        return self.answer_challenge(session_id) if asked else answer

    # What the owner does on the Dashboard

    def refund(self, payment_intent: str, amount: int | None = None, reason: str = "") -> httpx.Response:
        """Refund from the Dashboard; cents, or None for all that is left."""
        typed = {"amount": "" if amount is None else f"{amount / 100:.2f}", "reason": reason}
        return self.submit(f"/payments/{payment_intent}/refund", typed)

    def settle(self, payment_intent: str, succeed: bool = True) -> httpx.Response:
        """Let a bank debit arrive or bounce."""
        verb = "settle" if succeed else "bounce"
        return self.submit(f"/payments/{payment_intent}/{verb}", {})

    def expire(self, session_id: str) -> httpx.Response:
        """Expire an open session from the Dashboard."""
        return self.submit(f"/sessions/{session_id}/expire", {})

    def fail_refund(self, refund_id: str) -> httpx.Response:
        """The customer's bank sends a refund back, even one that had succeeded."""
        return self.submit(f"/refunds/{refund_id}/fail", {})

    def complete_refund(self, refund_id: str) -> httpx.Response:
        """A pending refund arrives."""
        return self.submit(f"/refunds/{refund_id}/complete", {})

    def ask_customer(self, refund_id: str) -> httpx.Response:
        """A pending refund turns to requires_action: the bank needs the customer."""
        return self.submit(f"/refunds/{refund_id}/ask", {})

    def cancel_refund(self, refund_id: str) -> httpx.Response:
        """Call a refund back that has not arrived."""
        return self.submit(f"/refunds/{refund_id}/cancel", {})

    def change_customer(self, customer_id: str, **typed) -> httpx.Response:
        """Change email or name on the Dashboard; what is not given is emptied, as by the form."""
        return self.submit(f"/customers/{customer_id}", typed)

    def delete_customer(self, customer_id: str) -> httpx.Response:
        """Delete a customer on the Dashboard."""
        return self.submit(f"/customers/{customer_id}/delete", {})

    def step_card(self, payment_method: str, verb: str) -> httpx.Response:
        """replace (the bank sends a new card, which Stripe tells), expire, detach."""
        return self.submit(f"/cards/{payment_method}/{verb}", {})

    def pay_out(self, amount: int | None = None) -> httpx.Response:
        """Send money to the bank: cents by hand, or None for Stripe's own payout of all that is available."""
        return self.submit("/payouts/add", {"amount": "" if amount is None else f"{amount / 100:.2f}"})

    def pay_payout(self, payout_id: str) -> httpx.Response:
        """A payout arrives."""
        return self.submit(f"/payouts/{payout_id}/pay", {})

    def fail_payout(self, payout_id: str) -> httpx.Response:
        """The bank sends a payout back, even one that was paid."""
        return self.submit(f"/payouts/{payout_id}/fail", {})

    def roll_secret(self, endpoint_id: str) -> str:
        """A second secret signs beside the old one for 24 hours; answers the new one."""
        self.submit(f"/webhooks/{endpoint_id}/roll", {})
        page = httpx.get(f"{self.url}/webhooks", timeout=20, trust_env=False, verify=TLS).text
        return re.search(rf"<code>(whsec_\w+)</code>(?:(?!<code>).)*?/webhooks/{endpoint_id}/roll", page, re.S)[1]

    # What the customer's bank does

    def dispute(
        self, payment_intent: str, *, reason="fraudulent", amount: int | None = None, status="needs_response"
    ) -> str:
        """Open a dispute and answer its id. status: needs_response (money goes at once), warning_needs_response (none
        moves) or prevented (money goes without a fee, and it is closed)."""
        typed = {"reason": reason, "amount": "" if amount is None else f"{amount / 100:.2f}", "status": status}
        answer = self.submit(f"/payments/{payment_intent}/dispute", typed)
        assert answer.status_code == 302, answer.text
        return self.client().v1.disputes.list({"payment_intent": payment_intent, "limit": 1}).data[0].id

    def step_dispute(self, dispute_id: str, verb: str, *, fee_back: bool = False) -> httpx.Response:
        """review, win, lose, close_warning, escalate or appeal; `fee_back` returns the fee of a won one."""
        return self.submit(f"/disputes/{dispute_id}/{verb}", {"fee_back": "yes" if fee_back else ""})

    def warn_of_fraud(self, payment_intent: str, fraud_type: str = "made_with_stolen_card") -> httpx.Response:
        """An early fraud warning."""
        return self.submit(f"/payments/{payment_intent}/warn", {"fraud_type": fraud_type})

    def submit(self, path: str, typed: dict) -> httpx.Response:
        """Any form of any page, with its token."""
        with httpx.Client(base_url=self.url, timeout=20, trust_env=False, verify=TLS) as browser:
            any_form = browser.get("/webhooks").text
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', any_form)
            return browser.post(path, data={**typed, "csrfmiddlewaretoken": token[1]})

    # The knobs

    def pause(self, paused: bool = True) -> list[dict]:
        """Hold deliveries back (or let them go); answers what waits: id, event, type, url, headers, body."""
        return self.control("deliveries", {"paused": paused})["deliveries"]

    def waiting(self) -> list[dict]:
        """What would be delivered now, signed now."""
        return self.control("deliveries")["deliveries"]

    def deliver(self, delivery_id: int) -> dict:
        """Deliver one now, paused or not; answers the attempt."""
        return self.control(f"deliveries/{delivery_id}/send", {})

    def drop(self, delivery_id: int) -> dict:
        """Lose one delivery for good."""
        return self.control(f"deliveries/{delivery_id}/drop", {})

    def fault(self, **ordered) -> dict:
        """Trouble of the API from now on: seconds, status, reset or silent; when ("before"/"after" the work), path
        ("checkout/sessions"), method and times say to which calls and how often. Several may be on at once."""
        return self.control("fault", ordered)

    def mishap(self, kind: str, **ordered) -> dict:
        """Events meet trouble: kind is duplicate, reorder, delay, drop, livemode, api_version, forged or stale; types
        (a prefix), times and seconds say to which, how often and how late."""
        return self.control("mishap", {"kind": kind, **ordered})

    def heal(self) -> None:
        """All is well again; what was lost stays lost."""
        self.control("fault", method="DELETE")
        self.control("mishap", method="DELETE")

    def forward(self, **span) -> float:
        """Move the clock: forward(days=3, hours=1). What falls due on the way has happened when this returns."""
        return self.control("clock", {"by": timedelta(**span).total_seconds()})["now"]

    def clock_to(self, moment: float | None = None) -> float:
        """Set the clock to a moment in unix seconds, or back to real time."""
        return self.control("clock", {"to": moment} if moment else None, method=None if moment else "DELETE")["now"]

    def emit(self, type: str, object: dict | None = None, id: str | None = None, changes: dict | None = None) -> dict:
        """An event of any type; `changes` overwrite fields of the event itself (livemode, api_version)."""
        told = {"type": type, "object": object or {}, "id": id, "changes": changes or {}}
        return self.control("events", told)

    def play(self, *steps: str, start: float | None = None) -> dict:
        """Play a script: play("+0 pay amount=20.00", "+2d dispute", "+9d win"); answers what it made."""
        return self.control("script", {"steps": list(steps), "start": start})

    def stream(self, payment_intent: str = "", *, after: str = "") -> list[dict]:
        """Every raw event about a payment, or of all, oldest first."""
        wanted = {"payment_intent": payment_intent, "after": after}
        query = "&".join(f"{name}={value}" for name, value in wanted.items() if value)
        return self.control(f"stream?{query}")["events"]

    def pay_out_daily(self, daily: bool = True) -> None:
        """Stripe's own payout of all that is available at each midnight, or never."""
        self.control("payouts", {"interval": "daily" if daily else "manual"})

    def forget(self) -> None:
        """An account on which nothing has happened yet, in real time; webhook endpoints stay."""
        self.control("everything", method="DELETE")

    def settle_deliveries(self, timeout: float = 60) -> None:
        """Wait until nothing is to be delivered any more."""
        deadline = time.monotonic() + timeout
        while self.control("health")["waiting"]:
            if time.monotonic() > deadline:
                raise TimeoutError("Deliveries are still waiting.")
            time.sleep(0.05)

    def control(self, path: str, told: dict | None = None, method: str | None = None) -> dict:
        """One of the knobs under /_sandbox/."""
        answer = httpx.request(
            method or ("GET" if told is None else "POST"),
            f"{self.url}/_sandbox/{path}",
            content=None if told is None else json.dumps(told),
            headers={"Authorization": f"Bearer {API_KEY}"},
            timeout=20,
            trust_env=False,
            verify=TLS,
        )
        try:
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            error.add_note(answer.text)
            raise
        return answer.json()


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory):
    """A sandbox without a webhook endpoint (add one through `sandbox.client()`), for all tests of a worker."""
    running = Sandbox(free_port(), tmp_path_factory.mktemp("sandbox"))
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def sandbox(running_sandbox):
    """The same, where nothing has happened yet; what the test does is forgotten."""
    running_sandbox.forget()
    yield running_sandbox
    running_sandbox.forget()
