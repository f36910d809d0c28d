"""Early fraud warnings: a bank tells that a charge looks stolen, before anybody disputes it."""

from stripesandbox import events, records
from stripesandbox.errors import StripeError
from stripesandbox.models import Record

KIND = "radar.early_fraud_warning"
FRAUD_TYPES = (
    "made_with_stolen_card",
    "made_with_lost_card",
    "made_with_counterfeit_card",
    "card_never_received",
    "fraudulent_card_application",
    "unauthorized_use_of_card",
    "misc",
)


def add(cause, charge: Record, fraud_type: str = FRAUD_TYPES[0]) -> Record:
    """The bank warns. It is actionable while a full refund could still keep a dispute away."""
    if charge["status"] != "succeeded":
        raise StripeError(f"Charge {charge.id} has not succeeded: no bank warns of it.", param="charge")
    if fraud_type not in FRAUD_TYPES:
        raise StripeError(f"Invalid fraud_type: {fraud_type}", param="fraud_type")
    fields = {
        "actionable": not (charge["refunded"] or charge["disputed"]),
        "charge": charge.id,
        "fraud_type": fraud_type,
        "payment_intent": charge["payment_intent"],
    }
    warning = records.add(KIND, "issfr", fields)
    events.emit(cause, f"{KIND}.created", warning)
    return warning


def calm(cause, charge: Record) -> None:
    """The charge was refunded in full or is disputed now: nothing is left to do about its warnings."""
    for warning in records.of(KIND, charge=charge.id, actionable=True):
        before = warning.change(actionable=False)
        events.emit(cause, f"{KIND}.updated", warning, before)
