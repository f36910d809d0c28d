"""That a member was written to about Premium, so that nobody is told anything twice."""

from django.db import models
from django.utils import timezone

from memberships.models.subscription import Subscription


class Notice(models.Model):
    """`about` tells one occasion from the next: the invoice that is not paid, the end of the grace, when it was decided
    that it ends.
    """

    class Kind(models.TextChoices):
        FAILED = "failed", "A renewal was not paid"
        LAST_DAYS = "last_days", "Premium is about to end unpaid"
        ENDING = "ending", "Premium is not renewed"
        ENDED = "ended", "Premium has ended"

    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=12, choices=Kind)
    about = models.CharField(max_length=255, blank=True)
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "kind", "about"], name="memberships_notice_once")
        ]
