"""Changing the texts: all slots at once, nobody's words overwritten unseen."""

from dataclasses import dataclass

from django.db import transaction

from audit.models import record
from ctas.models import Slot, SlotVersion


@dataclass(frozen=True)
class Wanted:
    """What a form asks for one slot; `version` is what it showed."""

    key: str
    text: str
    enabled: bool
    version: int


class Conflict(Exception):
    """Somebody changed these slots since the form was shown; nothing was saved. Holds the slots as they are."""

    def __init__(self, slots: list[Slot]):
        super().__init__(f"Changed meanwhile: {', '.join(str(slot) for slot in slots)}")
        self.slots = slots


def save(wanted: list[Wanted], *, by) -> list[Slot]:
    """Save what the form changed; slots that it left alone keep what others wrote meanwhile. Returns the changed."""
    with transaction.atomic():
        slots = {slot.key: slot for slot in Slot.objects.select_for_update(no_key=True).order_by("key")}
        changes = [each for each in wanted if _differs(each, slots[each.key])]
        stale = [each for each in changes if each.version != slots[each.key].version]
        for each in stale:
            slot = slots[each.key]
            after = {"text": each.text, "enabled": each.enabled}
            record(by, "slot.conflicted", slot, before=slot.words, after=after)
        if not stale:
            for each in changes:
                slots[each.key].write(each.text, each.enabled, by=by)
    if stale:
        raise Conflict([slots[each.key] for each in stale])
    return [slots[each.key] for each in changes]


def restore(key: str, version: int, *, by) -> tuple[Slot, int]:
    """Say again what an earlier version said, as a new version. Returns the slot and the version it had before."""
    with transaction.atomic():
        slot = Slot.objects.select_for_update(no_key=True).get(pk=key)
        old = slot.versions.get(version=version)
        before = slot.version
        if (old.text, old.enabled) != (slot.text, slot.enabled):
            slot.write(old.text, old.enabled, by=by, verb="slot.restored")
        return slot, before


def _differs(wanted: Wanted, slot: Slot) -> bool:
    """Whether the form changed the slot: against what it showed, and against what stands there now."""
    asked = (wanted.text, wanted.enabled)
    shown = SlotVersion.objects.filter(slot=slot, version=wanted.version).values_list("text", "enabled").first()
    return asked not in (shown, (slot.text, slot.enabled))
