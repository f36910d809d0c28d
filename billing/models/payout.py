"""A payout: money on its way from Stripe's balance to the bank. The ledger moves when Stripe's balance has."""

from django.db import models
from django.utils import timezone


class Payout(models.Model):
    """Stripe's payout object as last heard; see https://docs.stripe.com/api/payouts/object."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        IN_TRANSIT = "in_transit", "On its way"
        PAID = "paid", "Paid"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"

    RETURNED = (Status.FAILED, Status.CANCELED)
    RANK = {Status.PENDING: 0, Status.IN_TRANSIT: 1, Status.PAID: 2, Status.FAILED: 3, Status.CANCELED: 3}

    stripe_id = models.CharField(max_length=255, unique=True)
    amount = models.DecimalField(max_digits=20, decimal_places=6, help_text="Negative when Stripe takes from the bank.")
    status = models.CharField(max_length=16, choices=Status)
    automatic = models.BooleanField()
    failure = models.TextField(blank=True)
    created_at = models.DateTimeField()
    arrives_at = models.DateTimeField()
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="billing_payout_when")]

    @property
    def external_id(self) -> str:
        """The ledger's name for this payout."""
        return f"stripe:payout:{self.stripe_id}"

    @property
    def reversal_external_id(self) -> str:
        """The ledger's name for the money that came back."""
        return f"{self.external_id}:failed"
