"""Each call to a provider, as it was asked for, answered and booked."""

from decimal import Decimal

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from alerts.models import raise_alert
from ledger import posting

MICRO = Decimal("0.000001")
BOOKED = Coalesce("reported", "expected")  # `ProviderCall.cost` of rows


class ProviderCall(models.Model):
    """One call to a provider. The row stands before the call goes out; `reported` is what the provider says it cost."""

    class State(models.TextChoices):
        ASKED = "asked", "Asked"
        ANSWERED = "answered", "Answered"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"

    OPEN = (State.ASKED, State.UNKNOWN)
    UNPROVEN = {"state": State.ANSWERED, "invoice": None}  # booked, and no invoice says so yet

    service = models.ForeignKey("pricing.Service", models.PROTECT, related_name="calls")
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
        """Whether no clear answer came yet."""
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
                self.post("cost", self.cost, f"provider_call:{self.pk}", at=self.answered_at)
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
        self.refresh_from_db(from_queryset=ProviderCall.objects.select_for_update(no_key=True))

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
