"""The four dispute bugs that followed from each other in elizaOS (#10920, #10997, #11155, #31449), each on its stream.

There a dispute at first took nothing back; then it took credit at its opening and never gave it back when it was won;
then a refund after a win counted the dispute's claw-back as still standing; then the give-back was $10 for 500 credits.
"""

from decimal import Decimal

import pytest

from billing import stripe_api
from billing.tests.recorded import Recorded
from billing.tests.test_order_proof import Answers, Play
from ledger import checks, posting
from ledger.models import Transaction
from ledger.queries import account_balance
from ledger.tests.make import stands

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ours(settings):
    settings.STRIPE_SECRET_KEY = "sk_test_recorded"


@pytest.fixture
def tell(monkeypatch):
    """`tell(stream, spent=…)`: the balances after each event that follows the payment, by the event's type."""

    def tell(name, spent="0"):
        stream, stripe = Recorded(name), Answers()
        monkeypatch.setattr(stripe_api, "call", stripe.call)
        play, after = Play(stream, Decimal(0)), []
        for number, event in enumerate(stream.events):
            stripe.until(stream, number + 1)
            play.arrives(number)
            kind = event["type"]
            if kind == "checkout.session.completed" and Decimal(spent):
                posting.charge(play.member, Decimal(spent), service="poem")
            if kind.startswith("charge.dispute") or kind == "refund.created":
                paid, _, _, debt = stands(play.member)
                after.append((kind.rpartition(".dispute.")[2], paid, debt))
        assert checks.run() == []
        return play.member, after

    return tell


def test_a_dispute_takes_the_money_back_when_it_opens(tell):
    """#10920: it took nothing, and the disputed credit could be spent."""
    member, after = tell("chained_1_dispute_claws_back")
    assert after[-1] == ("funds_withdrawn", 0, 0)
    with pytest.raises(posting.NotCovered):
        posting.charge(member, Decimal("0.01"), service="poem")
    assert [move.amount for move in Transaction.objects.filter(member=member, kind="dispute")] == [10]


def test_what_was_spent_is_owed(tell):
    """The other half of it: what is gone is not forgotten."""
    _, after = tell("chained_1_dispute_claws_back", spent="7.50")
    assert after[-1] == ("funds_withdrawn", 0, Decimal("7.50"))


@pytest.mark.parametrize(("spent", "left"), [("0", "10"), ("7.50", "2.50"), ("10", "0")])
def test_a_win_gives_back_what_the_opening_took(tell, spent, left):
    """#10997: taken at the opening, and kept though the dispute was won."""
    member, after = tell("chained_2_win_gives_back", spent)
    assert after[1] == ("funds_withdrawn", 0, Decimal(spent))
    assert after[-2:] == [("funds_reinstated", Decimal(left), 0), ("closed", Decimal(left), 0)]
    assert Transaction.objects.filter(member=member, kind="reversal").count() == 1


@pytest.mark.parametrize(
    ("spent", "after_four", "after_ten"),
    [("0", ("6", "0"), ("0", "0")), ("7.50", ("0", "1.50"), ("0", "7.50")), ("3", ("3", "0"), ("0", "3"))],
)
def test_a_refund_after_a_win_takes_its_own_amount(tell, spent, after_four, after_ten):
    """#11155: the claw-back that the win had undone was still counted, so a later refund took the wrong amount."""
    member, after = tell("chained_3_refund_after_a_win", spent)
    refunds = [(Decimal(paid), Decimal(debt)) for kind, paid, debt in after if kind == "refund.created"]
    assert refunds == [tuple(map(Decimal, after_four)), tuple(map(Decimal, after_ten))]
    booked = Transaction.objects.filter(member=member, kind="refund").order_by("pk")
    assert [refund.amount for refund in booked] == [4, 6]
    assert account_balance("disputes") == 0


def test_a_partial_dispute_gives_back_exactly_that_part(tell):
    """#31449: dollars were taken for credits, and of 500 ten came back. Here $10 of $500 go, and $10 come."""
    member, after = tell("chained_4_partial_give_back")
    assert [(kind, paid) for kind, paid, _ in after] == [
        ("created", 500),
        ("funds_withdrawn", 490),
        ("updated", 490),
        ("funds_reinstated", 500),
        ("closed", 500),
    ]
    moves = Transaction.objects.filter(member=member, kind__in=("dispute", "reversal")).order_by("pk")
    assert [move.amount for move in moves] == [10, 10]


def test_a_full_give_back_of_a_large_payment_is_the_full_amount(tell):
    """The same from the other side: all of what was taken, by the opening's own row and not by a rate."""
    member, _ = tell("dispute_won")
    (taken,) = Transaction.objects.filter(member=member, kind="dispute")
    (given,) = Transaction.objects.filter(member=member, kind="reversal")
    assert (given.reverses_id, given.amount) == (taken.pk, taken.amount)
