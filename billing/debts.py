"""A member owes, or owes no longer: who must know, and what was waiting for it."""

from alerts.models import raise_alert, settle
from billing.models.debt import alert_of, lift_block
from ledger.posting import Posting
from ui.format import money

PANEL = "/admin/billing/disputes/"


def note(member, posted: Posting) -> None:
    """Call after every posting that may make or settle a debt, in its transaction."""
    if not posted.created:
        return
    if posted.debt:
        raise_alert(
            alert_of(member),
            f"{member.email} owes {money(posted.debt)}",
            "A payment went back that had been spent. The next top-up pays it first; block, carry or write it off.",
            url=PANEL,
        )
    else:
        settle(alert_of(member))
        lift_block(member)
