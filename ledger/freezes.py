"""A member's spending stops, and goes on. Neither is a posting; who does it writes the audit row.

While it is frozen a charge and a new hold are refused with `posting.Frozen`. Top-ups, grants, refunds, reversals,
expiry and the settling or release of an open hold go on. It waits for a posting under way, and holds from then on.
"""

from django.db import connection

from ledger.models import Wallet
from ledger.posting import Refused

LONGEST = Wallet._meta.get_field("frozen_reason").max_length


def freeze_spending(member, reason) -> bool:
    """Whether it changed anything. A new reason is added to those that stand; the first instant stays."""
    reason = " ".join(reason.replace(";", ",").split())[:LONGEST]
    if not reason:
        raise ValueError("a freeze has a reason")
    return _ask("SELECT ledger_freeze(%s, %s)", member, reason)


def block_while_owing(member, blocked: bool) -> bool:
    """No spending until what is owed is paid, or no longer; whatever settles the debt lifts it. Whether it changed."""
    return _ask("SELECT ledger_block(%s, %s)", member, blocked)


def thaw_spending(member) -> bool:
    """Whether it was frozen. All reasons go at once."""
    return _ask("SELECT ledger_thaw(%s)", member)


def _ask(query, member, *more):
    member = getattr(member, "pk", member)
    with connection.cursor() as cursor:
        cursor.execute(query, [member, *more])
        changed = cursor.fetchone()[0]
    if changed is None:
        raise Refused(f"there is no member {member}")
    return changed
