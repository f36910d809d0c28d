"""What members may do in Stripe's portal, as it was last told to Stripe."""

from django.db import models


class PortalConfiguration(models.Model):
    """One for test and one for live mode. `digest` is of what Stripe was told."""

    livemode = models.BooleanField(unique=True)
    stripe_id = models.CharField(max_length=255, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    kept_at = models.DateTimeField(null=True)
