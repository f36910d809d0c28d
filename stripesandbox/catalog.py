"""Products and prices: what is sold, and for how much how often."""

from decimal import Decimal

from stripesandbox import events, records
from stripesandbox.errors import StripeError, missing, unsupported
from stripesandbox.models import Record, now

INTERVALS = {"month", "year"}
PRODUCT_FIELDS = ("active", "description", "name", "statement_descriptor", "unit_label", "url")
PRICE_FIELDS = ("active", "nickname", "lookup_key")


def create_product(cause, params):
    """POST /v1/products"""
    return add_product(cause, params).wire


def add_product(cause, params: dict) -> Record:
    """Keep a new product."""
    _refuse_others(params, *PRODUCT_FIELDS, "id", "metadata")
    fields = {name: params.get(name) for name in PRODUCT_FIELDS}
    product = records.add(
        "product",
        "prod",
        {
            **records.blank("default_price package_dimensions shippable tax_code tax_details"),
            **fields,
            "active": params.get("active", True),
            "images": [],
            "marketing_features": [],
            "metadata": records.merge_metadata({}, params.get("metadata")),
            "type": "service",
            "updated": now(),
        },
        id=params.get("id"),
    )
    events.emit(cause, "product.created", product)
    return product


def update_product(cause, params, id):
    """POST /v1/products/:id"""
    _refuse_others(params, *PRODUCT_FIELDS, "metadata")
    return _update(cause, records.get("product", id), params, PRODUCT_FIELDS, updated=now())


def create_price(cause, params):
    """POST /v1/prices"""
    if data := params.get("product_data"):
        params = {**params, "product": add_product(cause, data).id}
    price = records.add("price", "price", _price(params))
    events.emit(cause, "price.created", price)
    return price.wire


def _price(params: dict) -> dict:
    _refuse_others(
        *(params, *PRICE_FIELDS, "currency", "metadata", "product", "product_data", "recurring", "tax_behavior"),
        *("unit_amount", "unit_amount_decimal"),
    )
    if "product" not in params:
        raise StripeError("Missing required param: product.", code="parameter_missing", param="product")
    records.get("product", params["product"], "product")
    amount = params.get("unit_amount", params.get("unit_amount_decimal"))
    if amount is None or amount < 0 or amount != int(amount):
        raise StripeError("Invalid non-negative integer", param="unit_amount")
    if params["currency"].lower() != "usd":
        raise unsupported(f"the currency {params['currency']}", "currency")
    return {
        **records.blank("custom_unit_amount tiers_mode transform_quantity"),
        **{name: params.get(name) for name in PRICE_FIELDS},
        "active": params.get("active", True),
        "billing_scheme": "per_unit",
        "currency": "usd",
        "metadata": records.merge_metadata({}, params.get("metadata")),
        "product": params["product"],
        "recurring": _recurring(params["recurring"]) if "recurring" in params else None,
        "tax_behavior": params.get("tax_behavior", "unspecified"),
        "type": "recurring" if "recurring" in params else "one_time",
        "unit_amount": int(amount),
        "unit_amount_decimal": str(Decimal(int(amount))),
    }


def _recurring(wish: dict) -> dict:
    if wish["interval"] not in INTERVALS or wish.get("usage_type", "licensed") != "licensed":
        raise unsupported("prices other than by month or by year", "recurring")
    return {
        "interval": wish["interval"],
        "interval_count": wish.get("interval_count", 1),
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def update_price(cause, params, id):
    """POST /v1/prices/:id: the amount of a price never changes."""
    _refuse_others(params, *PRICE_FIELDS, "metadata")
    return _update(cause, records.get("price", id), params, PRICE_FIELDS)


def _update(cause, record: Record, params: dict, names: tuple, **also) -> dict:
    fields = {name: params[name] for name in names if name in params}
    metadata = records.merge_metadata(record["metadata"], params.get("metadata"))
    if before := record.change(**fields, metadata=metadata, **also):
        events.emit(cause, f"{record.kind}.updated", record, before)
    return record.wire


def _refuse_others(params: dict, *known: str) -> None:
    if others := sorted(set(params) - set(known)):
        raise unsupported(others[0], others[0])


def sold(id: str, param: str) -> dict:
    """An active price, for a new sale."""
    price = records.find(id)
    if price is None or price.kind != "price":
        raise missing("price", id, param)
    if not price["active"]:
        raise StripeError("The price specified is inactive. This field only accepts active prices.", param=param)
    return price.wire


def plan_of(price: dict) -> dict:
    """The price under its former name, as items of subscriptions still carry it."""
    kept = ("active", "billing_scheme", "created", "currency", "id", "livemode", "metadata", "nickname", "product")
    return {
        **{name: price[name] for name in kept},
        **{name: price["recurring"][name] for name in ("interval", "interval_count", "meter", "usage_type")},
        "object": "plan",
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
    }
