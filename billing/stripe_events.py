"""What each of Stripe's events does here. An event is applied once: its effect and its state in one transaction."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from alerts.models import raise_alert, settle
from audit.models import record
from billing import auto_payments, customers, disputes, fulfilment, payouts, refunds, saved_cards
from billing.models import StripeEvent
from billing.stripe_objects import UNREADABLE, NotOurs, ParentMissing, Quarantined
from jobs.models import Job
from memberships import checkout, invoice_events, subscription_events

log = logging.getLogger("billing")
State = StripeEvent.State
DISCOUNTS = "customer.discount."
AHEAD = timedelta(minutes=5)  # by which clocks may differ, as of signatures


def _sync_charge(charge: dict, at) -> None:
    """Refunds no longer stand inside the charge: list them from Stripe in a job of its own."""
    Job.enqueue("billing.sync_refunds", {"charge": charge["id"]})


def _complete(charge: dict, at) -> None:
    """Stripe may know a charge's fee only some time after the payment."""
    fulfilment.complete_later(charge.get("payment_intent"))


def _session(session: dict, at) -> None:
    """Of a top-up, of a subscription or of a card that is saved: each has its own way."""
    if session.get("mode") == "subscription":
        checkout.apply_session(session, at)
    elif session.get("mode") == "setup":
        saved_cards.apply_session(session)
    else:
        fulfilment.apply_session(session, at)


def _session_failed(session: dict, at) -> None:
    """A delayed payment came to nothing; of a subscription its own events tell."""
    if session.get("mode") != "subscription":
        fulfilment.fail_session(session, at)


def _intent(intent: dict, at) -> None:
    """Of an auto top-up it is the payment itself; else its session says more."""
    if auto_payments.is_one(intent):
        auto_payments.apply_intent(intent, at)
    else:
        fulfilment.ask_about(intent, at)


def _intent_waits(intent: dict, at) -> None:
    """For the member: of an auto top-up nobody is there."""
    if auto_payments.is_one(intent):
        auto_payments.apply_intent(intent, at)
    else:
        fulfilment.note_action_needed(intent, at)


def _intent_failed(intent: dict, at) -> None:
    if auto_payments.is_one(intent):
        auto_payments.apply_intent(intent, at)
    fulfilment.note_failed_attempt(intent, at)


HANDLERS = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "checkout.session.async_payment_failed": _session_failed,
    "checkout.session.expired": _session,
    "payment_intent.payment_failed": _intent_failed,
    "payment_intent.requires_action": _intent_waits,
    "payment_intent.processing": _intent,
    "payment_intent.succeeded": _intent,
    "payment_intent.canceled": _intent,
    "charge.succeeded": _complete,
    "charge.failed": fulfilment.note_failed_charge,
    "charge.updated": _complete,
    "charge.refunded": _sync_charge,
    "refund.created": refunds.apply_refund,
    "refund.updated": refunds.apply_refund,
    "refund.failed": refunds.apply_refund,
    "charge.refund.updated": refunds.apply_refund,
    "payout.created": payouts.apply_payout,
    "payout.updated": payouts.apply_payout,
    "payout.paid": payouts.apply_payout,
    "payout.failed": payouts.apply_payout,
    "payout.canceled": payouts.apply_payout,
    "charge.dispute.created": disputes.apply_dispute,
    "charge.dispute.updated": disputes.apply_dispute,
    "charge.dispute.closed": disputes.apply_dispute,
    "charge.dispute.funds_withdrawn": disputes.apply_dispute,
    "charge.dispute.funds_reinstated": disputes.apply_dispute,
    "radar.early_fraud_warning.created": disputes.apply_fraud_warning,
    "customer.subscription.created": subscription_events.apply_created,
    "customer.subscription.updated": subscription_events.apply_updated,
    "customer.subscription.paused": subscription_events.apply_updated,
    "customer.subscription.resumed": subscription_events.apply_updated,
    "customer.subscription.deleted": subscription_events.apply_deleted,
    "customer.discount.created": subscription_events.apply_discount,
    "customer.discount.updated": subscription_events.apply_discount,
    "customer.discount.deleted": subscription_events.apply_discount_deleted,
    "invoice.created": invoice_events.apply_invoice,
    "invoice.finalized": invoice_events.apply_invoice,
    "invoice.updated": invoice_events.apply_invoice,
    "invoice.paid": invoice_events.apply_invoice,
    "invoice.payment_failed": invoice_events.apply_invoice,
    "invoice.payment_action_required": invoice_events.apply_action_required,
    "invoice.voided": invoice_events.apply_invoice,
    "invoice.marked_uncollectible": invoice_events.apply_invoice,
    "customer.updated": customers.apply_customer,
    "customer.deleted": customers.forget_customer,
    "payment_method.updated": saved_cards.apply_card,
    "payment_method.automatically_updated": saved_cards.apply_card,
    "payment_method.detached": saved_cards.forget_detached,
}


