"""What is sold and what it costs: services, their dated prices, and each call to a provider as it was billed."""

from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from alerts.models import raise_alert
from ledger import posting

MICRO = Decimal("0.000001")


class Service(models.Model):
    """One thing that members are charged for or that a provider bills: one row in the price book."""

    key = models.CharField(max_length=40, primary_key=True)
    title = models.CharField(max_length=100)
    unit = models.CharField(max_length=40, help_text="What one unit is: a render, a track.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "key"]

    def __str__(self):
        return self.title


class Dated(models.QuerySet):
    """Rows of the price book. One that was withdrawn counts for nothing: it was withdrawn before it became valid."""

    def standing(self):
        return self.filter(withdrawn_at=None)

    def valid(self, at=None):
        """Those that hold at a moment, or did once; the latest of them is in force."""
        return self.standing().filter(valid_from__lte=at or timezone.now())

    def coming(self):
        return self.standing().filter(valid_from__gt=timezone.now())


class Price(models.Model):
    """What members pay for one unit from `valid_from` on. Rows are added, never changed; see `withdrawn_at`."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="prices")
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    valid_from = models.DateTimeField(default=timezone.now)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, help_text="Taken back before it became valid.")

    objects = Dated.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="pricing_price_above_zero"),
            models.UniqueConstraint(
                fields=["service", "valid_from"], condition=Q(withdrawn_at=None), name="pricing_one_price_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__lt=F("valid_from")), name="pricing_price_was_to_come"
            ),
        ]

    def __str__(self):
        return f"{self.service_id}: {self.amount}"


class UnitCost(models.Model):
    """What one unit is expected to cost us at a provider from `valid_from` on. Added, never changed."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="unit_costs")
    provider = models.CharField(max_length=40)
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    valid_from = models.DateTimeField(default=timezone.now)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, help_text="Taken back before it became valid.")

    objects = Dated.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="pricing_cost_not_below_zero"),
            models.UniqueConstraint(
                fields=["service", "provider", "valid_from"],
                condition=Q(withdrawn_at=None),
                name="pricing_one_cost_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__lt=F("valid_from")), name="pricing_cost_was_to_come"
            ),
        ]

    def __str__(self):
        return f"{self.service_id} at {self.provider}: {self.amount}"


class ProviderInvoice(models.Model):
    """What a provider bills for a period, in US dollars. Matched, it proves the cost of the calls of that period.

    Its verbs are in pricing/invoices.py. `matches` and `payments` count them, as one that was undone comes again.
    """

    provider = models.CharField(max_length=40)
    number = models.CharField(max_length=100, help_text="As the provider numbers it.")
    first_day = models.DateField()
    last_day = models.DateField()
    total = models.DecimalField(max_digits=20, decimal_places=6)
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    booked = models.DecimalField(max_digits=20, decimal_places=6, null=True, help_text="Of its calls, when matched.")
    matched_at = models.DateTimeField(null=True)
    matches = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField(null=True, help_text="When calls were matched to it or set free, the last time.")
    calls_from = models.DateTimeField(null=True, help_text="When the first call was answered that it ever proved.")
    calls_until = models.DateTimeField(null=True, help_text="When the last was.")
    paid_on = models.DateField(null=True)
    paid_at = models.DateTimeField(null=True, help_text="When the payment was booked.")
    payments = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "number"], name="pricing_invoice_once"),
            models.CheckConstraint(condition=Q(total__gt=0), name="pricing_invoice_above_zero"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="pricing_invoice_days"),
        ]
        indexes = [
            models.Index(fields=["-last_day", "-id"], name="pricing_invoices_latest"),
            models.Index(fields=["changed_at"], name="pricing_invoices_changed"),
        ]

    def __str__(self):
        return f"{self.provider} {self.number}"


class InvoiceLine(models.Model):
    """What an invoice says of one service."""

    invoice = models.ForeignKey(ProviderInvoice, models.CASCADE, related_name="lines")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    units = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    amount = models.DecimalField(max_digits=20, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "service"], name="pricing_one_line_of_a_service"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="pricing_line_not_below_zero"),
        ]

    def __str__(self):
        return f"{self.service_id}: {self.amount}"


