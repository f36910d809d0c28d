"""What was billed for Premium, what came of it, and what went back."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from memberships.models.price import MONEY

COMES_BACK_WITHIN = timedelta(days=7)  # who was declined on a payment page, and subscribes on another


class Invoice(models.Model):
    """Stripe's invoice as last heard. `cash` was received for it; `recognised` of that is revenue by now.

    What went back of it is `refunded` as far as it was not yet earned; of the `credit` that came with it `credit_back`
    was taken back, in proportion. `booked` is what stands in the ledger under each name that `recognition` gives:
    debit, credit, amount, times. https://docs.stripe.com/api/invoices/object
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        OPEN = "open", "Open"
        UNCOLLECTIBLE = "uncollectible", "Given up"
        VOID = "void", "Void"
        PAID = "paid", "Paid"

    RANK = {Status.DRAFT: 0, Status.OPEN: 1, Status.UNCOLLECTIBLE: 2, Status.VOID: 3, Status.PAID: 4}
    RENEWAL, FIRST, SWITCH = "subscription_cycle", "subscription_create", "subscription_update"
    REASONS = {FIRST: "The first period", RENEWAL: "A renewal", SWITCH: "Another plan"}

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="invoices")
    stripe_id = models.CharField(max_length=255, unique=True)
    subscription_id_at_stripe = models.CharField(max_length=255)
    number = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=16, choices=Status)
    reason = models.CharField(max_length=40)
    total = models.DecimalField(**MONEY)
    due = models.DecimalField(**MONEY)
    cash = models.DecimalField(**MONEY, default=Decimal(0))
    tax = models.DecimalField(**MONEY, default=Decimal(0))
    fee = models.DecimalField(**MONEY, null=True)
    credit = models.DecimalField(**MONEY, default=Decimal(0))
    bought = models.DecimalField(**MONEY, default=Decimal(0), help_text="What its lines sell.")
    unused = models.DecimalField(**MONEY, default=Decimal(0), help_text="What they give back of unused time.")
    recognised = models.DecimalField(**MONEY, default=Decimal(0))
    refunded = models.DecimalField(**MONEY, default=Decimal(0))
    waits = models.DecimalField(
        **MONEY,
        default=Decimal(0),
        db_default=Decimal(0),
        help_text="What of it is on the customer’s balance at Stripe.",
    )
    credit_back = models.DecimalField(**MONEY, default=Decimal(0))
    credit_changes = models.PositiveSmallIntegerField(default=0)
    booked = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_attempt = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Which attempt the bank wants the member to confirm; 0: none."
    )
    next_attempt_at = models.DateTimeField(null=True)
    covers_from = models.DateTimeField()
    covers_until = models.DateTimeField()
    earns_at = models.DateTimeField(null=True, help_text="When the next part of it becomes revenue.")
    payment_intent_id = models.CharField(max_length=255, unique=True, null=True)  # noqa: DJ001 (unique)
    charge_id = models.CharField(max_length=255, blank=True)
    card = models.CharField(max_length=40, blank=True)
    country = models.CharField(max_length=2, blank=True)
    url = models.TextField(blank=True)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cash__gte=0, recognised__gte=0, refunded__gte=0, tax__gte=0),
                name="memberships_invoice_amounts",
            )
        ]
        indexes = [
            models.Index(fields=["member", "-id"], name="memberships_invoice_member"),
            models.Index(fields=["-created_at", "-id"], name="memberships_invoice_created"),
            models.Index(fields=["subscription_id_at_stripe"], name="memberships_invoice_sub"),
            models.Index(fields=["number"], name="memberships_invoice_number"),
            models.Index(
                fields=["status", "-created_at", "-id"],
                name="memberships_invoice_unpaid",
                condition=Q(status__in=("open", "uncollectible", "void")),
            ),
            models.Index(fields=["earns_at"], name="memberships_invoice_earns", condition=Q(earns_at__isnull=False)),
        ]

    @property
    def refunds(self):
        """What refunds took back of it, or will."""
        return self.money_back.filter(kind=MoneyBack.Kind.REFUND)

    @property
    def asks_member(self) -> bool:
        """Whether the bank refused nothing, but wanted the member to confirm the newest attempt."""
        return 0 < self.asked_attempt == self.attempts

    @property
    def needs_member(self) -> bool:
        """Whether it still does."""
        return self.status == self.Status.OPEN and self.asks_member

    @property
    def from_balance(self) -> Decimal:
        """What the customer's balance at Stripe paid of it; below zero is what it added to that, in US dollars."""
        return self.total - self.due

    @property
    def to_balance(self) -> Decimal:
        """What it added, above zero."""
        return -self.from_balance

    @property
    def billed_for(self) -> str:
        """Why it was made; Stripe's own word where we have none."""
        return self.REASONS.get(self.reason) or self.reason.replace("_", " ").capitalize()

    @property
    def staff_url(self) -> str:
        return f"/admin/billing/invoices/{self.pk}/"

    @property
    def external_id(self) -> str:
        """The ledger's name for its payment."""
        return f"stripe:invoice:{self.stripe_id}"

    def names_in_ledger(self) -> list[str]:
        """Under which everything about it is booked."""
        names = [self.external_id, *(f"{self.external_id}:{word}" for word in ("tax", "credit"))]
        names += [f"{self.external_id}:credit:{number}" for number in range(1, self.credit_changes + 1)]
        for name, (*_, times) in self.booked.items():
            names += [name, *(f"{name}:{number}" for number in range(2, times + 1))]
        for back in self.money_back.all():
            names += [back.external_id, back.reversal_external_id]
        return names

    @property
    def earnable(self) -> Decimal:
        """What may become revenue, of what was received."""
        return self.cash - self.tax

    @property
    def unused_time(self) -> Decimal:
        """What of it was paid for time that is still to come, in US dollars; after a change of plan none is its own."""
        later = Invoice.objects.filter(subscription_id_at_stripe=self.subscription_id_at_stripe, unused__gt=0)
        left = self.covers_until - max(self.covers_from, timezone.now())
        if self.paid_at is None or left <= timedelta() or later.filter(created_at__gt=self.created_at).exists():
            return Decimal(0)
        return (self.cash * Decimal(left / (self.covers_until - self.covers_from))).quantize(Decimal("0.01"))

    @property
    def deferred(self) -> Decimal:
        """What is neither earned nor given back yet."""
        return max(Decimal(0), self.earnable - self.recognised - self.refunded)


