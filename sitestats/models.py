"""What is kept of how people came."""

from django.conf import settings
from django.db import models
from django.utils import timezone

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


class Path(models.Model):
    """What a view was of: the shape of an address of ours (`/cuts/…/`), or an address that nothing answers to."""

    text = models.CharField(max_length=120, unique=True)
    is_known = models.BooleanField(default=True, help_text="No: somebody invented it. Such paths are limited.")

    IS_WORD = True  # a row stands for a text: who gets their own data reads that

    def __str__(self):
        return self.text


class UserAgent(models.Model):
    """A user agent as it was sent, and who it is by the rules of `rules`: a better rule changes history."""

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
        return " ".join(filter(None, (self.get_channel_display(), self.source, self.referrer)))


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
    visitor = models.BigIntegerField(help_text="Of that day: a keyed hash, the key of which is destroyed.")
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


class Salt(models.Model):
    """The key of a business day's visitors, random. Once it is deleted, nobody can tell whose views they were."""

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
    """How often a bot read robots.txt on a day, and how often it asked for what stands behind a sign-in.

    Those requests are no page views. Disallowed pages that are views stand in the slices by path and agent.
    """

    day = models.DateField()
    agent = models.IntegerField()
    robots_txt = models.BigIntegerField(db_default=0)
    closed = models.BigIntegerField(db_default=0, help_text="Requests for /admin/, which robots.txt disallows.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "agent"], name="sitestats_one_crawl")]


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
    another dimension, path 0 is every address that nothing answers to: there are no views there, only errors.
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
            )
        ]


class DayFact(models.Model):
    """What members and visitors did on a business day, by where the members came from: see facts.py.

    Every day that was added up has a row of nobody's source, be it empty.
    """

    day = models.DateField()
    channel = models.CharField(max_length=10, blank=True, help_text="Of the first touch; empty: not known.")
    source = models.CharField(max_length=100, blank=True)
    referrer = models.CharField(max_length=200, blank=True)
    sign_ups = models.BigIntegerField()
    renders = models.BigIntegerField()
    top_ups = models.BigIntegerField()
    paid_in = models.DecimalField(max_digits=20, decimal_places=6)
    revenue = models.DecimalField(max_digits=20, decimal_places=6)
    cost = models.DecimalField(max_digits=20, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "channel", "source", "referrer"], name="sitestats_one_dayfact")
        ]


class HourSlice(Figures):
    """An hour of a business day, by kind; `hour` is when it begins."""

    day = models.DateField()
    hour = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "hour", "kind"], name="sitestats_one_hourslice")]
