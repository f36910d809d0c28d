"""How money rows are shown."""

from decimal import Decimal

from django import template

from billing import stripe_api, stripe_objects, wording
from billing.models import Dispute, Refund
from ui import format

register = template.Library()

TONES = {
    "top_up": "good", "refund": "warn", "dispute": "bad",
    "premium_refund": "warn", "premium_dispute": "bad", "grant": "accent", "adjustment": "info", "reversal": "info",
    "applied": "good", "new": "info", "waiting": "warn", "quarantined": "bad", "dead": "bad",
    "paid": "good", "processing": "info", "open": "info", "creating": "warn", "failed": "bad",
    "recovered": "good", "card_changed": "good", "lost": "bad",
    "succeeded": "warn", "pending": "info", "requires_action": "warn",
    "needs_response": "bad", "warning_needs_response": "bad", "appeal_needs_response": "bad", "won": "good",
    "under_review": "info", "warning_under_review": "info", "appeal_under_review": "info",
    "in_transit": "info", "canceled": "warn", "running": "info", "done": "good",
    "sending": "info", "accepted": "info", "refused": "bad", "unknown": "warn",
    "on": "good", "active": "good", "trialing": "info", "past_due": "warn", "unpaid": "bad", "uncollectible": "bad",
}  # fmt: skip


@register.filter
def tone(state: str) -> str:
    """The badge colour of a kind or state; neutral for what needs no attention."""
    return TONES.get(state, "")


register.filter("debt_words", wording.debt_words)
register.filter("exact", format.exact)
register.filter("page_at_stripe", stripe_objects.page_at_stripe)
register.filter("kind_words", wording.kind_words)
register.filter("member_note", wording.member_note)
register.filter("signed", wording.signed_amount)
register.filter("staff_note", wording.staff_note)
register.filter("source", wording.source_of)


@register.filter
def short_id(external_id: str) -> str:
    """An id that tells its row from the next: Stripe's without our prefix, and with its end when it is long."""
    own = wording.own_id(external_id)
    return own if len(own) <= 34 else f"{own[:14]}…{own[-14:]}"


@register.filter
def exact_change(amount: Decimal) -> str:
    """The same with its sign; nothing for no change."""
    return f"{'+' if amount > 0 else ''}{format.exact(amount)}" if amount else ""


@register.filter
def negated(amount: Decimal) -> Decimal:
    return -amount


@register.filter
def at_stripe(thing) -> str:
    """The page at Stripe of a dispute, or of the payment of a top-up."""
    if isinstance(thing, Dispute):
        return stripe_api.dashboard_url(f"disputes/{thing.stripe_id}")
    return stripe_api.dashboard_url(f"payments/{thing.payment_intent_id}")


@register.filter
def refund_words(refund) -> str:
    """What became of a refund, to the member."""
    done = {Refund.Status.SUCCEEDED: "refunded", Refund.Status.FAILED: "refund failed, credit given back"}
    return done.get(refund.status) or ("refund canceled" if refund.status in Refund.FINAL else "refund on its way")


@register.filter
def dispute_words(dispute) -> str:
    """What became of a dispute, to the member."""
    if dispute.is_open:
        return "disputed"
    return "dispute ended for us, credit given back" if dispute.status == Dispute.Status.WON else "dispute ended"


@register.filter
def words(code: str) -> str:
    """A code of Stripe's as words, or a dash."""
    return wording.words(code) or "–"


@register.filter
def at(mapping: dict, key):
    return mapping[key]
