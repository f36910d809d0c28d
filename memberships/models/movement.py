"""How a member's MRR changed: a row for each change, with what caused it. Rows are added only."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from memberships.models.price import MONEY
from memberships.models.subscription import Version

LATE = Q(restates__isnull=False)  # learnt when the month that it is about was closed


class Movement(models.Model):
    """`amount` was added at `at`, and counts in `month`; a month that is closed does not change any more.

    What becomes known later is a row of its own: `restates` names the month that it is about, and it counts in the
    month in which it was learnt. A change that never was is taken back by its negative.
    """

    class Kind(models.TextChoices):
        NEW = "new", "New"
        REACTIVATION = "reactivation", "Reactivation"
        EXPANSION = "expansion", "Expansion"
        CONTRACTION = "contraction", "Contraction"
        CHURN = "churn", "Churn"

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="mrr_movements")
    version = models.ForeignKey(Version, models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=12, choices=Kind)
    amount = models.DecimalField(**MONEY)
    at = models.DateTimeField()
    month = models.DateField()
    restates = models.DateField(null=True)
    posted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["member", "at"], name="memberships_movement_member"),
            models.Index(fields=["month", "member"], name="memberships_movement_month"),
            models.Index(fields=["restates"], include=["amount"], name="memberships_movement_restates", condition=LATE),
            models.Index(fields=["month", "member"], name="memberships_movement_late", condition=LATE),
        ]

    @property
    def takes_back(self) -> bool:
        """Whether it undoes an earlier one of the same cause: then its amount is against its kind."""
        return (self.amount > 0) == (self.kind in (self.Kind.CONTRACTION, self.Kind.CHURN))
