"""Steps of a script about subscriptions: one begins, renewals fail, a customer changes plan, goes, or stays after all.

Renewals and retries need no step: they happen by themselves while the script’s time passes.
"""

from stripesandbox import cards, methods, payments, portal, records, subscriptions
from stripesandbox import sessions as checkout

SETTLED = ("invoice.paid", "invoice.payment_failed", "invoice.marked_uncollectible", "charge.failed")
TOLD = ("customer.subscription.", *SETTLED)  # what comes before is known by then
PAGE = "http://localhost:8000/me/membership/"


def subscribe(play, *, price, email="buyer@example.com", customer=None, enrolment="", card="pay", country="US"):
    """subscribe price=price_… : a Checkout session for a subscription is made and paid. customer=1 comes back."""
    named = {"enrolment": enrolment} if enrolment else {}
    who = {"customer": play.customer(customer)} if customer else {"customer_email": email}
    made = checkout.create(
        play.cause,
        {
            "mode": "subscription",
            "adaptive_pricing": {"enabled": False},
            "line_items": [{"price": price, "quantity": 1}],
            "client_reference_id": "1",
            "metadata": named,
            "subscription_data": {"metadata": named},
            "success_url": f"{PAGE}?paid=1",
            "cancel_url": f"{PAGE}?left=1",
            **who,
        },
    )
    session = records.get("checkout.session", made["id"])
    number = cards.NUMBERS.get(card, card)
    payments.attempt(play.cause, session, methods.Payer(email=email, name="Buyer", number=number, country=country))
    session.refresh_from_db()
    play.sessions.append(session.id)
    play.subscriptions.append(session["subscription"])
    return session["subscription"]


def fail_next(play, *, of=None, times="1"):
    """fail_next times=4: the bank refuses the next attempts to take the money."""
    found = play.subscription(of)
    found.private["next_fails"] = int(times) if times.isdecimal() else 1
    found.save(update_fields=["private"])
    return found.id


def through_portal(verb: str):
    """switch price=price_…, leave, stay: what customers do themselves."""

    def act(play, *, of=None, price=""):
        portal.act(verb, play.subscription(of), price)
        return play.subscription(of).id

    return act


def end(play, *, of=None):
    """end: now, by the owner; nothing is given back by itself."""
    subscriptions.cancel(play.cause, {}, play.subscription(of).id)
    return play.subscription(of).id


def timers_of(play) -> list[str]:
    """What of a script moves on by itself: its subscriptions and their invoices."""
    found = records.of("invoice").filter(seq__gt=play.since, private__subscription__in=play.subscriptions)
    return [*play.subscriptions, *found.values_list("id", flat=True)] if play.subscriptions else []


def told_of(play) -> list[dict]:
    """The events about its subscriptions, as Stripe would have told them."""
    customers = {records.get("subscription", id)["customer"] for id in play.subscriptions}
    events = records.of("event").filter(seq__gt=play.since) if customers else ()
    return [
        {"type": event["type"], "created": event["created"], "object": event["data"]["object"]}
        for event in sorted(events, key=lambda event: event.seq)
        if event["type"].startswith(TOLD) and event["data"]["object"]["customer"] in customers
    ]