class ProviderCall(models.Model):
    """One call to a provider. The row stands before the call goes out; `reported` is what the provider says it cost."""

    class State(models.TextChoices):
        ASKED = "asked", "Asked"
        ANSWERED = "answered", "Answered"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"

    OPEN = (State.ASKED, State.UNKNOWN)
    UNPROVEN = {"state": State.ANSWERED, "invoice": None}  # booked, and no invoice says so yet

    service = models.ForeignKey(Service, models.PROTECT, related_name="calls")
    provider = models.CharField(max_length=40)
    key = models.CharField(max_length=100, unique=True, help_text="Our own name for the call; a repeat finds it.")
    external_id = models.CharField(max_length=200, blank=True, help_text="The provider's name for it.")
    cut_id = models.BigIntegerField(null=True, db_index=True, help_text="The cut it was made for, if any.")
    units = models.DecimalField(max_digits=20, decimal_places=6, default=1)
    expected = models.DecimalField(max_digits=20, decimal_places=6, help_text="By the price book, for all units.")
    reported = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    true_ups = models.PositiveSmallIntegerField(default=0, help_text="How often the booked cost was corrected.")
    error = models.TextField(blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True)
    invoice = models.ForeignKey("pricing.ProviderInvoice", models.PROTECT, null=True, related_name="calls")
    matched_at = models.DateTimeField(null=True, help_text="Since when the invoice proves what it cost.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "external_id"], condition=~Q(external_id=""), name="pricing_call_once"
            ),
            models.CheckConstraint(
                condition=Q(reported__isnull=True) | Q(reported__gte=0), name="pricing_reported_not_below_zero"
            ),
        ]
        indexes = [
            models.Index(F("asked_at").desc(), F("id").desc(), name="pricing_calls_latest"),
            models.Index(fields=["answered_at"], name="pricing_calls_answered"),
            models.Index(
                F("asked_at").desc(), F("id").desc(), condition=~Q(state="answered"), name="pricing_calls_unanswered"
            ),
            models.Index(
                fields=["provider", "answered_at"],
                condition=Q(state="answered", invoice=None),
                name="pricing_calls_unmatched",
            ),
        ]

    def __str__(self):
        return f"{self.provider} {self.service_id} #{self.pk}"

    @property
    def cost(self) -> Decimal:
        """What is owed for it: as reported, or as expected until then."""
        return self.expected if self.reported is None else self.reported

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    def note_id(self, external_id: str) -> None:
        """The provider has taken it in, and calls it so: from now on it can be looked up."""
        with transaction.atomic():
            self._lock()
            if self.is_open:
                self._name(external_id)

    def answered(self, *, external_id="", reported: Decimal | None = None) -> None:
        """It is done: what it costs is booked, once. Said again with another cost, the difference is booked."""
        if reported is not None:
            reported = reported.quantize(MICRO)
        with transaction.atomic():
            self._lock()
            if self.state != self.State.ANSWERED:
                self._name(external_id)
                state = {"state": self.State.ANSWERED, "error": "", "answered_at": timezone.now()}
                self._set(reported=reported, **state)
                self.post("cost", self.cost, f"provider_call:{self.pk}")
            elif reported is not None and reported != self.reported and self.invoice_id:
                self._contradicted(reported)
            elif reported is not None and reported != self.reported:
                more = reported - self.cost
                self._set(reported=reported, true_ups=self.true_ups + 1)
                self.post("true_up", more, f"provider_call:{self.pk}:true_up:{self.true_ups}")

    def _contradicted(self, reported: Decimal) -> None:
        """An invoice says already what it cost, so nothing is booked: a bill that differs needs a person."""
        raise_alert(
            f"cost-after-invoice:{self.provider}",
            f"{self.provider} reports another cost for what it has invoiced",
            f"Call #{self.pk}, on {self.provider}’s invoice {self.invoice.number}: {reported}, not {self.cost} US "
            "dollars. Nothing was booked: if the next invoice corrects it, it is booked when that is matched.",
        )

    def failed(self, error: str) -> None:
        """It certainly came to nothing, and costs nothing."""
        self._move(self.OPEN, state=self.State.FAILED, error=error, answered_at=timezone.now())

    def unknown(self, error: str) -> None:
        """No clear answer: it may have had its effect, and is looked up, never just repeated."""
        self._move((self.State.ASKED,), state=self.State.UNKNOWN, error=error)

    def _move(self, states, **facts) -> None:
        with transaction.atomic():
            self._lock()
            if self.state in states:
                self._set(**facts)

    def _name(self, external_id: str) -> None:
        """Take the provider's name for it, unless another call has that name: a bill for both needs a person."""
        if not external_id or external_id == self.external_id:
            return
        try:
            with transaction.atomic():
                ProviderCall.objects.filter(pk=self.pk).update(external_id=external_id)
            self.external_id = external_id
        except IntegrityError as error:
            if "pricing_call_once" not in str(error):
                raise
            raise_alert(
                f"provider-id-twice:{self.provider}",
                f"{self.provider} gave two calls the same id",
                f"Call #{self.pk} has the id “{external_id}”, as another has. It is booked: compare it with the bill.",
            )

    def _lock(self) -> None:
        self.refresh_from_db(from_queryset=ProviderCall.objects.select_for_update())

    def _set(self, **facts) -> None:
        for name, value in facts.items():
            setattr(self, name, value)
        self.save(update_fields=list(facts))

    def post(self, kind: str, amount: Decimal, external_id: str, at=None) -> None:
        """Book what is owed more, or less, for it; it happened now, unless said."""
        accounts = (f"cost/{self.provider}/{self.service_id}", f"payable/{self.provider}")
        debit, credit = accounts if amount > 0 else accounts[::-1]
        if amount:
            facts = {"external_id": external_id, "service": self.service_id, "note": str(self), "happened_at": at}
            posting.transfer(kind, debit, credit, abs(amount), **facts)
