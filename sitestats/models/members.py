"""How members came, and the days of what became of it."""

from django.conf import settings
from django.db import models

from sitestats.channels import Channel


class Acquisition(models.Model):
    """How a member came: the first touch, frozen at the sign-up.

    The application's role cannot change it, but for what a purge empties: erasing.FORGOTTEN.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="acquisition")
    channel = models.CharField(max_length=10, choices=Channel)
    source = models.CharField(max_length=100, blank=True)
    medium = models.CharField(max_length=100, blank=True)
    campaign = models.CharField(max_length=100, blank=True)
    referrer = models.CharField(max_length=200, blank=True, help_text="Host and path, without parameters.")
    landing_path = models.CharField(max_length=200, blank=True)  # its shape: see shapes.py
    share_code = models.CharField(max_length=20, blank=True, help_text="As it came, of a member or of nobody.")
    invite = models.CharField(max_length=40, blank=True)
    share_target = models.CharField(max_length=16, blank=True, help_text="The cut whose share page was the way in.")
    first_seen_at = models.DateTimeField()
    signed_up_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-signed_up_at", "-id"], name="sitestats_acquired")]

    def __str__(self):
        return f"{self.get_channel_display()} {self.source}".strip()


class DayFigures(models.Model):
    """What members and visitors did on a business day: see facts.py."""

    sign_ups = models.BigIntegerField()
    renders = models.BigIntegerField()
    top_ups = models.BigIntegerField()
    paid_in = models.DecimalField(max_digits=20, decimal_places=6)
    revenue = models.DecimalField(max_digits=20, decimal_places=6)
    cost = models.DecimalField(max_digits=20, decimal_places=6)

    class Meta:
        abstract = True


class DayTotal(DayFigures):
    """The sum of a day's facts: a row a day, however many sources there are."""

    day = models.DateField(primary_key=True)


class DayFact(DayFigures):
    """The same by where the members came from.

    Every day that was added up has a row of nobody's source, be it empty.
    """

    day = models.DateField()
    channel = models.CharField(max_length=10, blank=True, help_text="Of the first touch; empty: not known.")
    source = models.CharField(max_length=100, blank=True)
    referrer = models.CharField(max_length=410, blank=True, help_text="What asking.DETAIL tells.")
    rules = models.SmallIntegerField(db_default=0, help_text="facts.RULES that it was added up by.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "channel", "source", "referrer"], name="sitestats_one_dayfact")
        ]
        indexes = [models.Index(fields=["rules", "day"], name="sitestats_facts_by_rules")]  # looked for each minute


class DayTopUps(models.Model):
    """Members who signed up on a business day and topped up within 30, by the ledger: see reconciling.py."""

    day = models.DateField(primary_key=True)
    members = models.BigIntegerField()
    paid = models.DecimalField(max_digits=20, decimal_places=6)
    ordered = models.BigIntegerField()
    sessions = models.BigIntegerField()
    seen = models.BigIntegerField()
