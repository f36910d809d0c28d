"""Stripe's portal, where members see to card, plan and end: what they may do there is a configuration that we keep."""

import hashlib
import json
from contextlib import suppress

from django.conf import settings
from django.utils import timezone

import tunables.values
from billing import stripe_api
from memberships import checkout
from memberships.models import Interval, PortalConfiguration, Price, Subscription


def address_of(subscription: Subscription) -> str:
    """The portal of its customer."""
    asked = {
        "customer": subscription.customer_id,
        "configuration": configuration(),
        "return_url": f"{settings.BASE_URL}{checkout.PAGE}",
    }
    key = stripe_api.once("portal")
    session = stripe_api.call("billing_portal.sessions", "create", asked, {"idempotency_key": key})
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
    name, room = f"portal-configuration:{digest}", "billing_portal.configurations"
    if kept.stripe_id:
        made = stripe_api.call(room, "update", kept.stripe_id, wanted, {"idempotency_key": stripe_api.once(name)})
    else:
        made = stripe_api.make(room, wanted, name)
    said = {"stripe_id": made["id"], "digest": digest, "kept_at": timezone.now()}
    PortalConfiguration.objects.filter(pk=kept.pk).update(**said)
    return made["id"]


def _offered() -> list[Price]:
    """Among which members may change, while Premium is offered: without one that Stripe refuses, or fails, to make."""
    found = []
    if not tunables.values.get("premium_offered"):
        return found
    for interval in Interval:
        # `at_stripe` tells staff; whoever comes to end Premium need not wait for them
        with suppress(stripe_api.Broken, stripe_api.InProgress, stripe_api.Rejected):
            found.append(checkout.at_stripe(checkout.price_now(interval)))
    return found


def _wanted() -> dict:
    """As https://docs.stripe.com/api/customer_portal/configurations/create says.

    It ends with its period; another plan is charged at once, or refused; while Premium is not offered nobody switches.
    """
    update = {"enabled": False}
    if prices := _offered():
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
