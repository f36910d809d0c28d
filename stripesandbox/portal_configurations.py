"""What customers may do in the Billing Portal, as the account says: https://docs.stripe.com/api/customer_portal"""

from stripesandbox import events, records
from stripesandbox.errors import StripeError, unsupported
from stripesandbox.models import Record, now

KIND = "billing_portal.configuration"
OFF = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "options": []},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": [],
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}


def create(cause, params):
    """POST /v1/billing_portal/configurations"""
    fields = {
        **records.blank("application default_return_url name"),
        "active": True,
        "business_profile": records.blank("headline privacy_policy_url terms_of_service_url"),
        "features": OFF,
        "is_default": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "updated": now(),
    }
    if "features" not in params:
        raise StripeError("Missing required param: features.", code="parameter_missing", param="features")
    made = records.add(KIND, "bpc", fields | _changed(fields, params))
    events.emit(cause, f"{KIND}.created", made)
    return made.wire


def update(cause, params, id):
    """POST /v1/billing_portal/configurations/:id"""
    found = records.get(KIND, id)
    if before := found.change(**_changed(found.wire, params), updated=now()):
        events.emit(cause, f"{KIND}.updated", found, before)
    return found.wire


def _changed(fields: dict, params: dict) -> dict:
    if others := sorted(set(params) - {"features", "business_profile", "metadata", "active", "default_return_url"}):
        raise unsupported(others[0], others[0])
    features = dict(fields["features"])
    for name, wish in (params.get("features") or {}).items():
        features[name] = {**features[name], **wish}
    for product in features["subscription_update"]["products"]:
        product.setdefault("adjustable_quantity", {"enabled": False, "maximum": None, "minimum": 1})
        for price in product["prices"]:
            if records.get("price", price, "features")["product"] != product["product"]:
                raise StripeError(f"The price {price} is not of the product {product['product']}.", param="features")
    profile = fields["business_profile"] | (params.get("business_profile") or {})
    plain = {name: params[name] for name in ("active", "default_return_url") if name in params}
    metadata = records.merge_metadata(fields["metadata"], params.get("metadata"))
    return {"features": features, "business_profile": profile, "metadata": metadata, **plain}


def allowed(session: Record) -> dict:
    """The features of a session's configuration; the account's own, which nobody changed, allows everything."""
    found = records.find(session["configuration"])
    return found["features"] if found else {}


def may_cancel(session: Record) -> bool:
    features = allowed(session)
    return not features or features["subscription_cancel"]["enabled"]


def prices(session: Record) -> list[Record]:
    """What the customer may switch to."""
    selling = list(records.of("price", type="recurring", active=True))
    features = allowed(session)
    if not features:
        return selling
    update = features["subscription_update"]
    wanted = {price for product in update["products"] for price in product["prices"]} if update["enabled"] else set()
    return [price for price in selling if price.id in wanted]
