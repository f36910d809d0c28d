"""Day by day what the ledger says, so that a page of figures reads hundreds of rows and not millions; closed months."""

from collections import Counter
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils import timezone

MONEY = {"max_digits": 24, "decimal_places": 6}


class DayTotal(models.Model):
    """What one business day moved on one account by one kind of transaction; the day is that of `happened_at`.

    Members' accounts are summed: `members/paid`, `members/granted`, `members/held/paid`, `members/held/granted`,
    `members/debt`. Rows are rebuilt from the ledger and hold nothing that it does not say.
    """

    day = models.DateField()
    account = models.CharField(max_length=100)
    kind = models.CharField(max_length=32)
    debit = models.DecimalField(**MONEY)
    credit = models.DecimalField(**MONEY)
    entries = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "account", "kind"], name="accounting_one_day_total")]
        indexes = [models.Index(fields=["account", "day"], name="accounting_by_account")]

    def __str__(self):
        return f"{self.day} {self.account} {self.kind}"


class DayService(models.Model):
    """What one business day sold and cost of one service.

    `units` is how many charges there were, less those that were taken back. `unreconciled` is what the calls to
    providers of that day are booked at that no invoice proves yet.
    """

    day = models.DateField()
    service = models.CharField(max_length=40)
    units = models.BigIntegerField()
    charged_paid = models.DecimalField(**MONEY)
    charged_granted = models.DecimalField(**MONEY)
    cost = models.DecimalField(**MONEY)
    unreconciled = models.DecimalField(**MONEY)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "service"], name="accounting_one_day_service")]

    def __str__(self):
        return f"{self.day} {self.service}"


class DayFigures(models.Model):
    """One business day's figures, added up from its other rows; `unspent` is what the day changed of that balance."""

    day = models.DateField(primary_key=True)
    revenue = models.DecimalField(**MONEY)
    cost = models.DecimalField(**MONEY)
    promotional = models.DecimalField(**MONEY)
    fees = models.DecimalField(**MONEY)
    refunds = models.DecimalField(**MONEY)
    disputes = models.DecimalField(**MONEY)
    lost = models.DecimalField(**MONEY)
    breakage = models.DecimalField(**MONEY)
    unspent = models.DecimalField(**MONEY)
    unreconciled = models.DecimalField(**MONEY)

    def __str__(self):
        return f"{self.day}"


class DayCalls(models.Model):
    """What the calls to one provider for one service that were answered on one business day are booked at.

    Those that an invoice proves stand apart from those that none proves yet.
    """

    day = models.DateField()
    provider = models.CharField(max_length=40)
    service = models.ForeignKey("pricing.Service", models.PROTECT, related_name="+")
    invoice = models.ForeignKey("pricing.ProviderInvoice", models.PROTECT, null=True, related_name="+")
    calls = models.BigIntegerField()
    units = models.DecimalField(**MONEY)
    cost = models.DecimalField(**MONEY)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "provider", "service", "invoice"], nulls_distinct=False, name="accounting_one_day_calls"
            )
        ]

    def __str__(self):
        return f"{self.day} {self.provider} {self.service_id}"


class CatchUp(models.Model):
    """One look for what the ledger got since the look before: up to which transaction, in which time zone."""

    at = models.DateTimeField(default=timezone.now)
    last_id = models.BigIntegerField(help_text="The newest transaction then.")
    zone = models.CharField(max_length=64)
    days = models.PositiveIntegerField(help_text="How many days were rebuilt.")
    seconds = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["-at"], name="accounting_catch_ups")]

    def __str__(self):
        return f"{self.at}: {self.days} days"