class MoneyBack(models.Model):
    """What a refund or a dispute took back of an invoice, at `taken_at`. `unearned` of it had not become revenue."""

    class Kind(models.TextChoices):
        REFUND = "refund", "Refund"
        DISPUTE = "dispute", "Dispute"

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="money_back")
    kind = models.CharField(max_length=8, choices=Kind)
    stripe_id = models.CharField(max_length=255, unique=True)
    amount = models.DecimalField(**MONEY)
    unearned = models.DecimalField(**MONEY, default=Decimal(0))
    is_booked = models.BooleanField(default=False)
    is_given_back = models.BooleanField(default=False)
    status = models.CharField(max_length=32)
    reason = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["kind", "-created_at", "-id"], name="memberships_back_kind")]

    @property
    def holds(self) -> bool:
        """Whether the money is gone, and did not come back."""
        return self.is_booked and not self.is_given_back

    @property
    def external_id(self) -> str:
        """The ledger's name for it, the same as of a top-up's."""
        return f"stripe:{self.kind}:{self.stripe_id}"

    @property
    def reversal_external_id(self) -> str:
        """The ledger's name for its coming back."""
        return f"{self.external_id}:{'failed' if self.kind == self.Kind.REFUND else 'reinstated'}"

    def get_status_display(self) -> str:
        return self.status.replace("_", " ").capitalize()


class FailedAttemptQuerySet(models.QuerySet):
    def give_up(self) -> int:
        """What was tried on pages that are over, and no invoice followed, is lost. Returns how many attempts."""
        lost = FailedAttempt.Outcome.LOST
        given_up = self.filter(invoice=None, outcome=FailedAttempt.Outcome.OPEN).update(outcome=lost)
        if given_up:
            self.recover()
        return given_up

    def recover(self) -> int:
        """What was lost on a page, but its member subscribed within days on another. Returns how many attempts.

        Inside the transaction of each word about either.
        """
        paid = (OuterRef("happened_at"), OuterRef("happened_at") + COMES_BACK_WITHIN)
        later = Invoice.objects.filter(member=OuterRef("member"), reason=Invoice.FIRST, paid_at__range=paid)
        lost = self.filter(Exists(later), invoice=None, outcome=FailedAttempt.Outcome.LOST)
        return lost.update(outcome=FailedAttempt.Outcome.RECOVERED)


class FailedAttempt(models.Model):
    """One attempt to take the money of an invoice that came to nothing: https://docs.stripe.com/declines/codes.

    `outcome` is how its invoice stands now, and with which card it was paid; the database's triggers keep it. A first
    payment has no invoice before it is made: then it is how the payment page stands, and whether the member subscribed
    on another one soon. One without a member may be about something else that we sell, see `attempts`: no list shows
    it.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", "Open"
        RECOVERED = "recovered", "Recovered"
        CARD_CHANGED = "card_changed", "Recovered with another card"
        LOST = "lost", "Lost"

    RECOVERED = (Outcome.RECOVERED, Outcome.CARD_CHANGED)

    attempt_id = models.CharField(max_length=255, unique=True)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="failed_attempts")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="failed_attempts")
    payment_intent_id = models.CharField(max_length=255, db_index=True)
    amount = models.DecimalField(**MONEY)
    code = models.CharField(max_length=64, blank=True)
    decline_code = models.CharField(max_length=64, blank=True)
    message = models.TextField(blank=True)
    card = models.CharField(max_length=40, blank=True)
    happened_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.OPEN, db_default=Outcome.OPEN)

    objects = FailedAttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["-happened_at", "-id"], name="memberships_failed_when"),
            models.Index(fields=["outcome", "-happened_at", "-id"], name="memberships_failed_outcome"),
            models.Index(fields=["invoice", "outcome"], name="memberships_failed_invoice"),
        ]

    @property
    def next_try(self) -> datetime | None:
        """When Stripe charges it again by itself."""
        return self.invoice.next_attempt_at if self.outcome == self.Outcome.OPEN and self.invoice else None
