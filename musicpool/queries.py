"""Reads of the music pool."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.models import Genre, Mood
from jobs.models import Job, State
from musicpool import demo, filling, musicgen
from musicpool.models import Fallback, Generation, Track
from tunables import values
from ui.format import money

DAYS = 30
BUCKETS = tuple((mood, genre) for mood in Mood for genre in Genre)


@dataclass(frozen=True)
class Bucket:
    """One mood × genre, and how it stands. `cost` is what MusicGen cost for renders that found it empty."""

    mood: Mood
    genre: Genre
    target: int
    goal: int
    approved: int = 0
    pending: int = 0
    rejected: int = 0
    plays: int = 0
    fallbacks: int = 0
    silent: int = 0
    cost: Decimal = Decimal(0)

    @property
    def is_low(self) -> bool:
        return self.approved < self.goal

    @property
    def url(self) -> str:
        return f"/admin/music/{self.mood}/{self.genre}/"

    @property
    def title(self) -> str:
        return f"{self.mood.label}, {self.genre.label.lower()}"


@dataclass(frozen=True)
class Pool:
    """All buckets by mood, their sums, and the job that composes the demo's tracks, if one is at work."""

    rows: list[tuple[Mood, list[Bucket]]]
    composing: Job | None

    @property
    def buckets(self) -> list[Bucket]:
        return [bucket for _, buckets in self.rows for bucket in buckets]

    @property
    def low(self) -> int:
        return sum(bucket.is_low for bucket in self.buckets)

    @property
    def wanted(self) -> int:
        return sum(bucket.target for bucket in self.buckets)

    @property
    def fallback_words(self) -> str:
        said = f"{money(self.cost)} to MusicGen in {DAYS} days"
        return f"{said}, {self.silent} without music" if self.silent else said

    def __getattr__(self, name):
        """Sums of what the buckets count: `approved`, `pending`, `plays`, `fallbacks`, `silent`, `cost`."""
        if name not in ("approved", "pending", "plays", "fallbacks", "silent", "cost"):
            raise AttributeError(name)
        return sum(getattr(bucket, name) for bucket in self.buckets)


def pool_status() -> Pool:
    """The whole pool, in two queries."""
    facts = {(mood, genre): {} for mood, genre in BUCKETS}
    for row in (*_tracks_counted(), *_fallbacks_counted()):
        facts[row.pop("mood"), row.pop("genre")] |= row
    limits = {"target": values.get("music_bucket_target"), "goal": values.get("music_bucket_goal")}
    rows = [(mood, [Bucket(mood, genre, **limits, **facts[mood, genre]) for genre in Genre]) for mood in Mood]
    return Pool(rows, Job.objects.filter(kind=demo.KIND, state__in=(State.NEW, State.RUNNING)).first())


def bucket(mood: str, genre: str) -> Bucket | None:
    """One of the twenty; None for what is none of them."""
    return next((each for each in pool_status().buckets if (each.mood, each.genre) == (mood, genre)), None)


def _tracks_counted():
    def states(state):
        return Count("pk", filter=Q(state=state))

    alive = Track.objects.filter(asset__retired_at=None).order_by()
    return alive.values("mood", "genre").annotate(
        approved=states("approved"), pending=states("pending"), rejected=states("rejected"), plays=Sum("plays")
    )


def _fallbacks_counted():
    seen = Fallback.objects.filter(at__gte=timezone.now() - timedelta(days=DAYS)).order_by()
    answered = Q(generation__call__state="answered")
    paid = Coalesce("generation__call__reported", "generation__call__expected")
    return seen.values("mood", "genre").annotate(
        fallbacks=Count("pk"),
        silent=Count("pk", filter=Q(generation__track=None)),
        cost=Coalesce(Sum(paid, filter=answered), Decimal(0)),
    )


@dataclass(frozen=True)
class Filling:
    """What “Fill bucket” would do, or does: how many tracks, at which price, or the job that is at it."""

    available: bool
    count: int
    each: Decimal
    job: Job | None
    last: Job | None
    latest: list[Generation]

    @property
    def price(self) -> Decimal:
        return self.count * self.each


def fill_status(mood: str, genre: str) -> Filling:
    job = filling.under_way(mood, genre)
    over = Job.objects.filter(kind=filling.KIND, payload__mood=mood, payload__genre=genre).order_by("-pk").first()
    made = Generation.objects.filter(mood=mood, genre=genre).select_related("call", "track__asset")
    return Filling(
        available=musicgen.available(),
        count=filling.missing(mood, genre),
        each=musicgen.price(),
        job=job,
        last=None if job else over,
        latest=list(made.order_by("-created_at", "-pk")[:5]),
    )


def tracks(mood: str, genre: str, state: str = "") -> QuerySet[Track]:
    """Tracks of a bucket that are in use; the caller orders and pages."""
    found = Track.objects.filter(mood=mood, genre=genre, asset__retired_at=None).select_related("asset__file")
    return found.filter(state=state) if state in Track.State.values else found


def track(pk: int) -> Track | None:
    """One track with all that its page shows."""
    found = Track.objects.select_related("asset__file", "asset__uploaded_by", "decided_by", "generation__call")
    return found.filter(pk=pk).first()
