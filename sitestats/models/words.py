"""Texts of page views, each stored once."""

from django.db import models

from sitestats.channels import Channel
from ui import format

DEVICES = {"desktop": "Desktop", "mobile": "Mobile", "tablet": "Tablet", "tv": "TV", "other": "Other"}


class Path(models.Model):
    """What a view was of: the shape of an address of ours (`/cuts/…/`), or an address that nothing answers to."""

    text = models.CharField(max_length=120, unique=True)
    is_known = models.BooleanField(default=True, help_text="No: somebody invented it. Such paths are limited.")

    IS_WORD = True  # a row stands for a text: who gets their own data reads that

    def __str__(self):
        return self.text


class UserAgent(models.Model):
    """A user agent without what stands for somebody, and who it is by `rules`: a better rule changes history."""

    text = models.CharField(max_length=512, unique=True)
    kind = models.CharField(max_length=8, help_text="human, bot, ai or unknown: agents.Kind")
    name = models.CharField(max_length=100, blank=True)
    operator = models.CharField(max_length=100, blank=True)
    purpose = models.CharField(max_length=20, blank=True)
    device = models.CharField(max_length=20, blank=True)
    browser = models.CharField(max_length=60, blank=True)
    os = models.CharField(max_length=60, blank=True)
    rules = models.PositiveSmallIntegerField(help_text="agents.RULES_VERSION that it was judged by.")

    IS_WORD = True

    def __str__(self):
        return self.text

    @property
    def device_word(self):
        return DEVICES.get(self.device, self.device)


class Origin(models.Model):
    """Where a session came from: its first view's. One row per combination; `key` is all of it."""

    key = models.CharField(max_length=32, unique=True, help_text="A digest of the other columns.")
    channel = models.CharField(max_length=10, choices=Channel)
    source = models.CharField(max_length=100, blank=True)
    medium = models.CharField(max_length=100, blank=True)
    campaign = models.CharField(max_length=100, blank=True)
    referrer = models.CharField(max_length=200, blank=True, help_text="Host and path, without parameters.")
    share_code = models.CharField(max_length=20, blank=True)
    share_target = models.CharField(
        max_length=16, blank=True, db_default="", help_text="The cut whose share page it began on."
    )
    invite = models.CharField(max_length=40, blank=True, db_default="")

    IS_WORD = True

    def __str__(self):
        told = " · ".join(filter(None, (self.referrer, self.campaign, self.medium)))
        return " › ".join(filter(None, (self.get_channel_display(), format.code(self.source), told)))
