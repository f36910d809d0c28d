"""The music pool: tracks by mood and genre, and what was asked of MusicGen when a bucket was empty."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from alerts.models import settle
from audit.models import record
from catalog.models import Asset, Genre, Mood
from pricing.models import ProviderCall
from ui.format import MINUS

LOUDNESS = -16.0  # LUFS
SILENT = -60.0  # LUFS: nobody hears what is quieter


class Unfit(Exception):
    """No render can use it; the text is a sentence for whoever would approve it."""


class Track(models.Model):
    """One piece of music in one of the 20 buckets (mood × genre). Renders take approved ones only."""

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    asset = models.OneToOneField(Asset, models.PROTECT, related_name="track")
    mood = models.CharField(max_length=12, choices=Mood)
    genre = models.CharField(max_length=12, choices=Genre)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    loudness = models.FloatField(null=True, help_text="Integrated, in LUFS (EBU R 128).")
    plays = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index("mood", "genre", "state", F("last_used_at").asc(nulls_first=True), "id", name="musicpool_next")
        ]

    def __str__(self):
        return f"{self.asset} ({self.mood}, {self.genre})"

    @property
    def url(self) -> str:
        """Its bucket's page."""
        return f"/admin/music/{self.mood}/{self.genre}/"

    @property
    def loudness_words(self) -> str:
        return f"{self.loudness:.1f} LUFS".replace("-", MINUS)

    @property
    def is_even(self) -> bool:
        """Whether it is about as loud as all should be; renders even out the rest."""
        return self.loudness is not None and abs(self.loudness - LOUDNESS) <= 1

    @property
    def is_silent(self) -> bool:
        return self.loudness is not None and self.loudness < SILENT

    @property
    def unfit(self) -> str:
        """What stands against its approval: it is …, or nothing."""
        return f"silent ({self.loudness_words})" if self.is_silent else "retired" if self.asset.retired_at else ""

    def decide(self, state: str, *, by) -> str:
        """Approve, reject, or put back to pending; returns the state before, or "" when it was so already.

        Raises Unfit instead of approving what nobody hears, or what is retired.
        """
        decided = {"decided_by": by, "decided_at": timezone.now()}
        fresh = {"decided_by": None, "decided_at": None}
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Track.objects.select_for_update(no_key=True))
            if state == self.State.APPROVED and (why := self.unfit):
                raise Unfit(f"“{self.asset.title}” is {why}: it cannot be approved.")
            was = self._change(by, f"track.{state}", state=state, **(fresh if state == self.State.PENDING else decided))
        self._settle()
        return was.get("state", "")

    def measured(self, loudness: float) -> None:
        """What was heard in the recording that it has; a silent one that is approved already waits again."""
        with transaction.atomic():
            if Track.objects.filter(pk=self.pk, asset=self.asset_id).update(loudness=loudness):
                self.refresh_from_db()
                if self.is_silent and self.state == self.State.APPROVED:
                    self.decide(self.State.PENDING, by=None)

    def move(self, mood: str, genre: str, *, by) -> bool:
        """Into another bucket; False when it is there already."""
        with transaction.atomic():
            moved = bool(self._change(by, "track.moved", mood=mood, genre=genre))
            Asset.objects.filter(pk=self.asset_id).update(mood=mood)
        self._settle()
        return moved

    def put(self, asset: Asset, *, by, loudness=None) -> bool:
        """Another recording in its place, to be listened to first."""
        fresh = {"loudness": loudness, "state": self.State.PENDING, "decided_by": None, "decided_at": None}
        return bool(self._change(by, "track.replaced", asset=asset, **fresh))

    def _settle(self) -> None:
        """With an approved track its bucket is empty no more."""
        if self.state == self.State.APPROVED and not self.asset.retired_at:
            settle(f"music-bucket-empty:{self.mood}:{self.genre}")

    def _change(self, by, verb, **facts) -> dict:
        """Change what differs, under the row's lock, with an audit row; returns what was there, {} for no change."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Track.objects.select_for_update(no_key=True))
            told = ("state", "mood", "genre", "asset")
            before = {name: getattr(self, name) for name in facts if name in told}
            if all(before[name] == facts[name] for name in before):
                return {}
            for name, value in facts.items():
                setattr(self, name, value)
            self.save(update_fields=list(facts))
            record(by, verb, self, before=_plain(before), after=_plain({name: facts[name] for name in before}))
        return before


def _plain(facts: dict) -> dict:
    """As the record keeps it: an asset by its code."""
    return {name: getattr(value, "code", value) for name, value in facts.items()}


class Generation(models.Model):
    """One track that MusicGen was asked for: by a render that found its bucket empty, or to fill the bucket."""

    class Reason(models.TextChoices):
        FALLBACK = "fallback", "A render found the bucket empty"
        FILL = "fill", "Staff filled the bucket"

    mood = models.CharField(max_length=12, choices=Mood)
    genre = models.CharField(max_length=12, choices=Genre)
    reason = models.CharField(max_length=8, choices=Reason)
    prompt = models.TextField()
    seconds = models.PositiveSmallIntegerField()
    call = models.OneToOneField(ProviderCall, models.PROTECT, related_name="generation")
    track = models.OneToOneField(Track, models.PROTECT, null=True, related_name="generation")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["mood", "genre", "-created_at"], name="musicpool_generations")]

    def __str__(self):
        return f"{self.mood}, {self.genre}: {self.reason}"

    @property
    def is_over(self) -> bool:
        """Taken in, come to nothing, or paid for and unusable."""
        call = self.call
        return self.track_id is not None or call.state == call.State.FAILED or (not call.is_open and bool(call.error))

    @property
    def came_to_nothing(self) -> bool:
        return self.is_over and self.track_id is None

    def give_up(self, error: str) -> None:
        """It was paid for, and there is nothing that could be used."""
        ProviderCall.objects.filter(pk=self.call_id).update(error=error)
        self.call.refresh_from_db()


class Fallback(models.Model):
    """One render that found its bucket empty: answered by MusicGen, or made without music (`generation` is null)."""

    mood = models.CharField(max_length=12, choices=Mood)
    genre = models.CharField(max_length=12, choices=Genre)
    cut_id = models.BigIntegerField(unique=True)
    generation = models.ForeignKey(Generation, models.PROTECT, null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["mood", "genre", "-at"], name="musicpool_fallbacks")]

    def __str__(self):
        return f"{self.mood}, {self.genre}: cut {self.cut_id}"
