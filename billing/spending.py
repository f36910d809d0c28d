"""A member's spending stopped and let go on, with the audit row: by staff, or by the system where `by` is None."""

from django.db import transaction

from audit.models import record
from ledger import freezes
from ledger.models import Wallet


class Changed(Exception):
    """Other reasons stand than whoever thaws has seen. The text says which; `reason` is what stands now."""

    def __init__(self, reason: str):
        super().__init__(
            f"Another reason was added meanwhile. Now it is frozen for: {reason}. Look again, then decide."
        )
        self.reason = reason


def freeze(member, reason: str, *, by) -> bool:
    """Refuse new charges and holds of this member. False when they are frozen for this reason already."""
    with transaction.atomic():
        before = _reason(member)
        changed = freezes.freeze_spending(member, reason)
        if changed:
            record(by, "spending.frozen", member, before=before, after=_reason(member), note=reason)
    return changed


def thaw(member, note: str, *, seen: str, by) -> bool:
    """Let a member spend again. False when nothing was frozen.

    All reasons go at once, so they are the ones that whoever thaws has `seen`. Raises Changed.
    """
    with transaction.atomic():
        before = _reason(member)
        if before["frozen"] not in ("", seen):
            raise Changed(before["frozen"])
        changed = freezes.thaw_spending(member)
        if changed:
            record(by, "spending.thawed", member, before=before, after=_reason(member), note=note)
    return changed


def _reason(member) -> dict:
    """As it stands: the wallet is locked first, so that before and after are of one change."""
    wallet = Wallet.objects.select_for_update(no_key=True).filter(member=member).first()
    return {"frozen": wallet.frozen_reason if wallet else ""}
