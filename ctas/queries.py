"""Reads of the calls to action."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from ctas.counting import FIGURES
from ctas.models import PlacementDay, Slot, SlotVersion
from ctas.placements import PLACEMENTS, Placement


@dataclass(frozen=True)
class Tally:
    """What one placement brought in a period; rates are None where there is nothing to divide by."""

    placement: Placement
    impressions: int
    clicks: int
    sign_ups: int

    @property
    def slot(self) -> str:
        return Slot.Key(self.placement.slot).label

    @property
    def click_rate(self) -> Decimal | None:
        return Decimal(self.clicks) / self.impressions if self.impressions else None

    @property
    def conversion(self) -> Decimal | None:
        return Decimal(self.sign_ups) / self.clicks if self.clicks else None


TALLY_COLUMNS = (
    ("placement.title", "Placement"),
    ("placement.where", "Where"),
    ("slot", "Slot"),
    ("impressions", "Impressions"),
    ("clicks", "Clicks"),
    ("click_rate", "Click rate", lambda row: _rounded(row.click_rate)),
    ("sign_ups", "Sign-ups"),
    ("conversion", "Conversion rate", lambda row: _rounded(row.conversion)),
)


def slots() -> list[Slot]:
    """All three, in the order of the page."""
    found = {slot.key: slot for slot in Slot.objects.all()}
    return [found[key] for key in Slot.Key if key in found]


def placements(*, period) -> list[Tally]:
    """The seven placements with what came of them, in the order of the page."""
    rows = PlacementDay.objects.filter(day__range=(period.first, period.last)).values("placement")
    sums = {row["placement"]: row for row in rows.annotate(**{f"sum_{figure}": Sum(figure) for figure in FIGURES})}
    return [
        Tally(placement, *(sums.get(key, {}).get(f"sum_{figure}", 0) for figure in FIGURES))
        for key, placement in PLACEMENTS.items()
    ]


def history():
    """Everything the slots ever said; newest first is the caller's order."""
    return SlotVersion.objects.select_related("slot", "by")


def _rounded(rate: Decimal | None) -> Decimal | None:
    return rate if rate is None else round(rate, 4)
