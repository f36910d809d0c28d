"""What became of a failed attempt, whatever is told first: of the attempt, or of its invoice."""

import pytest

from memberships.models import FailedAttempt, Invoice
from memberships.tests.make import make_attempt, make_invoice

pytestmark = pytest.mark.django_db
OPEN = {"status": "open", "paid_at": None}
TOLD = [
    ({"next_attempt_at": "2026-06-01T00:00Z", "attempts": 1}, "open"),
    ({"attempts": 1}, "open"),
    ({"attempts": 4}, "lost"),
    ({"status": "uncollectible"}, "lost"),
    ({"status": "void"}, "lost"),
    ({"status": "paid"}, "recovered"),
    ({"status": "paid", "card": "Visa 4242"}, "recovered"),
    ({"status": "paid", "card": "Visa 1111"}, "card_changed"),
]


@pytest.mark.parametrize(("facts", "outcome"), TOLD)
def test_of_an_invoice(member, facts, outcome):
    invoice = make_invoice(member, **OPEN)
    earlier = make_attempt(invoice, card="Visa 4242")
    Invoice.objects.filter(pk=invoice.pk).update(**facts)
    later, unknown = make_attempt(invoice, card="Visa 4242"), make_attempt(make_invoice(member), card="Visa 4242")
    FailedAttempt.objects.filter(pk=unknown.pk).update(invoice=None, outcome="open")
    assert FailedAttempt.objects.get(pk=unknown.pk).outcome == "open"
    FailedAttempt.objects.filter(pk=unknown.pk).update(invoice=invoice)
    found = FailedAttempt.objects.in_bulk([earlier.pk, later.pk, unknown.pk]).values()
    assert [row.outcome for row in found] == [outcome] * 3


def test_of_a_card_that_is_told_later(member):
    attempt = make_attempt(make_invoice(member, card="Visa 1111"))
    for card, outcome in (("", "recovered"), ("Visa 4242", "card_changed"), ("Visa 1111", "recovered")):
        attempt.card = card
        attempt.save()
        attempt.refresh_from_db()
        assert attempt.outcome == outcome
