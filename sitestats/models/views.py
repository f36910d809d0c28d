"""Page views, and what they are stored by."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from sitestats.models.words import Origin, Path, UserAgent


class Identity(models.IntegerChoices):
    """What a bot's address says of it, by the ranges that its operator publishes."""

    UNCHECKED = 0, "Not checked"  # no bot; or the operator publishes nothing, or nothing was fetched yet
    CLAIMED = 1, "Claimed"  # comes from elsewhere than its operator says
    VERIFIED = 2, "Verified"


class PageViews(models.Manager):
    def get_queryset(self):
        return super().get_queryset().select_related("path", "agent", "origin")


class PageView(models.Model):
    """One page that was answered, in the partition of its business day. No row is ever changed.

    The table is made by the migration: it has no key of its own, since nothing refers to a view.
    """

    pk = models.CompositePrimaryKey("at", "session")
    at = models.DateTimeField()
    visitor = models.BigIntegerField(help_text="Of that day: a keyed hash, the key of which is destroyed after it.")
    session = models.BigIntegerField(help_text="Ends after 30 idle minutes; goes on over midnight.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    day = models.DateField(help_text="The business day.")
    path = models.ForeignKey(Path, models.DO_NOTHING, related_name="+", db_constraint=False)
    agent = models.ForeignKey(UserAgent, models.DO_NOTHING, related_name="+", db_constraint=False)
    origin = models.ForeignKey(Origin, models.DO_NOTHING, related_name="+", db_constraint=False)
    microseconds = models.IntegerField(help_text="How long the server worked for it.")
    size = models.IntegerField(help_text="Bytes of the answer.")
    status = models.SmallIntegerField()
    identity = models.SmallIntegerField(choices=Identity, db_default=0, help_text="Is it the bot that it says it is?")

    objects = PageViews()

    class Meta:
        base_manager_name = "objects"
        managed = False
        db_table = "sitestats_pageview"


class Visit(models.Model):
    """The running session of a visitor: the flushers of all processes agree by it. Forgotten with the day's salt."""

    visitor = models.BigIntegerField(primary_key=True)
    session = models.BigIntegerField()
    origin = models.BigIntegerField()
    last_at = models.DateTimeField()
    is_carried = models.BooleanField(db_default=False, help_text="It went on from the day before.")


class Salt(models.Model):
    """The key of a business day's visitors, random. Once it is destroyed, nobody can tell whose views they were."""

    day = models.DateField(primary_key=True)
    salt = models.BinaryField()


class Batch(models.Model):
    """A batch of views that is stored, written together with them: one sent again is not counted again."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)


class Tally(models.Model):
    """What became of the requests of a day: `served` is the sum of `counted`, `excluded …` and `dropped …`.

    `erased` says how many of the counted views were removed with a person.
    """

    day = models.DateField()
    what = models.CharField(max_length=40)
    number = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "what"], name="sitestats_one_tally")]
