"""What of a refund or a dispute is tax, as SQL: all that goes back of a payment takes all of its tax."""

# When `before` of the payment had gone already, rounded
SHARE = """round({tax} * least({before} + {amount}, {cash}) / {cash}, 2)
    - round({tax} * least({before}, {cash}) / {cash}, 2)"""
EARLIER = "coalesce((SELECT sum(e.amount) FROM {table} e WHERE {same} AND ({order}) < ({own})), 0)"
ISSUED = "status IN ('pending', 'succeeded')"
TAKEN = "status NOT IN ('warning_needs_response', 'warning_under_review', 'warning_closed', 'won')"
HELD = "is_booked AND NOT {0}.is_given_back"


def of_refund(row: str, top_up: str) -> str:
    """Of a refund of a top-up; both are names of tables or their aliases in the query."""
    held = f"e.top_up_id = {row}.top_up_id AND e.{ISSUED}"
    return _share(row, "billing_refund", held, "created_at", **_of_top_up(top_up))


def of_dispute(row: str, top_up: str) -> str:
    """Of a dispute of a top-up."""
    held = f"e.top_up_id = {row}.top_up_id AND e.{TAKEN}"
    return _share(row, "billing_dispute", held, "created_at", **_of_top_up(top_up))


def of_money_back(row: str, invoice: str) -> str:
    """Of what went back of an invoice, either way."""
    held = f"e.invoice_id = {row}.invoice_id AND e.{HELD.format('e')}"
    payment = {"tax": f"{invoice}.tax", "cash": f"{invoice}.cash"}
    return _share(row, "memberships_moneyback", held, "taken_at", **payment)


def _of_top_up(name: str) -> dict:
    return {"tax": f"({name}.cash - {name}.amount)", "cash": f"{name}.cash"}


def _share(row: str, table: str, same: str, at: str, **payment: str) -> str:
    order, own = (", ".join(f"{name}.{column}" for column in (at, "stripe_id")) for name in ("e", row))
    before = EARLIER.format(table=table, same=same, order=order, own=own)
    return SHARE.format(before=before, amount=f"{row}.amount", **payment)
