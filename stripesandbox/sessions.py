"""Checkout Sessions, for one payment or for a subscription."""

from urllib.parse import urlsplit

from django.conf import settings

from stripesandbox import clock, customers, events, intents, lines, records, setups, timers
from stripesandbox.errors import StripeError, unsupported
from stripesandbox.models import Record, new_id, now

SHORTEST, LONGEST = 30 * 60, 24 * 3600
METHOD_TYPES = ["card", "us_bank_account"]
LEAST_AMOUNT, MOST_AMOUNT = 50, 99_999_999
UNSUPPORTED = (
    *("after_expiration", "automatic_tax", "consent_collection", "custom_fields", "discounts", "optional_items"),
    "shipping_options",
)
UNUSED = records.blank(
    "after_expiration allow_promotion_codes billing_address_collection client_secret "
    "collected_information consent consent_collection currency_conversion customer_account "
    "customer_details excluded_payment_method_types invoice locale origin_context payment_intent "
    "payment_link payment_method_configuration_details permissions recovered_from saved_payment_method_options "
    "setup_intent shipping_address_collection shipping_cost submit_type subscription wallet_options"
)


def create(cause, params):
    """POST /v1/checkout/sessions"""
    _refuse_unsupported(params)
    if params["mode"] == "setup":
        items, total = setups.nothing_to_pay(params), None
    else:
        items = lines.build(params.get("line_items") or [], params.get("currency"), params["mode"])
        total = sum(item["amount_total"] for item in items)
        _check_total(total)
    customer = params.get("customer")
    if customer and params.get("customer_email"):
        raise StripeError("You may only specify one of these parameters: customer, customer_email.")
    if customer:
        customers.live(customer, "customer")
    customers.check_email(params.get("customer_email"), "customer_email")
    _check_addresses(params)
    fields = _fields(params, items, total)
    id = new_id("cs_test")
    session = records.add(
        "checkout.session",
        "cs_test",
        {**fields, "url": f"{settings.SANDBOX_URL}/c/pay/{id}"},
        id=id,
        private={
            "line_items": items,
            "payment_intent_data": _payment_wishes(params),
            "subscription_data": params.get("subscription_data") or {},
            "api_version": cause.version,
        },
    )
    if session["mode"] == "setup":
        session.change(setup_intent=setups.add(cause, session, params.get("setup_intent_data") or {}).id)
    timers.set_timer(session["expires_at"] - clock.seconds(), "expire_session", session.id)
    return session.wire


