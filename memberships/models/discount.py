"""What Stripe takes off all that a customer subscribes to."""

from datetime import datetime

from django.db import models


class CustomerDiscount(models.Model):
    """From `starts_at` until it was taken away, or ends by itself: `ends_at`, of a coupon for some months.

    One that is switched to another coupon is another row. `terms` say what it takes off, once its coupon is known;
    `heard_at` is when Stripe last told of it.

    https://docs.stripe.com/api/discounts/object
    """

    stripe_id = models.CharField(max_length=255)
    customer_id = models.CharField(max_length=255, db_index=True)
    coupon_id = models.CharField(max_length=255)
    terms = models.JSONField(null=True)
    starts_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stripe_id", "coupon_id", "starts_at"], name="memberships_one_stretch")
        ]
        ordering = ["starts_at", "heard_at", "ended_at", "stripe_id", "coupon_id"]

    @property
    def over_at(self) -> datetime | None:
        """From when on it takes off nothing, as far as we know."""
        return min(filter(None, (self.ended_at, self.ends_at)), default=None)
