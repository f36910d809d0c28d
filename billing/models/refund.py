"""A refund, made at Stripe. The ledger moves when Stripe says that the money moved."""

from django.db import models
from django.utils import timezone

from billing.models.top_up import TopUp


class Refund(models.Model):
    """Stripe's refund object as last heard; see https://docs.stripe.com/api/refunds/object."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        REQUIRES_ACTION = "requires_action", "Needs action"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"

    FINAL = (Status.FAILED, Status.CANCELED)
    RANK = {Status.PENDING: 0, Status.REQUIRES_ACTION: 1, Status.SUCCEEDED: 2, Status.FAILED: 3, Status.CANCELED: 3}

    top_up = models.ForeignKey(TopUp, models.PROTECT, related_name="refunds")
    stripe_id = models.CharField(max_length=255, unique=True)
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    status = models.CharField(max_length=16, choices=Status)
    reason = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="billing_refund_amount")]

    @property
    def external_id(self) -> str:
        """The ledger's name for this refund."""
        return f"stripe:refund:{self.stripe_id}"

    @property
    def reversal_external_id(self) -> str:
        """The ledger's name for giving it back, when it fails after all."""
        return f"{self.external_id}:failed"
