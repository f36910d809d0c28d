"""Stripe's portal, where members see to card, plan and end: what they may do there is a configuration that we keep."""

import hashlib
import json
import uuid

from django.conf import settings
from django.utils import timezone

import tunables.values
from billing import stripe_api
from memberships import checkout
from memberships.models import Interval, PortalConfiguration, Subscription


def address_of(subscription: Subscription) -> str:
    """The portal of its customer. A second session of it does no harm, so the key is used once."""
    asked = {
        "customer": subscription.customer_id,
        "configuration": configuration(),
        "return_url": f"{settings.BASE_URL}{checkout.PAGE}",
    }
    session = stripe_api.call("billing_portal.sessions", "create", asked, {"idempotency_key": f"portal:{uuid.uuid4()}"})
    return session["url"]


def configuration() -> str:
    """Stripe's id of it: made when the portal is first opened, and changed when what is offered has changed.

    Errors: those of `stripe_api.call`; then nothing is kept, and the next member tries again.
    """
    wanted = _wanted()
    digest = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    kept, _ = PortalConfiguration.objects.get_or_create(livemode=settings.STRIPE_LIVEMODE)
    if kept.digest == digest and kept.stripe_id:
        return kept.stripe_id
    name = f"portal-configuration:{digest}:{timezone.now():%Y-%m-%dT%H}"  # Stripe repeats what it could not answer
    if kept.stripe_id:
        made = stripe_api.call(
            "billing_portal.configurations", "update", kept.stripe_id, wanted, {"idempotency_key": name}
        )
    else:
        made = stripe_api.call("billing_portal.configurations", "create", wanted, {"idempotency_key": name})
    said = {"stripe_id": made["id"], "digest": digest, "kept_at": timezone.now()}
    PortalConfiguration.objects.filter(pk=kept.pk).update(**said)
    return made["id"]


def _wanted() -> dict:
    """As https://docs.stripe.com/api/customer_portal/configurations/create says.

    It ends with its period; another plan is charged at once, or refused; while Premium is not offered nobody switches.
    """
    update = {"enabled": False}
    if tunables.values.get("premium_offered"):
        prices = [checkout.at_stripe(checkout.price_now(interval)) for interval in Interval]
        update = {
            "enabled": True,
            "default_allowed_updates": ["price"],
            "proration_behavior": "always_invoice",
            "products": [{"product": price.product_id, "prices": [price.stripe_id]} for price in prices],
        }
    return {
        "business_profile": {"headline": "Poem Vision AI Premium"},
        "metadata": {"kept_by": settings.BASE_URL},
        "features": {
            "invoice_history": {"enabled": True},
            "payment_method_update": {"enabled": True},
            "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
            "subscription_update": update,
        },
    }
