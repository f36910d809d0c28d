"""What a step of a script can do: a customer, a bank or the owner acts. Each verb is one line of a script.

`of` names which payment, refund, dispute, payout or customer of this script is meant, counted from 1; the newest is
meant when it is not said. Amounts are US dollars.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from stripesandbox import cards, clock, customers, disputes, fraud_warnings, methods, payments, payouts, records
from stripesandbox import refunds as giving_back
from stripesandbox import saved_verbs as saved
from stripesandbox import sessions as checkout
from stripesandbox import subscription_verbs as premium
from stripesandbox.plays import cents

SHOP = "http://localhost:8000/me/credit/top-ups/{}/"
LASTS = 3600  # seconds that a session of a script can be paid


# Payments


def open_session(play, *, amount="20.00", email="buyer@example.com", customer=None, invoice="no", top_up=None):
    """open amount=20.00: a Checkout session like those of the project. customer=1 is a customer of this script."""
    number = len(play.sessions) + 1
    facts = {"top_up": top_up or play.next_top_up()}
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


def pay(
    play,
    *,
    card="pay",
    by="card",
    session=None,
    of=None,
    amount="20.00",
    email="buyer@example.com",
    customer=None,
    country="US",
):
    """pay amount=20.00 card=decline: open a session and pay it; of=1 or session=cs_… pays one that is open."""
    if session:
        play.sessions.append(records.get("checkout.session", session).id)
    elif not of:
        open_session(play, amount=amount, email=email, customer=customer)
    found = play.session(of)
    email = found["customer_email"] or (found["customer_details"] or {}).get("email") or "buyer@example.com"
    method = {"card": methods.CARD, "bank": methods.BANK}.get(by, by)
    number = cards.NUMBERS.get(card, card)
    payer = methods.Payer(email=email, name="Test Buyer", method=method, number=number, country=country)
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
    """dispute · inquiry · prevent · resolve amount=5.00 reason=fraudulent."""

    def verb(play, *, amount=None, reason="fraudulent", of=None):
        made = disputes.open(play.cause, play.charge(of), status=status, reason=reason, amount=cents(amount))
        play.disputes.append(made.id)
        return made.id

    return verb


def step(name: str):
    """review, lose, close_inquiry, escalate, appeal."""

    def verb(play, *, of=None):
        return disputes.step(play.cause, play.dispute(of), name).id

    return verb


def win(play, *, fee_back="no", of=None):
    """win: what was withdrawn comes back, without the fee unless fee_back=yes."""
    return disputes.step(play.cause, play.dispute(of), "win", fee_back=fee_back == "yes").id


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


def change_customer(play, *, email=None, name=None, of=None):
    """change_customer email=new@example.com name=New"""
    fields = {"email": email, "name": name}
    return customers.update(play.cause, {key: value for key, value in fields.items() if value}, play.customer(of))["id"]


def delete_customer(play, *, of=None):
    """delete_customer"""
    return customers.delete(play.cause, {}, play.customer(of))["id"]


def wait(play):
    """wait: only time passes."""


@dataclass(frozen=True)
class Verb:
    """A word of a script: what it does, and in words."""

    act: Callable
    says: str

    @property
    def options(self) -> str:
        """amount= reason= of="""
        return " ".join(f"{name}=" for name in list(inspect.signature(self.act).parameters)[1:])


VERBS = {
    "open": Verb(open_session, "A Checkout session is made"),
    "pay": Verb(pay, "A session is made and paid, by=card or by=bank; of= and session= pay one that is open"),
    "approve": Verb(answer(True), "The customer passes 3-D Secure"),
    "refuse": Verb(answer(False), "The customer fails 3-D Secure"),
    "settle": Verb(settle(True), "The bank debit arrives"),
    "bounce": Verb(settle(False), "The bank debit bounces"),
    "expire": Verb(expire, "The session is ended"),
    "refund": Verb(refund, "Money is given back, all that is left without an amount"),
    "fail_refund": Verb(fail_refund, "The bank sends the refund back"),
    "complete_refund": Verb(with_refund(giving_back.complete), "The pending refund arrives"),
    "ask_customer": Verb(with_refund(giving_back.ask_customer), "The pending refund needs the customer"),
    "cancel_refund": Verb(with_refund(giving_back.cancel_record), "The pending refund is called back"),
    "dispute": Verb(dispute(disputes.CHARGEBACK), "The bank takes the money and a fee"),
    "inquiry": Verb(dispute(disputes.WARNING), "The bank asks, and takes nothing"),
    "prevent": Verb(dispute(disputes.PREVENTED), "The bank refunds before a dispute exists, without a fee"),
    "resolve": Verb(dispute(disputes.RESOLVED), "The bank resolves it at once (Visa RDR): lost, without a fee"),
    "review": Verb(step("review"), "Evidence is sent"),
    "win": Verb(win, "The dispute is won; fee_back=yes returns the fee too"),
    "lose": Verb(step("lose"), "The dispute is lost"),
    "close_inquiry": Verb(step("close_warning"), "Nothing comes of the inquiry"),
    "escalate": Verb(step("escalate"), "The inquiry becomes a dispute"),
    "appeal": Verb(step("appeal"), "A lost dispute goes on"),
    "warn": Verb(warn, "An early fraud warning"),
    "pay_out": Verb(pay_out, "A payout, Stripe’s own without an amount"),
    "pay_payout": Verb(with_payout(payouts.pay), "The payout arrives"),
    "fail_payout": Verb(with_payout(payouts.fail), "The bank sends the payout back"),
    "change_customer": Verb(change_customer, "The customer has another address"),
    "delete_customer": Verb(delete_customer, "The customer is deleted"),
    "subscribe": Verb(premium.subscribe, "A subscription is begun, and paid"),
    "fail_next": Verb(premium.fail_next, "The bank will refuse its next attempt"),
    "switch": Verb(premium.through_portal("switch"), "Its customer takes another price"),
    "leave": Verb(premium.through_portal("cancel"), "It will end with its period"),
    "stay": Verb(premium.through_portal("resume"), "It goes on after all"),
    "end": Verb(premium.end, "It ends now"),
    "save_card": Verb(saved.save_card, "A card is saved for later, and nothing paid"),
    "charge_card": Verb(saved.charge_card, "A saved card is charged while nobody is there"),
    "replace_card": Verb(saved.replace_card, "Its bank sends a new card"),
    "expire_card": Verb(saved.expire_card, "Its month is over"),
    "detach_card": Verb(saved.detach_card, "It is taken off its customer"),
    "wait": Verb(wait, "Time passes"),
}
