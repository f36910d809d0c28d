"""Which cuts a figure counts, and the figures. Every figure is a condition on cuts: so its rows add up to it.

Figures are read from days (see rollups.py); a test compares each with the cuts that it opens. Time saved: savings.py.
"""

import math
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, F, FloatField, Func, Q, QuerySet, Value, When
from django.db.models.functions import Greatest

from accounting.usage import days, rollups
from catalog.models import Asset, Category, FrameDesign, Style
from studio.models import Cut, CutImage, SizedPicture
from ui.periods import Period

STAFF = Q(owner__isnull=False) & ~Q(owner__role="")
MEMBER = Q(owner__role="", owner__is_demo=False)
VISITOR = Q(owner__isnull=True, is_demo=False)
MAKERS = {
    "": ("Members and visitors", VISITOR | MEMBER),
    "member": ("Members", MEMBER),
    "visitor": ("Visitors", VISITOR),
    "staff": ("Staff", STAFF),
    "demo": ("Demo", Q(owner__role="", owner__is_demo=True) | Q(owner__isnull=True, is_demo=True)),
}
DONE = Q(state=Cut.State.DONE)
KEPT = DONE & (Q(deleted_at__isnull=True) | Q(deleted_at=F("purged_at")))  # what housekeeping purged was kept
WHAT = {
    "asked": ("Cuts asked for", Q()),
    "made": ("Cuts made", DONE),
    "failed": ("Failed", Q(state=Cut.State.FAILED)),
    "kept": ("Kept", KEPT),
    "downloaded": ("Downloaded", DONE & Q(downloads__gt=0)),
    "shared": ("Shared", DONE & Q(shares__gt=0)),
}
# part -> label, the column whose value is asked for, what names it
PARTS = {
    "category": ("Category", "category_id", Category),
    "frame": ("Frame design", "frame_id", FrameDesign),
    "style": ("AI style", "style_id", Style),
    "mood": ("Tone", "mood", None),
    "language": ("Language", "language", None),
    "genre": ("Music", "genre", None),
    "service": ("Service", "service", None),
    "feature": ("Features used", "", None),
    "reason": ("Failures by reason", "error", None),
}
# What a cut may have besides, as rollups.FEATURES counts it
FEATURES = {
    "poem": ("A poem written by a model", Q(made_with__contains=["poem"])),
    "image": ("A picture painted by a model", Q(made_with__contains=["image"])),
    "composed": (
        "Music composed by a model",
        Q(track__asset__origin=Asset.Origin.GENERATED) | Q(made_with__contains=["music"]),
    ),
    "own_music": ("Own music", Q(own_music__isnull=False)),
    "own_pictures": ("Own pictures", Q(pk__in=CutImage.objects.filter(asset__owner__isnull=False).values("cut"))),
    "sized": ("Other sizes and stories", Q(pk__in=SizedPicture.objects.values("cut"))),
    "link": ("Share page open", Q(shared=True)),
    "wall": ("Among the public cuts", Q(on_wall=True)),
}
NONE = "none"  # the value of a part that a cut does not have


def _seconds(since: str, until: str):
    span = Func(F(until) - F(since), template="EXTRACT(EPOCH FROM %(expressions)s)::float8", output_field=FloatField())
    return Greatest(span, Value(0.0), output_field=FloatField())


def cuts(period: Period, *, makers="", what="asked", part="", value="") -> QuerySet[Cut]:
    """The cuts asked for in a period, with `took` and `queued` in seconds, if they were made."""
    found = Cut.objects.filter(MAKERS[makers][1], created_at__gte=period.start, created_at__lt=period.end)
    found = found.filter(WHAT[what][1])
    if part == "feature":
        found = found.filter(FEATURES[value][1]) if value in FEATURES else found.none()
    elif part:
        column = PARTS[part][1]
        found = found.filter(**{f"{column}__isnull": True} if value == NONE else {column: value})
    return found.annotate(
        took=Case(When(DONE, then=_seconds("queued_at", "finished_at"))),
        queued=Case(When(DONE, then=_seconds("queued_at", "started_at"))),
    )


