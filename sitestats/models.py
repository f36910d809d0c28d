"""What is kept of how people came."""

from django.conf import settings
from django.db import models

from sitestats.channels import Channel


class Acquisition(models.Model):
    """How a member came: the first touch, frozen at the sign-up. The application's role cannot change it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="acquisition")
    channel = models.CharField(max_length=10, choices=Channel)
    source = models.CharField(max_length=100, blank=True)
    medium = models.CharField(max_length=100, blank=True)
    campaign = models.CharField(max_length=100, blank=True)
    referrer = models.CharField(max_length=200, blank=True, help_text="Host and path, without parameters.")
    landing_path = models.CharField(max_length=200, blank=True)
    share_code = models.CharField(max_length=20, blank=True, help_text="As it came, of a member or of nobody.")
    invite = models.CharField(max_length=40, blank=True)
    share_target = models.CharField(max_length=16, blank=True, help_text="The cut whose share page was the way in.")
    first_seen_at = models.DateTimeField()
    signed_up_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-signed_up_at", "-id"], name="sitestats_acquired")]

    def __str__(self):
        return f"{self.get_channel_display()} {self.source}".strip()


class PublishedAddresses(models.Model):
    """Where a bot's requests come from, as its operator published it on a day. The newest day counts."""

    file = models.CharField(max_length=40, help_text="As bot_addresses.csv calls it.")
    day = models.DateField()
    networks = models.JSONField(help_text="Networks such as 192.0.2.0/24, joined where they touch.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "day"], name="sitestats_addresses_of_day")]

    def __str__(self):
        return f"{self.file} of {self.day}"
