"""Members with a saved card at the sandbox, and what they spend."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from billing import auto_settings, saved_cards
from billing.models import AutoTopUp, AutoTopUpAttempt, Backfill, CardSetup
from ledger import posting

AGREED = {"threshold": Decimal(5), "amount": Decimal(20), "monthly_cap": Decimal(50)}


def save_card(side, member, card="pay") -> CardSetup:
    """Saved on Stripe's page, told by its webhook, kept here."""
    setup = saved_cards.start(member)
    answer = side.sandbox.save_card(setup.session_id, card, email=member.email)
    assert answer.status_code == 302, answer.text
    side.deliver()
    return setup


def asked_lately(**fields) -> Backfill:
    """What Stripe did is known here."""
    now = timezone.now()
    return Backfill.objects.create(**{"since": now, "until": now, "found": 0} | fields)


def agreed(side, member, card="pay", **sums) -> AutoTopUp:
    """Auto top-up that is on, of a member with $6 of granted credit."""
    asked_lately()
    save_card(side, member, card)
    posting.grant(member, Decimal(6), note="Welcome")
    return auto_settings.agree(member, **AGREED | sums)


def spend(member, amount="2") -> None:
    posting.charge(member, Decimal(amount), service="poem")


def an_hour_passes(member) -> None:
    """What was attempted, and agreed to, is older than any window."""
    AutoTopUpAttempt.objects.filter(auto=member.pk).update(created_at=F("created_at") - timedelta(minutes=61))
    AutoTopUp.objects.filter(pk=member.pk).update(consented_at=timezone.now() - timedelta(days=1))


def charged(side, member) -> list[int]:
    """The cents of every auto top-up that Stripe has taken from this member, whoever knows of it."""
    customer = member.stripe_customers.get().stripe_id
    made = side.api.payment_intents.list({"customer": customer, "limit": 100}).data
    return [intent.amount_received for intent in made if intent.status == "succeeded"]
