"""What is told of one refusal at once waits in one line, never for each other."""

import pytest

from accounts.tests.make import make_user
from billing import auto_payments, auto_top_ups, stripe_events
from billing.models import AutoTopUpAttempt, FailedPayment, StripeEvent
from billing.tests.make import store_event
from memberships.tests.test_panel_auto_top_ups import make_attempt, make_auto
from tests.locks import in_line

pytestmark = pytest.mark.usefixtures("patience")


@pytest.fixture
def attempt(committed_db):
    attempt = make_attempt(make_auto(make_user()), status="processing")
    AutoTopUpAttempt.objects.update(settled_at=None)
    attempt.refresh_from_db()
    return attempt


def test_a_refused_payment_and_its_charge(attempt):
    """Of an auto top-up, whose own answer holds the top-up while both events come."""
    about = {"metadata": {"top_up": str(attempt.top_up.public_id), "kind": "automatic"}}
    refused = {"charge": "ch_1", "code": "card_declined", "decline_code": "insufficient_funds", "message": "No funds."}
    intent = {"id": "pi_1", "status": "requires_payment_method", "last_payment_error": refused} | about
    charge = {"id": "ch_1", "failure_code": "card_declined", "failure_message": "No funds."} | about
    events = [store_event("payment_intent.payment_failed", intent), store_event("charge.failed", charge)]
    acts = [lambda event=event: stripe_events.apply_event(event.pk) for event in events]
    assert in_line(attempt.top_up, *acts) == []
    assert {*StripeEvent.objects.values_list("state", flat=True)} == {StripeEvent.State.APPLIED}
    assert FailedPayment.objects.get().attempt_id == "ch_1"
    attempt.refresh_from_db()
    assert attempt.settled_at and attempt.top_up.failure == "No funds."


def test_an_attempt_that_begins_and_its_failure(attempt):
    again = AutoTopUpAttempt.objects.get()
    acts = [lambda: auto_top_ups._begin(attempt), lambda: auto_payments.fail(again, "rejected", "Gone.")]
    assert in_line(attempt.auto, *acts) == []
    again.refresh_from_db()
    assert again.asked_at and again.settled_at and again.auto.failures == 1
