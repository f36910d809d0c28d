"""Another price or quantity in the middle of a period: what is unused is given back, what is left is charged."""

from stripesandbox import bills, catalog, clock, events, periods, renewals, timers
from stripesandbox.errors import StripeError, unsupported
from stripesandbox.models import Record, now


def switch(cause, subscription: Record, params: dict, fields: dict) -> None:
    """POST /v1/subscriptions/:id with items: the one item changes."""
    if subscription["status"] not in ("active", "past_due"):
        raise StripeError(f"A subscription that is {subscription['status']} cannot be changed.", param="items")
    old, item = _items(subscription, params["items"])
    behavior = params.get("proration_behavior", "create_prorations")
    fresh = old["price"]["recurring"] != item["price"]["recurring"]  # another interval begins a period of its own
    if fresh:
        item |= {
            "current_period_start": now(),
            "current_period_end": periods.after(now(), item["price"]["recurring"], 1),
        }
    lines = [] if behavior == "none" else _prorated(subscription, old, item, fresh)
    if fresh:
        fields |= {"billing_cycle_anchor": now()}
        if subscription["cancel_at_period_end"] and "cancel_at" not in fields:
            fields |= {"cancel_at": item["current_period_end"]}
        subscription.private["periods"] = 1
        timers.drop_timers(subscription.id)
        timers.set_timer(item["current_period_end"] - clock.seconds(), "renew", subscription.id)
    before = subscription.change(**fields, items={**subscription["items"], "data": [item]})
    events.emit(cause, "customer.subscription.updated", subscription, before)
    if fresh:
        lines += bills.whole_period(subscription)
    if lines and (fresh or behavior == "always_invoice"):
        _bill(cause, subscription, lines, params.get("payment_behavior", "allow_incomplete"))
    else:
        subscription.private["pending"] += lines
        subscription.save(update_fields=["private"])


def _items(subscription: Record, wishes: list[dict]) -> tuple[dict, dict]:
    items = subscription["items"]["data"]
    if len(items) != 1 or len(wishes) != 1 or wishes[0].get("id") != items[0]["id"]:
        raise unsupported("a change other than of the one item of a subscription, by its id", "items")
    old, wish = items[0], wishes[0]
    price = catalog.sold(wish["price"], "items[0][price]") if "price" in wish else old["price"]
    if not price["recurring"]:
        raise StripeError("The price specified is set to `type=one_time`.", param="items[0][price]")
    quantity = wish.get("quantity", old["quantity"])
    return old, {**old, "price": price, "plan": catalog.plan_of(price), "quantity": quantity}


def _prorated(subscription: Record, old: dict, item: dict, fresh: bool) -> list[dict]:
    moment, start, end = now(), old["current_period_start"], old["current_period_end"]
    told = ((old, -1, "Unused time on {}"),) + (() if fresh else ((item, 1, "Remaining time on {}"),))
    return [
        bills.line(
            *(subscription, each),
            sign * periods.share(each["price"]["unit_amount"] * each["quantity"], moment, start, end),
            *(moment, end),
            said=said,
        )
        for each, sign, said in told
    ]


def _bill(cause, subscription: Record, lines: list[dict], behavior: str) -> None:
    lines = [*subscription.private["pending"], *lines]
    subscription.private["pending"] = []
    invoice = bills.draft(cause, subscription, "subscription_update", lines, (now(), now()))
    bills.finalize(cause, invoice)
    renewals.collect(cause, invoice, behavior)
