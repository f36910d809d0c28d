"""Top-ups that a restored backup does not know: made again from what stands at Stripe, and credited as any other."""

import uuid
from decimal import Decimal, InvalidOperation

from django.utils import timezone

from accounts.models import User
from audit.models import record
from billing.models import StripeCustomer, TopUp


def make_again(session: dict, public_id: str, amount: Decimal) -> TopUp | None:
    """The row that belongs to a Checkout Session or PaymentIntent of ours; None where it is not certain whose it is.

    Call inside a transaction. The member is named by our own reference; as numbers of members are given anew after a
    restore, their Stripe customer or the e-mail address that paid must be theirs as well.
    """
    member = member_of(session)
    if member is None:
        return None
    named = "payment_intent_id" if session["object"] == "payment_intent" else "session_id"
    top_up, created = TopUp.objects.get_or_create(
        public_id=public_id,
        defaults={
            "member": member,
            "amount": amount,
            "bonus": _bonus_of(session),
            "status": TopUp.Status.PROCESSING,
            named: session["id"],
            "form_key": uuid.uuid4(),
            "expires_at": timezone.now(),
        },
    )
    if created:
        record(None, "top_up.made_again", top_up, after={"session": session["id"], "amount": str(amount)})
    return TopUp.objects.select_for_update(no_key=True).get(pk=top_up.pk)


def member_of(session: dict) -> User | None:
    """Whose a session is that our database does not know, where that is certain."""
    number = session.get("client_reference_id") or ""
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    member = User.objects.filter(pk=int(number)).first()
    paid_by = ((session.get("customer_details") or {}).get("email") or "").lower()
    same = StripeCustomer.objects.filter(stripe_id=session.get("customer") or "", member=member).exists()
    return member if member and (same or paid_by == member.email.lower()) else None


def _bonus_of(session: dict) -> Decimal:
    try:
        bonus = Decimal(session["metadata"].get("bonus") or 0)
    except InvalidOperation:
        return Decimal(0)
    return bonus if bonus.is_finite() and bonus >= 0 else Decimal(0)
