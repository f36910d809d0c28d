"""One run over Stripe's list of events."""

from django.db import models
from django.utils import timezone


class Backfill(models.Model):
    """Events between `since` and `until` were listed; `found` of them had not arrived."""

    ran_at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField()
    until = models.DateTimeField()
    found = models.PositiveIntegerField()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["-until"], name="billing_backfill_until")]
