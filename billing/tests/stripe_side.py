"""Stripe's side of a test, on a real sandbox: its webhook letters are held back and handed over one by one."""

import uuid

from django.conf import settings
from django.test import Client

from billing import stripe_api
from billing.models import StripeEvent
from jobs.models import Job, State
from jobs.registry import run_now

START = "/me/credit/top-ups/start/"
NOWHERE = "http://127.0.0.1:9/webhooks/stripe/"


class StripeSide:
    """The sandbox, this project's account there, and the letters that wait for our webhook."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.api = sandbox.client().v1

    def open(self) -> "StripeSide":
        """Register an endpoint whose letters nobody delivers but the test."""
        self.sandbox.pause()
        self.endpoint = self.api.webhook_endpoints.create(
            {"url": NOWHERE, "enabled_events": ["*"], "api_version": settings.STRIPE_API_VERSION}
        )
        return self

    def close(self) -> None:
        """Throw away what was not delivered, with its endpoint, and let the sandbox work normally again."""
        self.sandbox.heal()
        self.api.webhook_endpoints.delete(self.endpoint.id)
        self.sandbox.pause(False)

    def letters(self, *types: str) -> list[dict]:
        """What waits for our endpoint, oldest first; of the given types, or all."""
        waiting = [letter for letter in self.sandbox.waiting() if letter["url"] == NOWHERE]
        return [letter for letter in waiting if letter["type"] in types or not types]

    def lose(self, *types: str) -> None:
        """These never arrive."""
        for letter in self.letters(*types):
            self.sandbox.drop(letter["id"])

    def deliver(self, letters: list[dict] | None = None) -> None:
        """Hand letters to our webhook (all that wait, unless given) and do the work that follows."""
        letters = self.letters() if letters is None else letters
        for letter in letters:
            assert post(letter).status_code == 200
            self.sandbox.drop(letter["id"])
        work()

    def sessions_of(self, top_up) -> list:
        """The Checkout Sessions that exist at Stripe for this top-up."""
        newest = self.api.checkout.sessions.list({"limit": 100}).data
        payments = (session for session in newest if session.mode == "payment")
        return [session for session in payments if session.metadata["top_up"] == str(top_up.public_id)]

    def cash(self, *payment_intents: str):
        """Stripe's own books: net cents of the charges, fees and refunds of these payments."""
        total = 0
        for intent in payment_intents:
            charge = self.api.payment_intents.retrieve(intent, {"expand": ["latest_charge.balance_transaction"]})
            total += charge.latest_charge.balance_transaction.net
            refunds = self.api.refunds.list({"payment_intent": intent, "expand": ["data.balance_transaction"]})
            total += sum(refund.balance_transaction.net for refund in refunds.data if refund.balance_transaction)
        return total


def post(letter: dict, client: Client | None = None):
    """One letter, as Stripe would send it."""
    return (client or Client()).post(
        "/webhooks/stripe/",
        letter["body"].encode(),
        content_type="application/json",
        headers={"Stripe-Signature": letter["headers"]["Stripe-Signature"]},
    )


def work(rounds: int = 12) -> None:
    """Run jobs, due or not, until none is left; what fails for good stands in its row."""
    for _ in range(rounds):
        left = list(Job.objects.filter(state=State.NEW).order_by("run_at", "pk"))
        if not left:
            return
        for job in left:
            run_now(job)


def break_once(monkeypatch, name: str) -> None:
    """Stripe cannot answer the next call of `resource.method`, and repeats that for its key from then on."""
    answer, broken = stripe_api.call, []

    def call(resource, method, *asked):
        if f"{resource}.{method}" == name:
            key = asked[-1]["idempotency_key"]
            if not broken:
                broken.append(key)
            if key in broken:
                raise stripe_api.Broken("Stripe could not answer.")
        return answer(resource, method, *asked)

    monkeypatch.setattr(stripe_api, "call", call)


def event_states() -> set[str]:
    return set(StripeEvent.objects.values_list("state", flat=True))


def choose(amount: str = "20.00", **fields) -> dict:
    """The top-up form as the page sends it, with a new one-time key unless given."""
    return {"choice": amount, "other": "", "form_key": str(uuid.uuid4())} | fields


def session_id(response) -> str:
    """The Checkout Session to whose page a response redirects."""
    assert response.status_code == 302 and "/c/pay/" in response["Location"], (response.status_code, response.headers)
    return response["Location"].rpartition("/")[2]
