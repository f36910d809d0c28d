"""What a step of a script can do: a customer, a bank or the owner acts. Each verb is one line of a script.

`of` names which payment, refund, dispute, payout or customer of this script is meant, counted from 1; the newest is
meant when it is not said. Amounts are US dollars.
"""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from stripesandbox import cards, clock, customers, disputes, fraud_warnings, methods, payments, payouts, records
from stripesandbox import refunds as giving_back
from stripesandbox import sessions as checkout
from stripesandbox.errors import StripeError
from stripesandbox.events import Cause
from stripesandbox.models import Record

TOP_UP = "00000000-0000-4000-8000-{:012}"  # metadata.top_up of the script's first, second, … payment
SHOP = "http://localhost:8000/me/credit/top-ups/{}/"
LASTS = 3600  # seconds that a session of a script can be paid


@dataclass
class Play:
    """The ids that a script has made so far."""

    sessions: list[str] = field(default_factory=list)
    refunds: list[str] = field(default_factory=list)
    disputes: list[str] = field(default_factory=list)
    payouts: list[str] = field(default_factory=list)
    cause: Cause = field(default_factory=Cause)

    def made(self) -> dict:
        """What goes back to whoever ran the script."""
        found = [records.get("checkout.session", id) for id in self.sessions]
        intents = [records.find(session["payment_intent"]) for session in found]
        return {
            "sessions": self.sessions,
            "payment_intents": [intent and intent.id for intent in intents],
            "charges": [intent and intent["latest_charge"] for intent in intents],
            "customers": list(dict.fromkeys(session["customer"] for session in found if session["customer"])),
            "refunds": self.refunds,
            "disputes": self.disputes,
            "payouts": self.payouts,
        }

    def session(self, of) -> Record:
        return records.get("checkout.session", _chosen(self.sessions, of, "payment"))

    def intent(self, of) -> Record:
        return records.get("payment_intent", self.session(of)["payment_intent"] or "")

    def charge(self, of) -> Record:
        return records.get("charge", self.intent(of)["latest_charge"] or "")

    def refund(self, of) -> Record:
        return records.get("refund", _chosen(self.refunds, of, "refund"))

    def dispute(self, of) -> Record:
        return records.get("dispute", _chosen(self.disputes, of, "dispute"))

    def payout(self, of) -> Record:
        return records.get("payout", _chosen(self.payouts, of, "payout"))

    def customer(self, of) -> str:
        return _chosen(self.made()["customers"], of, "customer")


def _chosen(ids: list[str], of, noun: str) -> str:
    place = _number(of) - 1 if of else len(ids) - 1
    if not 0 <= place < len(ids):
        raise StripeError(f"The script has made {len(ids)} {noun}s so far: there is no {noun} {of or 1}.")
    return ids[place]


def _number(text) -> int:
    if not str(text).isdecimal():
        raise StripeError(f"{text!r} is no number.")
    return int(text)


def cents(dollars) -> int | None:
    """ "12.34" → 1234; nothing stays nothing."""
    if dollars is None:
        return None
    try:
        return int(Decimal(str(dollars)) * 100)
    except (InvalidOperation, OverflowError, ValueError):
        raise StripeError(f"{dollars!r} is no amount.") from None


# Payments


def open_session(play, *, amount="20.00", email="buyer@example.com", customer=None, invoice="no", top_up=None):
    """open amount=20.00: a Checkout session like those of the project. customer=1 is a customer of this script."""
    number = len(play.sessions) + 1
    facts = {"top_up": top_up or TOP_UP.format(number)}
    who = (
        {"customer": play.customer(customer)} if customer else {"customer_creation": "always", "customer_email": email}
    )
    data = {"currency": "usd", "unit_amount": cents(amount), "product_data": {"name": "Poem Vision AI credit"}}
    made = checkout.create(
        play.cause,
        {
            "mode": "payment",
            "currency": "usd",
            "adaptive_pricing": {"enabled": False},
            "invoice_creation": {"enabled": invoice == "yes"},
            "line_items": [{"quantity": 1, "price_data": data}],
            "client_reference_id": "1",
            "metadata": facts,
            "payment_intent_data": {"metadata": facts, "description": "Poem Vision AI credit"},
            "success_url": f"{SHOP.format(number)}?paid=1",
            "cancel_url": f"{SHOP.format(number)}?left=1",
            "expires_at": int(clock.seconds()) + LASTS,
            **who,
        },
    )
    play.sessions.append(made["id"])
    return made["id"]


