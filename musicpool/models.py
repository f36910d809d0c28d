"""The music pool: tracks by mood and genre, and what was asked of MusicGen when a bucket was empty."""

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone

from catalog.models import Asset, Genre, Mood
from pricing.models import ProviderCall


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
