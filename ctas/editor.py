"""The table of slots as the panel and the actions show it: forms beside what they would look like."""

from dataclasses import dataclass

from ctas import queries
from ctas.forms import SlotForm
from ctas.models import Slot
from ctas.placements import PLACEMENTS, Placement, spoken


@dataclass(frozen=True)
class Mock:
    """One placement as a small drawing with the text in it; without text it stays empty."""

    placement: Placement
    text: str


@dataclass(frozen=True)
class Row:
    form: SlotForm
    preview: str
    enabled: bool
    placements: list[Placement]

    @property
    def slot(self) -> Slot:
        return self.form.slot


def rows(data=None) -> list[Row]:
    """Every slot with what was typed, or with what is stored."""
    return [_row(SlotForm(slot, data)) for slot in queries.slots()]


def mocks(shown: list[Row]) -> list[Mock]:
    """All seven placements with the texts of these rows."""
    texts = {row.slot.key: row.preview if row.enabled else "" for row in shown}
    return [Mock(placement, texts[placement.slot]) for placement in PLACEMENTS.values()]


def _row(form: SlotForm) -> Row:
    placements = [placement for placement in PLACEMENTS.values() if placement.slot == form.slot.key]
    enabled = form["enabled"].value()
    text = str(form["text"].value() or "")
    return Row(form, spoken(" ".join(text.split())), bool(enabled), placements)