class MonthClose(models.Model):
    """A month as it was when somebody closed it. It is never changed; what came later stands in `Restatement`."""

    month = models.DateField(unique=True, help_text="Its first day.")
    figures = models.JSONField(help_text="Figure -> amount as text.")
    services = models.JSONField(help_text="Service -> its figures, amounts as text.")
    zone = models.CharField(max_length=64, help_text="In whose days it was closed.")
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"{self.month:%B %Y}"

    @property
    def restated(self) -> dict[str, Decimal]:
        """What was found since, summed: figure -> by how much it differs, where it does."""
        found = Counter()
        for restatement in self.restatements.all():
            found.update({name: Decimal(text) for name, text in restatement.changes.items()})
        return {name: amount for name, amount in found.items() if amount}


class Restatement(models.Model):
    """What a closed month was found to differ by, against the month as closed and the restatements before."""

    close = models.ForeignKey(MonthClose, models.PROTECT, related_name="restatements")
    number = models.PositiveIntegerField()
    changes = models.JSONField(help_text="Figure, or service.figure -> difference as text.")
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["close", "number"], name="accounting_restatement_number")]

    def __str__(self):
        return f"{self.close}, restated {self.number}"


class DayUsage(models.Model):
    """The cuts asked for on one business day, of some makers, by one value of one part (see usage/rollups.py).

    `part` '' is all of them; `took` counts those made by a bucket of how long they took. Times are milliseconds of
    those made, savings minutes. Rows are rebuilt from the cuts and hold nothing that these do not say.
    """

    MINUTES = {"max_digits": 16, "decimal_places": 2}

    day = models.DateField()
    makers = models.CharField(max_length=8, help_text="member, visitor, staff or demo.")
    part = models.CharField(max_length=8)
    value = models.TextField()
    asked = models.IntegerField()
    made = models.IntegerField()
    failed = models.IntegerField()
    kept = models.IntegerField()
    downloaded = models.IntegerField()
    shared = models.IntegerField()
    took_ms = models.BigIntegerField()
    queued_ms = models.BigIntegerField()
    provider_ms = models.BigIntegerField()
    render_ms = models.BigIntegerField()
    low = models.DecimalField(**MINUTES)
    saved = models.DecimalField(**MINUTES)
    high = models.DecimalField(**MINUTES)
    lost = models.DecimalField(**MINUTES)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["part", "day", "makers", "value"], name="accounting_one_day_usage")
        ]

    def __str__(self):
        return f"{self.day} {self.makers} {self.part} {self.value}"


class DayReturn(models.Model):
    """How many that asked for a cut on one day had done so last on the day `before` (None: never).

    `what`: owner, visitor, or poem for the poems that cuts were made of. Different ones of any days from a to b, which
    cannot be added up from those of each day, are those of all its days that were before a, or never, there.
    """

    day = models.DateField()
    makers = models.CharField(max_length=8, blank=True, help_text="As in DayUsage; '' is members and visitors.")
    what = models.CharField(max_length=8)
    before = models.DateField(null=True)
    number = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["makers", "what", "day", "before"], nulls_distinct=False, name="accounting_one_day_return"
            )
        ]

    def __str__(self):
        return f"{self.day} {self.makers} {self.what}, before {self.before}"


class UsageChange(models.Model):
    """A note that a cut asked for then is new or changed, written by triggers; taken away when its day is rebuilt."""

    at = models.DateTimeField()
    anew = models.BooleanField(help_text="Whose it is or which poem it is of is new, too.")


class UsageLook(models.Model):
    """The last time that days of usage were rebuilt, in which time zone."""

    at = models.DateTimeField()
    zone = models.CharField(max_length=64)


class TimeBaseline(models.Model):
    """How many minutes by hand one cut of a service spares, from a moment on. Never changed: another one is added."""

    service = models.CharField(max_length=40)
    low = models.PositiveIntegerField()
    high = models.PositiveIntegerField()
    valid_from = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, help_text="Where the minutes come from.")
    form_key = models.UUIDField(unique=True, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(low__lte=models.F("high")), name="accounting_low_high")
        ]
        indexes = [models.Index(fields=["-valid_from", "-id"], name="accounting_baselines")]

    def __str__(self):
        return f"{self.service}: {self.low} to {self.high} min"
