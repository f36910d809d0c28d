"""Assets: uploaded or made music, images and videos."""

import secrets

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.models.choice import Category, Mood
from files.models import StoredFile

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0 o 1 i l: an Asset ID is read aloud and typed
PUBLIC_SIDE = 600  # pixels of the shorter side of a picture that everybody may use


def new_code() -> str:
    """A fresh Asset ID, such as `as_7kq2m9xw4h3t`: 12 characters, 59 bits."""
    return "as_" + "".join(secrets.choice(ALPHABET) for _ in range(12))


def too_small(kind: str, width: int | None, height: int | None) -> str:
    """What stands against showing a picture to everybody: "is …", or nothing."""
    if kind != Asset.Kind.IMAGE or width is None or min(width, height) >= PUBLIC_SIDE:
        return ""
    return f"{width} × {height}, and would look blurred: for everybody the shorter side has {PUBLIC_SIDE} at least"


class Asset(models.Model):
    """One piece of music, image or video. Without an owner it is the house's; `curated` puts it in the public pool."""

    class Kind(models.TextChoices):
        IMAGE = "image", "Image"
        MUSIC = "music", "Music"
        VIDEO = "video", "Video"

    class Origin(models.TextChoices):
        UPLOAD = "upload", "Uploaded"
        GENERATED = "generated", "Generated"
        DRAWN = "drawn", "Made by our own code"

    code = models.CharField("Asset ID", max_length=20, unique=True, default=new_code)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="assets")
    kind = models.CharField(max_length=8, choices=Kind)
    title = models.CharField(max_length=120)
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="asset")
    preview = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="preview_of")
    checksum = models.CharField(max_length=64, help_text="SHA-256 of what was uploaded, before it was re-encoded.")
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    mood = models.CharField(max_length=12, choices=Mood, blank=True)
    category = models.ForeignKey(Category, models.PROTECT, null=True)
    tags = ArrayField(models.CharField(max_length=40), default=list)
    curated = models.BooleanField(default=False)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.UPLOAD)
    licence = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=300, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaces")
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checksum"],
                condition=Q(owner__isnull=True, retired_at__isnull=True),
                name="catalog_house_asset_once",
            ),
            models.UniqueConstraint(
                fields=["owner", "checksum"], condition=Q(retired_at__isnull=True), name="catalog_members_asset_once"
            ),
            models.CheckConstraint(condition=Q(curated=False) | Q(owner__isnull=True), name="catalog_curated_is_ours"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="catalog_assets_latest"),
            models.Index(fields=["owner", "-id"], name="catalog_assets_of_owner"),
            models.Index(
                fields=["kind", "-id"],
                condition=Q(curated=True, retired_at__isnull=True),
                name="catalog_assets_curated",
            ),
            GinIndex(fields=["tags"], name="catalog_assets_tags"),
            GinIndex(SearchVector("title", config="simple"), name="catalog_assets_words"),
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(owner__isnull=True, retired_at__isnull=True),
                name="catalog_library",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def small(self) -> StoredFile:
        """Its small picture; the asset itself where it has none."""
        return self.preview or self.file

    @property
    def too_small(self) -> str:
        return too_small(self.kind, self.width, self.height)

    @property
    def seconds(self) -> float | None:
        return self.duration_ms and self.duration_ms / 1000
