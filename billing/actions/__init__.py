"""What members and staff do about money. POST only."""

from billing.actions.credit import (
    approve_adjustment,
    ask_adjustment,
    decide_debt,
    decline_adjustment,
    freeze_member,
    reopen_debt,
    reverse_adjustment,
    thaw_member,
)
from billing.actions.stripe import (
    change_tunable,
    refund_invoice,
    refund_top_up,
    repair_difference,
    repair_differences,
    replay_event,
    reset_tunable,
    start_reconciliation,
)
from billing.actions.top_ups import (
    refresh_top_up,
    reopen_top_up,
    start_top_up,
)

__all__ = [
    "approve_adjustment",
    "ask_adjustment",
    "change_tunable",
    "decide_debt",
    "decline_adjustment",
    "freeze_member",
    "refresh_top_up",
    "refund_invoice",
    "refund_top_up",
    "reopen_debt",
    "reopen_top_up",
    "repair_difference",
    "repair_differences",
    "replay_event",
    "reset_tunable",
    "reverse_adjustment",
    "start_reconciliation",
    "start_top_up",
    "thaw_member",
]
