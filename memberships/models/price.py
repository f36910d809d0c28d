"""What Premium costs, as it is sold at Stripe. A price never changes: another amount is another row."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone

MONEY = {"max_digits": 20, "decimal_places": 6}


class Interval(models.TextChoices):
    MONTH = "month", "Monthly"
    YEAR = "year", "Yearly"

    @property
    def months(self) -> int:
        """How many months one is: the MRR of a price is its amount by this."""
        return 12 if self == Interval.YEAR else 1


class Price(models.Model):
    """`amount` each interval, and the `credit` that is granted with each paid period. Those who have it keep it."""

    interval = models.CharField(max_length=8, choices=Interval)
    amount = models.DecimalField(**MONEY)
    credit = models.DecimalField(**MONEY, default=Decimal(0))
    stripe_id = models.CharField(max_length=255, unique=True, null=True)  # noqa: DJ001 (unique)
    product_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, credit__gte=0), name="memberships_price_amounts"),
            models.UniqueConstraint(fields=["interval", "amount", "credit"], name="memberships_price_once"),
        ]

    def __str__(self):
        return f"Premium, {self.get_interval_display().lower()}"

    @property
    def idempotency_key(self) -> str:
        """The key of the call that makes it at Stripe; the row stands before the call."""
        return f"premium-price:{self.pk}:{int(self.created_at.timestamp())}"
