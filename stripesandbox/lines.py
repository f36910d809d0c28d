"""Line items of a Checkout session: of a price that exists, or that Stripe makes from price_data."""

from decimal import Decimal

from stripesandbox import catalog, records
from stripesandbox.errors import StripeError, unsupported
from stripesandbox.models import new_id, now


def build(wishes: list[dict], currency: str | None, mode: str = "payment") -> list[dict]:
    """The line items as they go over the wire."""
    if not wishes:
        raise StripeError(
            f"You must provide `line_items` in {mode} mode.", code="parameter_missing", param="line_items"
        )
    items = [_item(wish, f"line_items[{index}]", mode) for index, wish in enumerate(wishes)]
    currencies = {item["currency"] for item in items} | ({currency} if currency else set())
    if len(currencies) > 1:
        raise StripeError("All prices on a Checkout Session must expect to be paid in the same currency.")
    if currencies != {"usd"}:
        raise unsupported(f"the currency {currencies.pop()}", "currency")
    return items


def _item(wish: dict, path: str, mode: str) -> dict:
    price, name = _known(wish["price"], path) if "price" in wish else _made(wish, path)
    if mode == "payment" and price["recurring"]:
        raise StripeError("You must use `subscription` mode with a recurring price.", param=f"{path}[price]")
    if mode == "subscription" and not price["recurring"]:
        raise unsupported("one-time prices beside a subscription", f"{path}[price]")
    quantity = wish.get("quantity", 1)
    if quantity < 1:
        raise StripeError("Invalid integer: must be at least 1", param=f"{path}[quantity]")
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": name,
        "metadata": wish.get("metadata") or {},
        "price": price,
        "quantity": quantity,
    }


def _known(id: str, path: str) -> tuple[dict, str]:
    price = catalog.sold(id, f"{path}[price]")
    return price, records.get("product", price["product"])["name"]


def _made(wish: dict, path: str) -> tuple[dict, str]:
    data = wish.get("price_data")
    if data is None:
        raise StripeError(f"Missing required param: {path}[price_data].", code="parameter_missing", param=path)
    if data.get("recurring"):
        raise unsupported("a recurring price made from price_data", f"{path}[price_data]")
    if "product_data" not in data:
        raise unsupported("price_data without product_data", f"{path}[price_data][product_data]")
    return _price(data, _unit_amount(data, path)), data["product_data"]["name"]


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