def pay(play, *, card="pay", by="card", session=None, of=None, **wishes):
    """pay amount=20.00 card=decline: open a session and pay it; of=1 or session=cs_… pays one that is open."""
    if session:
        play.sessions.append(records.get("checkout.session", session).id)
    elif not of:
        open_session(play, **wishes)
    found = play.session(of)
    email = found["customer_email"] or (found["customer_details"] or {}).get("email") or "buyer@example.com"
    method = {"card": methods.CARD, "bank": methods.BANK}.get(by, by)
    number = cards.NUMBERS.get(card, card)
    payer = methods.Payer(email=email, name="Test Buyer", method=method, number=number)
    payments.attempt(play.cause, found, payer)
    return found["payment_intent"]


def answer(approved: bool):
    """approve · refuse: the customer's bank has asked for 3-D Secure."""

    def verb(play, *, of=None):
        payments.answer_challenge(play.cause, play.session(of), approved=approved)
        return play.session(of)["payment_intent"]

    return verb


def settle(succeed: bool):
    """settle · bounce: a bank debit arrives or does not."""

    def verb(play, *, of=None):
        payments.settle(play.cause, play.intent(of), succeed=succeed)
        return play.intent(of).id

    return verb


def expire(play, *, of=None):
    """expire: nobody can pay the session any more."""
    return checkout.expire(play.cause, {}, play.session(of).id)["id"]


# Refunds


def refund(play, *, amount=None, reason=None, of=None):
    """refund amount=5.00: of a payment; without an amount all that is left."""
    play.refunds.append(giving_back.add(play.cause, play.charge(of), cents(amount), reason=reason).id)
    return play.refunds[-1]


def fail_refund(play, *, of=None, reason="lost_or_stolen_card"):
    """fail_refund: the bank sends it back, even after it had succeeded."""
    giving_back.fail(play.cause, play.refund(of), reason)
    return play.refund(of).id


def with_refund(act):
    """complete_refund, ask_customer, cancel_refund."""

    def verb(play, *, of=None):
        act(play.cause, play.refund(of))
        return play.refund(of).id

    return verb


# Disputes


def dispute(status: str):
    """dispute · inquiry · prevent amount=5.00 reason=fraudulent."""

    def verb(play, *, amount=None, reason="fraudulent", of=None):
        made = disputes.open(play.cause, play.charge(of), status=status, reason=reason, amount=cents(amount))
        play.disputes.append(made.id)
        return made.id

    return verb


def step(name: str):
    """review, win, lose, close_inquiry, escalate, appeal."""

    def verb(play, *, of=None, fee_back="no"):
        return disputes.step(play.cause, play.dispute(of), name, fee_back=fee_back == "yes").id

    return verb


def warn(play, *, type=fraud_warnings.FRAUD_TYPES[0], of=None):
    """warn: an early fraud warning."""
    return fraud_warnings.add(play.cause, play.charge(of), type).id


# Payouts and customers


def pay_out(play, *, amount=None):
    """pay_out amount=10.00: by hand; without an amount Stripe's own payout of all that is available."""
    play.payouts.append(payouts.add(play.cause, cents(amount)).id)
    return play.payouts[-1]


def with_payout(act):
    """pay_payout, fail_payout."""

    def verb(play, *, of=None):
        act(play.cause, play.payout(of))
        return play.payout(of).id

    return verb


def change_customer(play, *, of=None, **fields):
    """change_customer email=new@example.com name=New"""
    return customers.update(play.cause, fields, play.customer(of))["id"]


def delete_customer(play, *, of=None):
    """delete_customer"""
    return customers.delete(play.cause, {}, play.customer(of))["id"]


def wait(play):
    """wait: only time passes."""


VERBS = {
    "open": open_session,
    "pay": pay,
    "approve": answer(True),
    "refuse": answer(False),
    "settle": settle(True),
    "bounce": settle(False),
    "expire": expire,
    "refund": refund,
    "fail_refund": fail_refund,
    "complete_refund": with_refund(giving_back.complete),
    "ask_customer": with_refund(giving_back.ask_customer),
    "cancel_refund": with_refund(giving_back.cancel_record),
    "dispute": dispute(disputes.CHARGEBACK),
    "inquiry": dispute(disputes.WARNING),
    "prevent": dispute(disputes.PREVENTED),
    "review": step("review"),
    "win": step("win"),
    "lose": step("lose"),
    "close_inquiry": step("close_warning"),
    "escalate": step("escalate"),
    "appeal": step("appeal"),
    "warn": warn,
    "pay_out": pay_out,
    "pay_payout": with_payout(payouts.pay),
    "fail_payout": with_payout(payouts.fail),
    "change_customer": change_customer,
    "delete_customer": delete_customer,
    "wait": wait,
}
