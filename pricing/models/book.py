"""The price book: services, what members pay for them, and what they are expected to cost us. Rows are dated."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Service(models.Model):
    """One thing that members are charged for or that a provider bills: one row in the price book."""

    key = models.CharField(max_length=40, primary_key=True)
    title = models.CharField(max_length=100)
    unit = models.CharField(max_length=40, help_text="What one unit is: a render, a track.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "key"]

    def __str__(self):
        return self.title


class Dated(models.QuerySet):
    """Rows of the price book. One that was withdrawn counts for nothing: it was withdrawn before it became valid."""

    def standing(self):
        """Those that nobody withdrew."""
        return self.filter(withdrawn_at=None)

    def valid(self, at=None):
        """Those that hold at a moment, or did once; the latest of them is in force."""
        return self.standing().filter(valid_from__lte=at or timezone.now())

    def coming(self):
        """Those that will hold later."""
        return self.standing().filter(valid_from__gt=timezone.now())


class Price(models.Model):
    """What members pay for one unit from `valid_from` on. Rows are added, never changed; see `withdrawn_at`."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="prices")
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    valid_from = models.DateTimeField(default=timezone.now)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, help_text="Taken back before it became valid.")

    objects = Dated.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="pricing_price_above_zero"),
            models.UniqueConstraint(
                fields=["service", "valid_from"], condition=Q(withdrawn_at=None), name="pricing_one_price_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__lt=F("valid_from")), name="pricing_price_was_to_come"
            ),
        ]

    def __str__(self):
        return f"{self.service_id}: {self.amount}"


class UnitCost(models.Model):
    """What one unit is expected to cost us at a provider from `valid_from` on. Added, never changed."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="unit_costs")
    provider = models.CharField(max_length=40)
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    valid_from = models.DateTimeField(default=timezone.now)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, help_text="Taken back before it became valid.")

    objects = Dated.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="pricing_cost_not_below_zero"),
            models.UniqueConstraint(
                fields=["service", "provider", "valid_from"],
                condition=Q(withdrawn_at=None),
                name="pricing_one_cost_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__lt=F("valid_from")), name="pricing_cost_was_to_come"
            ),
        ]

    def __str__(self):
        return f"{self.service_id} at {self.provider}: {self.amount}"
