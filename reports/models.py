"""Rows that Financial Reports add up, kept in step with what they are made of. All of them can be made anew."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from memberships.models.price import MONEY


class MemberMonth(models.Model):
    """What one member paid a month before and after a month in which that changed; `kind` is what its net change was.

    `first` is the month in which they first paid, `until` the next one in which it changed again. `restated` was learnt
    in this month about closed ones, and is no part of `net`; `is_restated` where it adds up to nothing, too.
    """

    class Kind(models.TextChoices):
        NEW = "new", "New"
        REACTIVATION = "reactivation", "Reactivation"
        EXPANSION = "expansion", "Expansion"
        CONTRACTION = "contraction", "Contraction"
        CHURN = "churn", "Churn"
        NONE = "none", "No net change"

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    month = models.DateField()
    first = models.DateField()
    until = models.DateField(null=True)
    kind = models.CharField(max_length=12, choices=Kind)
    before = models.DecimalField(**MONEY)
    net = models.DecimalField(**MONEY)
    restated = models.DecimalField(**MONEY)
    is_restated = models.BooleanField(default=False, db_default=False)
    after = models.DecimalField(**MONEY)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "month"], name="reports_one_member_month")]
        indexes = [
            models.Index(fields=["kind", "month", "id"], name="reports_kind_month"),
            models.Index(fields=["month", "id"], name="reports_month"),
            models.Index(fields=["first", "month", "id"], name="reports_first_month"),
            models.Index(fields=["month", "id"], name="reports_is_restated", condition=models.Q(is_restated=True)),
        ]

    def __str__(self):
        return f"{self.member_id} {self.month:%Y-%m} {self.kind}"


class MemberEnding(models.Model):
    """What of a paying member's MRR was about to end as a month was over, `is_all` or a part of it.

    `until` is the next month in which that or what they paid changed; `first` is that of their MemberMonth.
    """

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    month = models.DateField()
    until = models.DateField(null=True)
    first = models.DateField(null=True)
    amount = models.DecimalField(**MONEY)
    is_all = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "month"], name="reports_one_member_ending")]
        indexes = [models.Index(fields=["until", "month"], name="reports_ending_until")]

    def __str__(self):
        return f"{self.member_id} {self.month:%Y-%m}"


class MonthSum(models.Model):
    """Members and amounts of MemberMonth by month, cohort and kind. `paying` is how many more pay than before."""

    month = models.DateField()
    first = models.DateField()
    kind = models.CharField(max_length=12)
    members = models.IntegerField()
    paying = models.IntegerField()
    net = models.DecimalField(**MONEY)
    restated = models.DecimalField(**MONEY)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["month", "first", "kind"], name="reports_one_month_sum")]

    def __str__(self):
        return f"{self.month:%Y-%m} {self.first:%Y-%m} {self.kind}"


class MonthBase(models.Model):
    """What was so when a month began, and is never counted again: members with an account, and committed MRR.

    `zone` is the one in which the month before it is told: when that is closed, its days stay as they are.
    """

    month = models.DateField(primary_key=True)
    members = models.IntegerField()
    committed = models.DecimalField(**MONEY, help_text="MRR of what was not about to end, as the month began.")
    zone = models.CharField(max_length=64, blank=True)

    def __str__(self):
        return f"{self.month:%Y-%m}"


class DayRevenue(models.Model):
    """Payments, refunds and disputes of one business day by plan and billing country; losses are negative, tax is out.

    A closed month keeps its rows: what is learnt later is a row of the day on which it is, which `restates` the other.
    """

    class What(models.TextChoices):
        RECEIVED = "received", "Received"
        REFUND = "refund", "Refunds issued"
        DISPUTE = "dispute", "Disputed"

    class Plan(models.TextChoices):
        TOP_UP = "top_up", "Top-ups"
        MONTH = "month", "Premium, monthly"
        YEAR = "year", "Premium, yearly"

    day = models.DateField()
    restates = models.DateField(null=True)
    what = models.CharField(max_length=8, choices=What)
    plan = models.CharField(max_length=8, choices=Plan)
    country = models.CharField(max_length=2, blank=True)
    number = models.IntegerField()
    amount = models.DecimalField(**MONEY)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "what", "plan", "country", "restates"],
                nulls_distinct=False,
                name="reports_one_day_revenue",
            )
        ]
        indexes = [models.Index(fields=["restates"], name="reports_restates", condition=~models.Q(restates=None))]

    def __str__(self):
        return f"{self.day} {self.what} {self.plan} {self.country}"


class MemberChange(models.Model):
    """A note that a member’s MRR moved, written by a trigger; taken away when their months are made anew."""

    member_id = models.BigIntegerField()


class DayChange(models.Model):
    """A note that money of then is new or changed, written by triggers; taken away when its day is made anew."""

    at = models.DateTimeField()


class Look(models.Model):
    """The last time that the rows were brought up to date, in which time zone.

    `mrr` is what the subscriptions were worth then, `committed` those of them that were not about to end, `moved` what
    all movements added up to.
    """

    at = models.DateTimeField(default=timezone.now)
    zone = models.CharField(max_length=64)
    mrr = models.DecimalField(**MONEY)
    committed = models.DecimalField(**MONEY)
    moved = models.DecimalField(**MONEY)
    off = models.IntegerField(default=0, help_text="Months whose rows are not what their movements add up to.")
    version = models.IntegerField(db_default=0, help_text="The Look.VERSION that made the rows of members.")

    VERSION = 1  # raised with what rollups.MONTHS or endings.ENDINGS tell

    @property
    def is_outdated(self) -> bool:
        """Whether the rows of members are as another version told them: the next look makes them anew."""
        return self.version != self.VERSION

    @property
    def difference(self):
        """US dollars by which the movements differ from the MRR: nothing, or something is wrong."""
        return self.moved - self.mrr
