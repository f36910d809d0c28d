"""Things to pay."""


def make_session(api, amount=2000, **wishes):
    """An open Checkout session over some cents."""
    return api.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [
                {
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": amount,
                        "product_data": {"name": "Poem Vision credit"},
                    },
                    "quantity": 1,
                }
            ],
            "success_url": "http://localhost:1/done?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://localhost:1/back",
            **wishes,
        }
    )


def make_payment(sandbox, api, amount=2000, **wishes):
    """A paid session, expanded down to its balance transaction."""
    session = make_session(api, amount, **wishes)
    answer = sandbox.pay(session.id)
    assert answer.status_code == 302, answer.text
    return api.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction", "invoice", "customer"]}
    )


def types_about(api, payment_intent):
    """The types of the events about one payment, oldest first."""
    events = api.events.list({"limit": 100}).data[::-1]
    told = []
    for event in events:
        thing = event.data.object.to_dict()
        if payment_intent in (thing.get("id"), thing.get("payment_intent")):
            told.append(event.type)
    return told
