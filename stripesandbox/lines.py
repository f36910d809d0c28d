"""Line items of a Checkout session, with the price and product that Stripe makes from price_data."""

from decimal import Decimal

from stripesandbox.errors import StripeError, missing, unsupported
from stripesandbox.models import new_id, now


def build(wishes: list[dict], currency: str | None) -> list[dict]:
    """The line items as they go over the wire."""
    if not wishes:
        raise StripeError(
            "You must provide `line_items` in payment mode.", code="parameter_missing", param="line_items"
        )
    items = [_item(wish, f"line_items[{index}]") for index, wish in enumerate(wishes)]
    currencies = {item["currency"] for item in items} | ({currency} if currency else set())
    if len(currencies) > 1:
        raise StripeError("All prices on a Checkout Session must expect to be paid in the same currency.")
    if currencies != {"usd"}:
        raise unsupported(f"the currency {currencies.pop()}", "currency")
    return items


def _item(wish: dict, path: str) -> dict:
    if price := wish.get("price"):
        raise missing("price", price, f"{path}[price]")
    data = wish.get("price_data")
    if data is None:
        raise StripeError(f"Missing required param: {path}[price_data].", code="parameter_missing", param=path)
    if data.get("recurring"):
        raise StripeError("You must use `subscription` mode with a recurring price.", param=f"{path}[price_data]")
    if "product_data" not in data:
        raise unsupported("price_data without product_data", f"{path}[price_data][product_data]")
    amount = _unit_amount(data, path)
    quantity = wish.get("quantity", 1)
    if quantity < 1:
        raise StripeError("Invalid integer: must be at least 1", param=f"{path}[quantity]")
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount * quantity,
        "amount_tax": 0,
        "amount_total": amount * quantity,
        "currency": data["currency"].lower(),
        "description": data["product_data"]["name"],
        "metadata": wish.get("metadata") or {},
        "price": _price(data, amount),
        "quantity": quantity,
    }


def _unit_amount(data: dict, path: str) -> int:
    amount = data.get("unit_amount", data.get("unit_amount_decimal"))
    if amount is None:
        raise StripeError(
            f"Missing required param: {path}[price_data][unit_amount].",
            code="parameter_missing",
            param=f"{path}[price_data][unit_amount]",
        )
    if amount < 0 or amount != int(amount):
        raise StripeError(f"Invalid non-negative integer: {amount}", param=f"{path}[price_data][unit_amount]")
    return int(amount)


def _price(data: dict, amount: int) -> dict:
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": now(),
        "currency": data["currency"].lower(),
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": new_id("prod"),
        "recurring": None,
        "tax_behavior": data.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(Decimal(amount)),
    }
