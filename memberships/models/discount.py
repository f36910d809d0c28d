"""What Stripe takes off all that a customer subscribes to."""

from django.db import models


class CustomerDiscount(models.Model):
    """From `starts_at` until it was taken away. `terms` say what it takes off, once its coupon is known.

    https://docs.stripe.com/api/discounts/object
    """

    stripe_id = models.CharField(max_length=255, unique=True)
    customer_id = models.CharField(max_length=255, db_index=True)
    coupon_id = models.CharField(max_length=255)
    terms = models.JSONField(null=True)
    starts_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["starts_at", "pk"]
