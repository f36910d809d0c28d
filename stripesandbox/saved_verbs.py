"""Steps of a script about saved cards: one is saved, charged while nobody is there, replaced, expired, taken off."""

from stripesandbox import cards, clock, methods, off_session, records, setups
from stripesandbox import saved_cards as keeping
from stripesandbox import sessions as checkout
from stripesandbox.errors import Refused, StripeError
from stripesandbox.plays import cents

PAGE = "http://localhost:8000/me/credit/auto/"
LASTS = 3600


def save_card(play, *, card="pay", email="buyer@example.com", customer=None, setup=""):
    """save_card card=fails_later: a Checkout session in setup mode, done; customer=1 comes back. Nothing is paid."""
    named = {"card_setup": setup} if setup else {}
    who = (
        {"customer": play.customer(customer)} if customer else {"customer_creation": "always", "customer_email": email}
    )
    made = checkout.create(
        play.cause,
        {
            "mode": "setup",
            "currency": "usd",
            "client_reference_id": "1",
            "metadata": named,
            "setup_intent_data": {"metadata": named, "description": "Card for auto top-up"},
            "success_url": f"{PAGE}?saved=1",
            "cancel_url": PAGE,
            "expires_at": int(clock.seconds()) + LASTS,
            **who,
        },
    )
    session = records.get("checkout.session", made["id"])
    payer = methods.Payer(email=email, name="Test Buyer", number=cards.NUMBERS.get(card, card))
    result = setups.attempt(play.cause, session, payer)
    if result == "challenge":
        result = setups.answer_challenge(play.cause, session, approved=True)
    intent = setups.intent_of(session)
    if result == "declined":
        raise StripeError(intent["last_setup_error"]["message"], code=intent["last_setup_error"]["code"])
    play.cards.append(intent["payment_method"])
    return play.cards[-1]


def charge_card(play, *, amount="20.00", of=None, top_up=None):
    """charge_card amount=20.00 of=1: the project charges a saved card; one that is refused is a payment that failed."""
    method, name = play.card(of), top_up or play.next_top_up()
    asked = {
        "amount": cents(amount),
        "currency": "usd",
        "customer": method["customer"] or "",
        "payment_method": method.id,
        "confirm": True,
        "off_session": True,
        "description": "Poem Vision AI credit, auto top-up",
        "metadata": {"top_up": name, "kind": "automatic"},
    }
    try:
        intent = off_session.create(play.cause, asked)
    except Refused as error:
        intent = error.error["payment_intent"]
    play.sessions.append(intent["id"])
    return intent["id"]


def with_card(act):
    """replace_card, expire_card."""

    def verb(play, *, of=None):
        act(play.cause, play.card(of))
        return play.card(of).id

    return verb


def detach_card(play, *, of=None):
    """detach_card: for good."""
    return methods.detach_by_id(play.cause, {}, play.card(of).id)["id"]


replace_card, expire_card = with_card(keeping.replace), with_card(keeping.expire)
