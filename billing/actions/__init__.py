"""What members and staff do about money. POST only."""

from billing.actions.auto_top_ups import (
    agree_auto_top_up,
    end_auto_top_up,
    refresh_card,
    remove_card,
    save_card,
    stop_auto_top_up,
)
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
    "agree_auto_top_up",
    "approve_adjustment",
    "ask_adjustment",
    "change_tunable",
    "decide_debt",
    "decline_adjustment",
    "end_auto_top_up",
    "freeze_member",
    "refresh_card",
    "refresh_top_up",
    "refund_invoice",
    "refund_top_up",
    "remove_card",
    "reopen_debt",
    "reopen_top_up",
    "repair_difference",
    "repair_differences",
    "replay_event",
    "reset_tunable",
    "reverse_adjustment",
    "save_card",
    "start_reconciliation",
    "start_top_up",
    "stop_auto_top_up",
    "thaw_member",
]
