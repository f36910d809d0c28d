"""Results of the self-check: a row for each run that somebody or the calendar asked for, and for each change."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class Why(models.TextChoices):
    ASKED = "asked", "Asked for"
    NIGHTLY = "nightly", "Each night"
    RESTORE = "restore", "After a restore"
    WATCH = "watch", "By itself"


class Result(models.TextChoices):
    GOOD = "good", "Adds up"
    BAD = "bad", "Does not add up"
    UNKNOWN = "unknown", "Not known"


class SelfCheck(models.Model):
    """What one check found. The watch that finds the same again only moves `seen_at` on."""

    name = models.CharField(max_length=40)
    result = models.CharField(max_length=8, choices=Result)
    summary = models.TextField()
    examples = models.JSONField(default=list)
    members = ArrayField(models.BigIntegerField(), default=list)
    why = models.CharField(max_length=8, choices=Why)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    job = models.BigIntegerField(null=True, help_text="The job that ran it; a job that runs again skips what it did.")
    ran_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    seconds = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["name", "-id"], name="selfcheck_by_name")]
        constraints = [models.UniqueConstraint(fields=["job", "name"], name="selfcheck_once_a_job")]

    def __str__(self):
        return f"{self.name}: {self.get_result_display()}"

    @classmethod
    def latest(cls) -> dict[str, "SelfCheck"]:
        """The last result of each check, by name."""
        rows = cls.objects.select_related("asked_by").order_by("name", "-id").distinct("name")
        return {row.name: row for row in rows}

    def is_like(self, finding) -> bool:
        """Whether a new finding says nothing new."""
        return (self.result, self.members) == (finding.result, list(finding.members))
