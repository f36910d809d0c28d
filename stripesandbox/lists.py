"""Stripe's lists: newest first, cursors by object id, filters by field and by time of creation."""

from stripesandbox import balance, events, records
from stripesandbox.errors import StripeError, missing, unsupported
from stripesandbox.models import Record

COMPARISONS = {"gt", "gte", "lt", "lte"}
PAGING = {"limit", "starting_after", "ending_before", "created"}


def page(queryset, params: dict, url: str, show=lambda record: record.wire) -> dict:
    """One page of a list."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise StripeError("Invalid integer: limit must be between 1 and 100", param="limit")
    if "starting_after" in params and "ending_before" in params:
        raise StripeError("You can only specify one of these parameters: starting_after, ending_before.")
    queryset = _between(queryset, "created", params.get("created"))
    backwards = "ending_before" in params
    if backwards:
        found = list(queryset.filter(seq__gt=_cursor(params, "ending_before")).order_by("seq")[: limit + 1])
    elif "starting_after" in params:
        found = list(queryset.filter(seq__lt=_cursor(params, "starting_after"))[: limit + 1])
    else:
        found = list(queryset[: limit + 1])
    rows = found[:limit][::-1] if backwards else found[:limit]
    return {"object": "list", "data": [show(row) for row in rows], "has_more": len(found) > limit, "url": url}


def _cursor(params: dict, name: str) -> int:
    record = records.find(params[name])
    if record is None:
        raise StripeError(f"No such object: '{params[name]}'", code="resource_missing", param=name)
    return record.seq


def _between(queryset, field: str, moment):
    """Stripe's filter on a time: exact, or by gt, gte, lt and lte."""
    if isinstance(moment, int):
        return queryset.filter(**{field: moment})
    for comparison in COMPARISONS & set(moment or ()):
        queryset = queryset.filter(**{f"{field}__{comparison}": moment[comparison]})
    return queryset


def listing(kind: str, url: str, *filters: str):
    """The handler of GET /v1/<kind>s with plain equality filters; others are refused, never ignored."""

    def handler(cause, params):
        _refuse_others(params, *filters)
        wanted = {name: params[name] for name in filters if name in params}
        return page(records.of(kind, **wanted), params, url)

    return handler


def _refuse_others(params: dict, *filters: str) -> None:
    if others := sorted(set(params) - PAGING - set(filters)):
        raise unsupported(f"the filter {others[0]}", others[0])


def retrieving(kind: str):
    """The handler of GET /v1/<kind>s/:id."""

    def handler(cause, params, id):
        return records.get(kind, id).wire

    return handler


def customers(cause, params):
    """GET /v1/customers"""
    _refuse_others(params, "email")
    live = records.of("customer", email=params.get("email")).filter(private__deleted__isnull=True)
    return page(live, params, "/v1/customers")


def search_customers(cause, params):
    """GET /v1/customers/search: the one query that is asked, email:'…'."""
    field, _, value = params["query"].partition(":")
    if field != "email":
        raise StripeError("The sandbox searches customers by email only.", param="query")
    email = value.strip().strip("'\"")
    found = records.of("customer", email=email).filter(private__deleted__isnull=True)[: params.get("limit", 10)]
    return {
        "object": "search_result",
        "data": [record.wire for record in found],
        "has_more": False,
        "next_page": None,
        "url": "/v1/customers/search",
    }


def sessions(cause, params):
    """GET /v1/checkout/sessions"""
    _refuse_others(params, "customer", "payment_intent", "status", "customer_details")
    wanted = {name: params[name] for name in ("customer", "payment_intent", "status") if name in params}
    rows = records.of("checkout.session", **wanted)
    if email := (params.get("customer_details") or {}).get("email"):
        rows = rows.filter(wire__customer_details__email=email)
    return page(rows, params, "/v1/checkout/sessions")


def line_items(cause, params, id):
    """GET /v1/checkout/sessions/:id/line_items"""
    items = records.get("checkout.session", id).private["line_items"]
    return {"object": "list", "data": items, "has_more": False, "url": f"/v1/checkout/sessions/{id}/line_items"}


def invoices(cause, params):
    """GET /v1/invoices"""
    _refuse_others(params, "customer", "status", "subscription")
    rows = records.of("invoice", **{name: params[name] for name in ("customer", "status") if name in params})
    if subscription := params.get("subscription"):
        rows = rows.filter(private__subscription=subscription)
    return page(rows, params, "/v1/invoices")


def subscriptions(cause, params):
    """GET /v1/subscriptions: those that have not ended, unless a status is asked for."""
    _refuse_others(params, "customer", "price", "status")
    rows = records.of("subscription", customer=params.get("customer"))
    match params.get("status"):
        case None:
            rows = rows.exclude(wire__status="canceled")
        case "ended":
            rows = rows.filter(wire__status__in=("canceled", "incomplete_expired"))
        case status if status != "all":
            rows = rows.filter(wire__status=status)
    if price := params.get("price"):
        rows = rows.filter(wire__items__data__0__price__id=price)
    return page(rows, params, "/v1/subscriptions")


def payouts(cause, params):
    """GET /v1/payouts"""
    wanted = {name: params[name] for name in ("status", "destination") if name in params}
    rows = _between(records.of("payout", **wanted), "wire__arrival_date", params.get("arrival_date"))
    return page(rows, params, "/v1/payouts")


def balance_transactions(cause, params):
    """GET /v1/balance_transactions"""
    wanted = {name: params[name] for name in ("type", "source", "currency") if name in params}
    rows = records.of("balance_transaction", **wanted)
    if payout := params.get("payout"):
        rows = rows.filter(private__payout=payout)
    return page(rows, params, "/v1/balance_transactions", lambda record: balance.as_of_now(record.wire))


def balance_transaction(cause, params, id):
    """GET /v1/balance_transactions/:id"""
    return balance.as_of_now(records.get("balance_transaction", id).wire)


def happenings(cause, params):
    """GET /v1/events"""
    if "type" in params and "types" in params:
        raise StripeError("You may only specify one of these parameters: type, types.")
    rows = events.kept()
    if "type" in params:
        rows = rows.filter(**events.matching(params["type"]))
    if "types" in params:
        if len(params["types"]) > 20:
            raise StripeError("You may only filter by up to 20 types.", param="types")
        rows = rows.filter(wire__type__in=params["types"])
    if "delivery_success" in params:
        pending = {"wire__pending_webhooks": 0} if params["delivery_success"] else {"wire__pending_webhooks__gt": 0}
        rows = rows.filter(**pending)
    return page(rows, params, "/v1/events")


def happening(cause, params, id):
    """GET /v1/events/:id"""
    event = events.kept().filter(id=id).first()
    if event is None:
        raise missing("event", id)
    return event.wire


def invoice_payments(invoice: Record) -> dict:
    """The payments of an invoice, as its expandable field."""
    rows = [record.wire for record in records.of("invoice_payment", invoice=invoice.id)]
    return {"object": "list", "data": rows, "has_more": False, "url": "/v1/invoice_payments"}
