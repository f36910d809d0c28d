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

    __test__ = False


def _declined(code="card_declined", decline_code=None, message="Your card was declined."):
    return TestCard(result=DECLINE, code=code, decline_code=decline_code, message=message)


CARDS = {
    "4242424242424242": TestCard(),
    "5555555555554444": TestCard(brand="mastercard"),
    "378282246310005": TestCard(brand="amex"),
    "4000000000005126": TestCard(refund="fails"),
    "4000000000007726": TestCard(refund="pending"),
    "4000002500003155": TestCard(result=CHALLENGE),
    "4000000000000259": TestCard(afterwards=("needs_response", "fraudulent")),
    "4000000000002685": TestCard(afterwards=("needs_response", "product_not_received")),
    "4000000000001976": TestCard(afterwards=("warning_needs_response", "fraudulent")),
    "4000000000005423": TestCard(afterwards="early_fraud_warning"),
    "4000000000000002": _declined(decline_code="generic_decline"),
    "4000000000009995": _declined(decline_code="insufficient_funds", message="Your card has insufficient funds."),
    "4000000000009987": _declined(decline_code="lost_card"),
    "4000000000000069": _declined("expired_card", "expired_card", "Your card has expired."),
    "4000000000000127": _declined("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    "4000000000000119": _declined(
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
}
NUMBERS = {
    "pay": "4242424242424242",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "decline": "4000000000000002",
    "no_funds": "4000000000009995",
    "challenge": "4000002500003155",
    "refund_fails": "4000000000005126",
    "refund_pending": "4000000000007726",
    "dispute": "4000000000000259",
    "dispute_not_received": "4000000000002685",
    "inquiry": "4000000000001976",
    "fraud_warning": "4000000000005423",
}
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
