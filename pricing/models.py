"""What is sold and what it costs: services, their dated prices, and each call to a provider as it was billed."""

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


class Price(models.Model):
    """What members pay for one unit from `valid_from` on. Rows are added, never changed."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="prices")
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    valid_from = models.DateTimeField(default=timezone.now)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="pricing_price_above_zero"),
            models.UniqueConstraint(fields=["service", "valid_from"], name="pricing_one_price_at_a_time"),
        ]

    def __str__(self):
        return f"{self.service_id}: {self.amount}"


class UnitCost(models.Model):
    """What one unit is expected to cost us at a provider from `valid_from` on. Rows are added, never changed."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="unit_costs")
    provider = models.CharField(max_length=40)
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    valid_from = models.DateTimeField(default=timezone.now)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="pricing_cost_not_below_zero"),
            models.UniqueConstraint(fields=["service", "provider", "valid_from"], name="pricing_one_cost_at_a_time"),
        ]

    def __str__(self):
        return f"{self.service_id} at {self.provider}: {self.amount}"


class ProviderCall(models.Model):
    """One call to a provider. The row stands before the call goes out; `reported` is what the provider says it cost."""

    class State(models.TextChoices):
        ASKED = "asked", "Asked"
        ANSWERED = "answered", "Answered"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"

    service = models.ForeignKey(Service, models.PROTECT, related_name="calls")
    provider = models.CharField(max_length=40)
    key = models.CharField(max_length=100, unique=True, help_text="Our own name for the call; a repeat finds it.")
    external_id = models.CharField(max_length=200, blank=True, help_text="The provider's name for it.")
    cut_id = models.BigIntegerField(null=True, db_index=True, help_text="The cut it was made for, if any.")
    units = models.DecimalField(max_digits=20, decimal_places=6, default=1)
    expected = models.DecimalField(max_digits=20, decimal_places=6, help_text="By the price book, for all units.")
    reported = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    error = models.TextField(blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "external_id"], condition=~Q(external_id=""), name="pricing_call_once"
            ),
            models.CheckConstraint(
                condition=Q(reported__isnull=True) | Q(reported__gte=0), name="pricing_reported_not_below_zero"
            ),
        ]
        indexes = [models.Index(F("asked_at").desc(), F("id").desc(), name="pricing_calls_latest")]

    def __str__(self):
        return f"{self.provider} {self.service_id} #{self.pk}"