@dataclass(frozen=True)
class Figures:
    """Of a period. Times are seconds and None without a cut that was made; savings are minutes."""

    asked: int
    made: int
    failed: int
    kept: int
    downloaded: int
    shared: int
    poems: int
    people: int
    took: float | None
    queued: float | None
    provider: float | None
    render: float | None
    low: Decimal
    saved: Decimal
    high: Decimal
    lost: Decimal

    @property
    def each(self) -> Decimal | None:
        """Cuts made per member or visitor who asked for one."""
        return Decimal(self.made) / self.people if self.people else None

    def share(self, name: str) -> Decimal | None:
        """Of the cuts made; of those asked for, what failed."""
        whole = self.asked if name == "failed" else self.made
        return Decimal(getattr(self, name)) / whole if whole else None


def figures(period: Period, makers: str = "") -> Figures:
    """What was asked for and made, by how many, in which time; and what it saved."""
    sums, who = days.sums(period, makers, [""])[""][""], days.different(period, makers)
    times = {name: sums.pop(f"{name}_ms") for name in ("took", "queued", "provider", "render")}
    return Figures(
        **sums,
        people=who["owner"] + who["visitor"],
        poems=who["poem"],
        **{name: float(total) / sums["made"] / 1000 if sums["made"] else None for name, total in times.items()},
    )


def percentiles(period: Period, makers: str, *parts: float) -> list[float | None]:
    """Seconds within which these parts of all cuts were made, to within 2 %; None without one."""
    found = days.sums(period, makers, ["took"], ["made"])["took"]
    made = {int(bucket): one["made"] for bucket, one in found.items()}
    return [_percentile(made, part) for part in parts]


def total(period: Period, *, makers="", what="asked", part="", value="") -> days.Sums:
    """The sums of the cuts that `cuts` finds with the same; `cuts` is how many."""
    found = days.sums(period, makers, [part])[part][value]
    return found | {"cuts": found[what]}


def _percentile(made: dict[int, int], part: float) -> float | None:
    left = part * sum(made.values())
    for bucket in sorted(made):
        left -= made[bucket]
        if left <= 0:
            return math.exp((bucket + 0.5) * math.log(1 + rollups.BUCKET)) / 1000
    return None


@dataclass(frozen=True)
class Part:
    """One category, frame, style … of a period; `share` of the cuts that it is a part of."""

    value: str
    label: str
    cuts: int
    share: Decimal
    before: int
    saved: Decimal


COUNTED = ("asked", "failed", "saved")


def usage_breakdown(*, period: Period, part: str, makers="") -> list[Part]:
    """The cuts of a period by one of their parts, the most used first.

    Failures by reason are of failed cuts; of features a cut may have several, or none.
    """
    now, before = (days.sums(one, makers, ["", part], COUNTED) for one in (period, period.previous))
    everything = now[""][""]
    whole = everything["failed" if part == "reason" else "asked"]
    titles = _titles(part, now[part])
    found = [
        Part(
            value=value,
            label=titles.get(value, value) or "Not told",
            cuts=one["asked"],
            share=Decimal(one["asked"]) / whole,
            before=before[part][value]["asked"],
            saved=one["saved"],
        )
        for value, one in now[part].items()
    ]
    return sorted(found, key=lambda one: (-one.cuts, one.label))


def _titles(part: str, values) -> dict[str, str]:
    """How the values of a part are called, where they are not their own name."""
    model = PARTS[part][2]
    if part == "feature":
        return {value: label for value, (label, _) in FEATURES.items()}
    if model is None:
        return {}
    rows = model.objects.filter(pk__in=[value for value in values if value != NONE]).values_list("pk", "title")
    return {NONE: ""} | {str(pk): title for pk, title in rows}
