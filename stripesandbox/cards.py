"""Stripe's test cards and what each does: https://docs.stripe.com/testing"""

from dataclasses import dataclass

APPROVE, CHALLENGE, DECLINE = "approve", "challenge", "decline"


@dataclass(frozen=True)
class TestCard:
    """How a card number behaves."""

    brand: str = "visa"
    result: str = APPROVE
    code: str | None = None
    decline_code: str | None = None
    message: str = ""
    refund: str = "succeeded"
    afterwards: str | tuple[str, str] | None = None  # what the bank does as soon as it is charged
    available_at_once: bool = False
    blocked: bool = False  # by Radar: the bank is not even asked
    attaches: bool = False  # can be saved though every charge is declined
    asks_always: bool = False  # 3-D Secure at each payment, when nobody is there too

    __test__ = False

    @property
    def advice(self) -> str | None:
        """advice_code: https://docs.stripe.com/declines"""
        return None if self.blocked else ADVICE.get(self.decline_code, "try_again_later")


ADVICE = {
    "lost_card": "do_not_try_again",
    "stolen_card": "do_not_try_again",
    "expired_card": "confirm_card_data",
    "incorrect_cvc": "confirm_card_data",
}
BLOCKED = {"code": "card_declined", "decline_code": "fraudulent", "message": "Your card was declined."}


def _declined(code="card_declined", decline_code=None, message="Your card was declined."):
    return TestCard(result=DECLINE, code=code, decline_code=decline_code, message=message)


# name -> number and behaviour. Source: https://docs.stripe.com/testing, its sections on successful payments, declines,
# fraud prevention, disputes, refunds, available balance and 3D Secure.
TABLE = {
    "pay": ("4242424242424242", TestCard()),
    "mastercard": ("5555555555554444", TestCard(brand="mastercard")),
    "amex": ("378282246310005", TestCard(brand="amex")),
    "available_at_once": ("4000000000000077", TestCard(available_at_once=True)),
    # Refunds: one that is pending first, one that succeeds and fails later
    "refund_pending": ("4000000000007726", TestCard(refund="pending")),
    "refund_fails": ("4000000000005126", TestCard(refund="fails")),
    # What the bank does after the payment
    "dispute": ("4000000000000259", TestCard(afterwards=("needs_response", "fraudulent"))),
    "dispute_not_received": ("4000000000002685", TestCard(afterwards=("needs_response", "product_not_received"))),
    "inquiry": ("4000000000001976", TestCard(afterwards=("warning_needs_response", "fraudulent"))),
    "fraud_warning": ("4000000000005423", TestCard(afterwards="early_fraud_warning")),
    # 3-D Secure
    "challenge": ("4000002500003155", TestCard(result=CHALLENGE)),
    "challenge_required": ("4000000000003220", TestCard(result=CHALLENGE)),
    "challenge_always": ("4000002760003184", TestCard(result=CHALLENGE, asks_always=True)),
    "challenge_declined": (
        "4000008400001629",
        TestCard(
            result=CHALLENGE, code="card_declined", decline_code="generic_decline", message="Your card was declined."
        ),
    ),
    "no_funds_later": (
        "4000008260003178",
        TestCard(
            result=CHALLENGE,
            code="card_declined",
            decline_code="insufficient_funds",
            message="Your card has insufficient funds.",
            attaches=True,
        ),
    ),
    # Declines
    "decline": ("4000000000000002", _declined(decline_code="generic_decline")),
    "fails_later": (
        "4000000000000341",
        TestCard(
            result=DECLINE,
            code="card_declined",
            decline_code="generic_decline",
            message="Your card was declined.",
            attaches=True,
        ),
    ),
    "no_funds": (
        "4000000000009995",
        _declined(decline_code="insufficient_funds", message="Your card has insufficient funds."),
    ),
    "lost_card": ("4000000000009987", _declined(decline_code="lost_card")),
    "stolen_card": ("4000000000009979", _declined(decline_code="stolen_card")),
    "velocity": (
        "4000000000006975",
        _declined(
            decline_code="card_velocity_exceeded",
            message="Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
        ),
    ),
    "expired_card": ("4000000000000069", _declined("expired_card", "expired_card", "Your card has expired.")),
    "incorrect_cvc": (
        "4000000000000127",
        _declined("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    ),
    "processing_error": (
        "4000000000000119",
        _declined(
            "processing_error",
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
        ),
    ),
    "blocked": ("4100000000000019", TestCard(result=DECLINE, blocked=True, **BLOCKED)),
}
NUMBERS = {name: number for name, (number, _) in TABLE.items()}
CARDS = dict(TABLE.values())
NOT_A_TEST_CARD = _declined(
    decline_code="test_mode_live_card",
    message="Your card was declined. Your request was in test mode, but used a non test card. "
    "For a list of valid test cards, visit: https://stripe.com/docs/testing.",
)
BAD_NUMBER = "Your card number is invalid."


def behaviour(number: str) -> TestCard:
    """What this number does; a number that is no test card is declined, as Stripe does in test mode."""
    return CARDS.get(number, NOT_A_TEST_CARD)


def passes_luhn(number: str) -> bool:
    """The check digit of a card number."""
    if not number.isdecimal() or not 12 <= len(number) <= 19:
        return False
    digits = [int(digit) for digit in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0