def no_handler(type_: str) -> str:
    """What stands at an event that nothing here handles."""
    return f"No handler for {type_}: stored, nothing done."


@transaction.atomic
def apply_event(event_pk: int) -> StripeEvent:
    """Apply one stored event and write its state, in one transaction: applied, unhandled, waiting or quarantined.

    Twice at once or again later is harmless: the row is locked, and an applied event stays as it is.
    """
    event = StripeEvent.objects.select_for_update(no_key=True).get(pk=event_pk)
    if event.state == State.APPLIED:
        return event
    handler = HANDLERS.get(event.type)
    if handler is None:
        event.settle(State.UNHANDLED, no_handler(event.type))
        return event
    try:
        _check_origin(event)
        with transaction.atomic():
            handler(event.object, event.created)
    except NotOurs as error:
        event.settle(State.UNHANDLED, str(error))
        _settle_alert(event)
    except Quarantined as error:
        event.settle(State.QUARANTINED, str(error))
        _alert(event, "was quarantined", error.topic)
    except ParentMissing as error:
        event.settle(State.WAITING, str(error))
    except UNREADABLE as error:
        log.exception("Event %s could not be read", event.event_id)
        event.settle(State.QUARANTINED, f"It could not be read or booked: {type(error).__name__}: {error}")
        _alert(event, "was quarantined")
    else:
        event.settle(State.APPLIED)
        _settle_alert(event)
    return event


def note_failure(event_pk: int, error: Exception, *, final: bool) -> None:
    """Write on the event that applying it failed unexpectedly; the last try leaves it dead, with an alert."""
    with transaction.atomic():
        event = StripeEvent.objects.select_for_update(no_key=True).get(pk=event_pk)
        if event.state != State.APPLIED:
            event.settle(State.DEAD if final else State.NEW, f"{type(error).__name__}: {error}")
            if final:
                _alert(event, "could not be applied")


def give_up(event: StripeEvent) -> None:
    """The last try of a waiting event: dead, with its error, an alert, and Replay in the panel.

    A discount that waited for its customer is somebody else’s, of whom the same Stripe account has many: left alone.
    """
    if event.type.startswith(DISCOUNTS):
        event.settle(State.UNHANDLED, f"Not ours: {event.error}")
        return
    event.settle(State.DEAD, event.error)
    _alert(event, "could not be applied")


def replay(event: StripeEvent, *, by) -> bool:
    """Put an event back to new and queue it again; False, with nothing done, when it is applied already."""
    with transaction.atomic():
        replayable = StripeEvent.objects.filter(pk=event.pk, state__in=StripeEvent.REPLAYABLE)
        if not replayable.update(state=State.NEW, error=""):
            return False
        record(by, "event.replayed", event, before={"state": event.state})
        Job.enqueue("billing.apply_event", {"event": event.pk})
    return True


def replay_of(customer: str) -> None:
    """What is in quarantine about a customer of Stripe's, once it is known whose that is."""
    for event in StripeEvent.objects.filter(state=State.QUARANTINED, payload__contains=customer).order_by("pk"):
        if event.object.get("customer") == customer:
            replay(event, by=None)


def _check_origin(event: StripeEvent) -> None:
    """Only test mode has clocks that run months ahead: https://docs.stripe.com/billing/testing/test-clocks."""
    if event.livemode != settings.STRIPE_LIVEMODE:
        ours, theirs = ("live", "test") if settings.STRIPE_LIVEMODE else ("test", "live")
        raise Quarantined(f"A {theirs} mode event, but this installation runs in {ours} mode.", topic="mode")
    if event.livemode and event.created > timezone.now() + AHEAD:
        raise Quarantined(f"It happened at {event.created:%Y-%m-%d %H:%M} UTC, which is ahead of now.", topic="ahead")
    if event.api_version != settings.STRIPE_API_VERSION:
        raise Quarantined(
            f"Rendered in API version {event.api_version or 'unknown'}; this installation reads "
            f"{settings.STRIPE_API_VERSION}. Create the webhook endpoint anew with that version, then replay.",
            topic="version",
        )


def _fingerprint(event: StripeEvent, topic: str = "") -> str:
    """One alert an event, or one for all that share a cause: a wrong endpoint must not raise thousands."""
    return f"billing.event.{topic or event.event_id}"


def _settle_alert(event: StripeEvent) -> None:
    if event.attempts > 1:  # the first attempt has no alert to close
        settle(_fingerprint(event))


def _alert(event: StripeEvent, what: str, topic: str = "") -> None:
    raise_alert(
        _fingerprint(event, topic),
        f"Stripe event {event.event_id} {what}",
        event.error,
        severity="bad",
        url=f"/admin/billing/events/{event.pk}/",
    )
