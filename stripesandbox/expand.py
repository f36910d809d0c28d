"""expand[]: ids become the objects that they name."""

from stripesandbox import balance, lists, records
from stripesandbox.errors import StripeError

DEEPEST = 4


def expanded(answer: dict, paths: list[str]) -> dict:
    """A copy of the answer with each path of `expand[]` filled in."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST + (steps[0] == "data"):
            raise StripeError(
                f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}", param="expand"
            )
        answer = _expand(answer, steps, path)
    return answer


def _expand(node, steps: list[str], path: str):
    if not steps:
        return node
    if isinstance(node, list):
        return [_expand(item, steps, path) for item in node]
    if not isinstance(node, dict):
        return node
    name, *rest = steps
    if name in node:
        value = node[name]
        if isinstance(value, str):
            value = _object(value, path)
        return {**node, name: _expand(value, rest, path)}
    return {**node, name: _expand(_included(node, name, path), rest, path)}


def _object(id: str, path: str) -> dict:
    record = records.find(id)
    if record is None:
        raise StripeError(f"This property cannot be expanded ({path}).", param="expand")
    return balance.as_of_now(record.wire) if record.kind == "balance_transaction" else record.wire


def _included(node: dict, name: str, path: str) -> dict:
    """Fields that exist on an object only when they are asked for."""
    match node.get("object"), name:
        case "checkout.session", "line_items":
            return lists.line_items(None, {}, node["id"])
        case "charge", "refunds":
            return lists.page(records.of("refund", charge=node["id"]), {}, f"/v1/charges/{node['id']}/refunds")
        case "invoice", "payments":
            return lists.invoice_payments(records.get("invoice", node["id"]))
        case "customer", "subscriptions":
            return lists.subscriptions(None, {"customer": node["id"]})
        case "customer", ("sources" | "tax_ids"):
            return {"object": "list", "data": [], "has_more": False, "url": f"/v1/customers/{node['id']}/{name}"}
    raise StripeError(f"This property cannot be expanded ({path}).", param="expand")
