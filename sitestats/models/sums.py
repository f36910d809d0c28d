"""Page views added up."""

from django.db import models

from sitestats.models.views import Identity

WHOLE = ("views", "visitors", "sessions")  # what the trends tell of a day


class Day(models.Model):
    """A day with views. Its rollups are right when `built` is `revision`: each change of its views raises that."""

    day = models.DateField(primary_key=True)
    revision = models.BigIntegerField(default=1)
    built = models.BigIntegerField(default=0)
    built_at = models.DateTimeField(null=True)
    views = models.BigIntegerField(default=0, help_text="Rows when it was built.")
    seconds = models.FloatField(default=0)
    is_kept = models.BooleanField(
        db_default=True, help_text="Its single views are there. Once they are not, its rollups are final."
    )


class Figures(models.Model):
    """What every rollup says. Views are pages with a status under 400; the others are `errors`."""

    kind = models.CharField(max_length=8, help_text="Of the user agent: human, bot, ai or unknown.")
    views = models.BigIntegerField()
    visitors = models.BigIntegerField(
        help_text="Different ones, each with the first source of its day; not to be added over paths."
    )
    sessions = models.BigIntegerField(help_text="Different ones within the row.")
    entries = models.BigIntegerField(help_text="Sessions that began here; over a day's paths they may be added.")
    exits = models.BigIntegerField(help_text="Sessions whose last view so far was here.")
    bounces = models.BigIntegerField(help_text="Of the entries, those of sessions with a single view.")
    not_found = models.BigIntegerField(help_text="Status 404 and 410.")
    errors = models.BigIntegerField(help_text="Status 400 and above, those not found among them.")
    server_errors = models.BigIntegerField(db_default=0, help_text="Status 500 and above: of the errors, ours.")
    size = models.BigIntegerField(help_text="Bytes.")
    microseconds = models.BigIntegerField(help_text="Time of the server, in all, errors included.")
    proven = models.BigIntegerField(db_default=0, help_text="Of the visitors, those signed in or who made something.")
    makers = models.BigIntegerField(db_default=0, help_text="Of the entries, sessions that then saw /make/.")
    renders = models.BigIntegerField(db_default=0, help_text="Of the makers, those who then had a cut rendered.")
    sign_ups = models.BigIntegerField(db_default=0, help_text="Of the renders, those who then signed up.")
    top_ups = models.BigIntegerField(db_default=0, help_text="Of the sign-ups, those who topped up within 30 days.")

    class Meta:
        abstract = True


class DaySlice(Figures):
    """A day by some dimensions: those that `by` names are set, the others are 0 or empty. Always by kind as well.

    `by`: all, path, origin, agent, device, path+origin, path+device, origin+device, path+origin+device, path+agent;
    and of all but humans origin+agent, path+origin+agent. Where agent is set, rows are split by identity. Beside
    another dimension, path 0 is every address that nothing answers to: there are no views there, only errors; and
    agent is the first of those that are judged alike.
    """

    day = models.DateField()
    by = models.CharField(max_length=20)
    path = models.IntegerField(default=0)
    origin = models.IntegerField(default=0)
    agent = models.IntegerField(default=0)
    device = models.CharField(max_length=20, blank=True)
    identity = models.SmallIntegerField(choices=Identity, db_default=0)
    durations = models.JSONField(null=True, help_text="Where agent is not set: see durations.py.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["by", "day", "kind", "path", "origin", "agent", "device", "identity"],
                name="sitestats_one_dayslice",
            )
        ]
        indexes = [
            models.Index(
                fields=["by", "origin", "day"], condition=models.Q(origin__gt=0), name="sitestats_slices_of_origin"
            ),
            # Ten years of trends, without the pages on which each day's row stands among thousands
            models.Index(
                fields=["day", "kind"], include=WHOLE, condition=models.Q(by="all"), name="sitestats_whole_days"
            ),
        ]


class HourSlice(Figures):
    """An hour of a business day, by kind; `hour` is when it begins."""

    day = models.DateField()
    hour = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "hour", "kind"], name="sitestats_one_hourslice")]