def _refuse_unsupported(params: dict) -> None:
    mode = params.get("mode")
    if mode is None:
        raise StripeError("You must provide a mode.", code="parameter_missing", param="mode")
    if mode not in ("payment", "subscription", "setup"):
        raise unsupported(f"mode={mode}", "mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise unsupported(f"ui_mode={params['ui_mode']}", "ui_mode")
    for name in UNSUPPORTED:
        value = params.get(name)
        if value and not (isinstance(value, dict) and value.get("enabled") is False):
            raise unsupported(name, name)


def _payment_wishes(params: dict) -> dict:
    """What each mode may say of the payment; a subscription keeps the card for its renewals."""
    if params["mode"] == "setup":
        return {}
    other = "subscription_data" if params["mode"] == "payment" else "payment_intent_data"
    if params.get(other):
        raise StripeError(f"You can not pass `{other}` in `{params['mode']}` mode.", param=other)
    if params["mode"] == "payment":
        return params.get("payment_intent_data") or {}
    if further := sorted(set(params.get("subscription_data") or ()) - {"metadata", "description"}):
        raise unsupported(further[0], f"subscription_data[{further[0]}]")
    if (params.get("invoice_creation") or {}).get("enabled"):
        raise StripeError("You can only enable invoice creation when `mode` is set to `payment`.")
    return {"description": "Subscription creation", "setup_future_usage": "off_session"}


def intent_of(session: Record) -> Record | None:
    """The payment behind a session, if somebody has tried to pay; a subscription's hangs on its invoice instead."""
    return records.find(session["payment_intent"] or session.private.get("intent"))


def _check_total(total: int) -> None:
    if total < LEAST_AMOUNT:
        raise StripeError(
            "The Checkout Session's total amount due must add up to at least $0.50 usd", code="amount_too_small"
        )
    if total > MOST_AMOUNT:
        raise StripeError(
            "The Checkout Session's total amount due must be no more than $999,999.99", code="amount_too_large"
        )


def _check_addresses(params: dict) -> None:
    if not params.get("success_url"):
        raise StripeError("Missing required param: success_url.", code="parameter_missing", param="success_url")
    for name in ("success_url", "cancel_url"):
        url = params.get(name)
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
            raise StripeError("Not a valid URL", code="url_invalid", param=name)


def _expires_at(params: dict) -> int:
    asked = params.get("expires_at")
    expires_at = clock.by_hands(asked) if asked else now() + LONGEST
    if expires_at < now() + SHORTEST - 5:
        raise StripeError(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if expires_at > now() + LONGEST + 5:
        raise StripeError(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    return expires_at


def _fields(params: dict, items: list, total: int) -> dict:
    invoice = params.get("invoice_creation") or {"enabled": False}
    customer, email = params.get("customer"), params.get("customer_email")
    recurs, saves = params["mode"] == "subscription", params["mode"] == "setup"
    creation = "always" if recurs or invoice.get("enabled") else params.get("customer_creation", "if_required")
    known_email = email or (customers.live(customer)["email"] if customer else None)
    return {
        **UNUSED,
        "adaptive_pricing": {"enabled": (params.get("adaptive_pricing") or {}).get("enabled", True)},
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "currency": params["currency"] if saves else items[0]["currency"],
        "custom_fields": [],
        "custom_text": records.blank("after_submit shipping_address submit terms_of_service_acceptance"),
        "customer": customer,
        "customer_creation": None if customer else creation,
        "customer_details": details(known_email) if known_email else None,
        "customer_email": email,
        "discounts": [],
        "expires_at": _expires_at(params),
        "invoice_creation": None if recurs or saves else _invoice_creation(invoice),
        "locale": params.get("locale"),
        "metadata": records.merge_metadata({}, params.get("metadata")),
        "mode": params["mode"],
        "payment_method_collection": "always" if recurs or saves else "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"] if recurs or saves else _method_types(params),
        "payment_status": "no_payment_required" if saves else "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        **{name: params.get(name) for name in ("submit_type", "success_url")},
        "total_details": None if saves else {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
    }


def _method_types(params: dict) -> list[str]:
    """A filter over what the account has, and no list of its own any more (payment_method_types is gone)."""
    allowed = params.get("allowed_payment_method_types") or METHOD_TYPES
    excluded = params.get("excluded_payment_method_types") or ()
    left = [method for method in METHOD_TYPES if method in allowed and method not in excluded]
    if not left:
        raise unsupported("payment methods other than card and us_bank_account", "allowed_payment_method_types")
    return left


def details(email: str) -> dict:
    blank = records.blank("address business_name individual_name name phone tax_ids")
    return {**blank, "email": email, "tax_exempt": "none"}


def _invoice_creation(wishes: dict) -> dict:
    data = wishes.get("invoice_data") or {}
    blank = records.blank("account_tax_ids custom_fields description footer issuer rendering_options")
    return {
        "enabled": bool(wishes.get("enabled")),
        "invoice_data": {**blank, "metadata": {}, **data},
    }


def expire(cause, params, id):
    """POST /v1/checkout/sessions/:id/expire"""
    session = records.get("checkout.session", id)
    if session["status"] != "open":
        raise StripeError(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"{session['status']}."
        )
    expire_record(cause, session)
    return session.wire


def expire_record(cause, session: Record) -> None:
    """Nobody can pay it any more."""
    timers.drop_timers(session.id)
    session.change(status="expired", url=None)
    if intent := intent_of(session):
        intents.cancel_record(cause, intent, "expired")
    if session["mode"] == "setup":
        setups.cancel(cause, session)
    events.emit(cause, "checkout.session.expired", session)


def update(cause, params, id):
    """POST /v1/checkout/sessions/:id: metadata."""
    session = records.get("checkout.session", id)
    session.change(metadata=records.merge_metadata(session["metadata"], params.get("metadata")))
    return session.wire
