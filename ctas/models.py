"""Calls to action: three slots of text, where they are shown, and what came of it."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from audit.models import record


class Slot(models.Model):
    """One text that staff edit. `version` counts the changes, so that two people do not overwrite each other."""

    class Key(models.TextChoices):
        SIGNUP_LINE = "signup_line", "Signup line"
        PRIMARY = "primary", "Primary"
        CONVERSION = "conversion", "Conversion"

    key = models.CharField(max_length=12, choices=Key, primary_key=True)
    text = models.CharField(max_length=140)
    enabled = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self):
        return self.get_key_display()

    @property
    def words(self) -> dict:
        """What it says, as the record keeps it."""
        return {"text": self.text, "enabled": self.enabled}

    def write(self, text: str, enabled: bool, *, by, verb: str = "slot.changed") -> None:
        """Say something else from now on. The caller holds the row's lock."""
        before = self.words
        self.text, self.enabled, self.version = text, enabled, self.version + 1
        self.save(update_fields=["text", "enabled", "version"])
        self.versions.create(version=self.version, text=text, enabled=enabled, by=by)
        record(by, verb, self, before=before, after=self.words)


class SlotVersion(models.Model):
    """What a slot said from `at` on. Rows are added, never changed."""

    slot = models.ForeignKey(Slot, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    text = models.CharField(max_length=140)
    enabled = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["slot", "version"], name="ctas_version_once")]

    def __str__(self):
        return f"{self.slot_id} {self.version}"


class PlacementDay(models.Model):
    """How often a placement was shown, clicked and led to a sign-up on one business day."""

    placement = models.CharField(max_length=30)
    day = models.DateField()
    impressions = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)
    sign_ups = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["placement", "day"], name="ctas_day_once")]

    def __str__(self):
        return f"{self.placement} {self.day}"
