"""Which cuts a figure counts, and the figures. Every figure is a condition on cuts: so its rows add up to it.

Time saved of a cut that its maker kept: minutes by hand as they were held then (see baselines), less the wait, never
below zero. One that was made and deleted saved nothing, and its wait is taken off (`lost`): who made it again waited
twice. The minutes by hand are an estimate: the sum of their middle stands beside what the low and the high ones give.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Aggregate, Avg, Case, Count, F, FloatField, Func, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest

from accounting.usage import baselines
from studio.models import Cut
from ui.periods import Period

SPREAD = {"low": "low", "saved": "middle", "high": "high"}

STAFF = Q(owner__isnull=False) & ~Q(owner__role="")
MEMBER = Q(owner__role="", owner__is_demo=False)
MAKERS = {
    "": ("Members and visitors", Q(owner__isnull=True) | MEMBER),
    "member": ("Members", MEMBER),
    "visitor": ("Visitors", Q(owner__isnull=True)),
    "staff": ("Staff", STAFF),
    "demo": ("Demo", Q(owner__role="", owner__is_demo=True)),
}
DONE = Q(state=Cut.State.DONE)
KEPT = DONE & Q(deleted_at__isnull=True)
WHAT = {
    "asked": ("Cuts asked for", Q()),
    "made": ("Cuts made", DONE),
    "failed": ("Failed", Q(state=Cut.State.FAILED)),
    "kept": ("Kept", KEPT),
    "downloaded": ("Downloaded", DONE & Q(downloads__gt=0)),
    "shared": ("Shared", DONE & Q(shares__gt=0)),
}
# part -> label, the column whose value is asked for, the column that names it
PARTS = {
    "category": ("Category", "category_id", "category__title"),
    "frame": ("Frame design", "frame_id", "frame__title"),
    "style": ("AI style", "style_id", "style__title"),
    "mood": ("Tone", "mood", "mood"),
    "language": ("Language", "language", "language"),
    "genre": ("Music", "genre", "genre"),
    "service": ("Service", "service", "service"),
    "reason": ("Failures by reason", "error", "error"),
}
NONE = "none"  # the value of a part that a cut does not have


class Percentile(Aggregate):
    """`Percentile("waited", at=0.95)`: from the cuts themselves, as a mean of percentiles means nothing."""

    def __init__(self, expression, *, at: float, **extra):
        super().__init__(expression, output_field=FloatField(), **extra)
        self.template = f"percentile_cont({at}) WITHIN GROUP (ORDER BY %(expressions)s)"


def _seconds(since: str, until: str):
    span = Func(F(until) - F(since), template="EXTRACT(EPOCH FROM %(expressions)s)::float8", output_field=FloatField())
    return Greatest(span, Value(0.0), output_field=FloatField())


def cuts(period: Period, *, makers="", what="asked", part="", value="") -> QuerySet[Cut]:
    """The cuts asked for in a period, with `took`, `queued` (seconds), and minutes `low`, `saved`, `high`, `lost`."""
    found = Cut.objects.filter(MAKERS[makers][1], created_at__gte=period.start, created_at__lt=period.end)
    found = found.filter(WHAT[what][1])
    if part:
        column = PARTS[part][1]
        found = found.filter(**{f"{column}__isnull": True} if value == NONE else {column: value})
    took = _seconds("queued_at", "finished_at")
    return found.annotate(
        took=Case(When(DONE, then=took)),
        queued=Case(When(DONE, then=_seconds("queued_at", "started_at"))),
        lost=Case(When(DONE & ~KEPT, then=took / Value(60.0)), default=Value(0.0), output_field=FloatField()),
        **{name: saved(minutes) for name, minutes in SPREAD.items()},
    )


def saved(minutes: str = "middle"):
    """Minutes that each cut saved, as an expression."""
    waited = _seconds("queued_at", "finished_at") / Value(60.0)
    worth = Greatest(baselines.minutes(minutes) - waited, Value(0.0), output_field=FloatField())
    return Case(When(KEPT, then=worth), When(DONE, then=-waited), default=Value(0.0), output_field=FloatField())


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
    p50: float | None
    p95: float | None
    queued: float | None
    provider: float | None
    render: float | None
    low: float
    saved: float
    high: float
    lost: float

    @property
    def each(self) -> Decimal | None:
        """Cuts made per member or visitor who asked for one."""
        return Decimal(self.made) / self.people if self.people else None

    def share(self, name: str) -> Decimal | None:
        """Of the cuts made; of those asked for, what failed."""
        whole = self.asked if name == "failed" else self.made
        return Decimal(getattr(self, name)) / whole if whole else None


def figures(period: Period, **only) -> Figures:
    found = cuts(period, **only)
    counts = {name: Count("pk", filter=condition) for name, (_, condition) in WHAT.items() if name != "asked"}
    people = Count("owner", distinct=True) + Count("visitor", distinct=True)
    taken = found.aggregate(
        asked=Count("pk"),
        poems=Count("poem", distinct=True),
        people=people,
        p50=Percentile("took", at=0.5),
        p95=Percentile("took", at=0.95),
        **counts,
    )
    means = {
        "took": F("took"),
        "queued": F("queued"),
        "provider": F("provider_ms") / Value(1000.0),
        "render": F("render_ms") / Value(1000.0),
    }
    times = {f"{name}_": Avg(one, filter=DONE, output_field=FloatField()) for name, one in means.items()}
    times |= {f"{name}_": Coalesce(Sum(name), Value(0.0), output_field=FloatField()) for name in (*SPREAD, "lost")}
    return Figures(**taken, **{name[:-1]: value for name, value in found.aggregate(**times).items()})


@dataclass(frozen=True)
class Part:
    """One category, frame, style … of a period."""

    value: str
    label: str
    cuts: int
    share: Decimal
    before: int
    saved: float


def usage_breakdown(*, period: Period, part: str, makers="") -> list[Part]:
    """The cuts of a period by one of their parts, the most used first; failures by reason are of failed cuts."""
    what = "failed" if part == "reason" else "asked"
    now, before = (_by(one, part, makers=makers, what=what) for one in (period, period.previous))
    whole = sum(row["cuts"] for row in now.values())
    found = [
        Part(
            value=NONE if value is None else str(value),
            label="Not told" if row["label"] in (None, "") else str(row["label"]),
            cuts=row["cuts"],
            share=Decimal(row["cuts"]) / whole,
            before=before.get(value, {}).get("cuts", 0),
            saved=row["sum"],
        )
        for value, row in now.items()
    ]
    return sorted(found, key=lambda one: (-one.cuts, one.label))


def _by(period: Period, part: str, **only) -> dict:
    _, column, label = PARTS[part]
    rows = cuts(period, **only).values(value=F(column), label=F(label)).order_by()
    return {row["value"]: row for row in rows.annotate(cuts=Count("pk"), sum=Sum("saved"))}
