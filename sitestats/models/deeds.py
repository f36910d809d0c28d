"""What was done beside the views: deeds of people, crawls of bots, and where bots come from."""

from django.db import models


class Deed(models.Model):
    """What somebody did in a session that another room keeps. It counts from `done_at` on, which the facts say.

    `render`: a cut was asked for, subject its id; done when it is rendered (a failed one never is). `sign_up`: subject
    the member's id, done at once. `top_up`: the same member's first in the ledger; it belongs to the session and day
    of the sign-up, whenever it was.
    """

    what = models.CharField(max_length=10)
    subject = models.BigIntegerField()
    session = models.BigIntegerField()
    day = models.DateField(help_text="The business day of what was done in the session.")
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what", "subject"], name="sitestats_one_deed")]
        indexes = [
            models.Index(fields=["day"], name="sitestats_deeds_of_day"),
            models.Index(fields=["at"], condition=models.Q(done_at=None), name="sitestats_deeds_open"),
        ]


class Crawl(models.Model):
    """How often a bot read robots.txt on a day, and how often it asked for what that closes, whatever the answer.

    Whoever is merely claimed is not told of. Those whose address could not be checked are told apart.
    """

    day = models.DateField()
    agent = models.IntegerField()
    robots_txt = models.BigIntegerField(db_default=0)
    closed = models.BigIntegerField(db_default=0, help_text="Requests for what robots.txt disallows.")
    robots_txt_unchecked = models.BigIntegerField(db_default=0, help_text="Of robots_txt.")
    closed_unchecked = models.BigIntegerField(db_default=0, help_text="Of closed.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "agent"], name="sitestats_one_crawl")]


class PublishedAddresses(models.Model):
    """Where a bot's requests come from, as its operator published it on a day. The newest day counts."""

    file = models.CharField(max_length=40, help_text="As bot_addresses.csv calls it.")
    day = models.DateField()
    networks = models.JSONField(help_text="Networks such as 192.0.2.0/24, joined where they touch.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "day"], name="sitestats_addresses_of_day")]

    def __str__(self):
        return f"{self.file} of {self.day}"
