"""A refund that staff asked for. Stripe makes it; the ledger moves when Stripe's events say that the money moved."""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q, Sum
from django.utils import timezone

from alerts.models import raise_alert, settle
from audit.models import record
from billing.models.adjustment import NOT_OWN, NotAllowed
from billing.models.refund import Refund
from billing.models.top_up import TopUp
from jobs.models import Job
from ui.format import money

FIRST_LOOK = timedelta(seconds=15)  # by then the request that asked has its answer, or is dead
EVENT_IS_LATE = timedelta(minutes=1)


class TooMuch(NotAllowed):
    """More than what is left of the payment; the message says how much that is."""


class RefundRequestManager(models.Manager):
    @transaction.atomic
    def ask(self, payment, amount, *, reason, stripe_reason, form_key, by) -> tuple["RefundRequest", bool]:
        """The request of this form about a top-up or an invoice, and whether it is new.

        If it is, the caller calls Stripe once this is committed; if the caller dies before, a job takes it up. Two at
        once wait for each other, so that together they never ask for more than is left. Raises NotAllowed, and TooMuch,
        with nothing written.
        """
        rows = type(payment).objects.select_related("member").select_for_update(no_key=True, of=("self",))
        payment = rows.get(pk=payment.pk)
        if payment.member_id == by.pk:
            raise NotAllowed(NOT_OWN)
        if asked := self.filter(form_key=form_key).first():
            if (asked.payment, asked.amount) != (payment, amount):
                raise NotAllowed("This form was sent already, with other values. Reload the page.")
            return asked, False
        left = self.left(payment)
        if amount > left:
            raise TooMuch(f"At most {money(left)} of this payment can be refunded now.")
        of = {"top_up" if isinstance(payment, TopUp) else "invoice": payment}
        asked = self.create(
            **of, amount=amount, reason=reason, stripe_reason=stripe_reason, form_key=form_key, requested_by=by
        )
        record(by, "refund.asked", asked, after=asked.summary(), note=reason)
        Job.enqueue("billing.settle_refund", {"request": asked.pk}, run_at=timezone.now() + FIRST_LOOK)
        return asked, True

    def left(self, payment) -> Decimal:
        """US dollars of a payment that are neither refunded, nor on their way back, nor with the bank by a dispute.

        Nor on the customer's balance at Stripe, where they pay what comes next.
        """
        if payment.paid_at is None:
            return Decimal(0)
        told = payment.refunds.exclude(status__in=Refund.FINAL)
        untold = payment.refund_requests.exclude(status=RefundRequest.Status.REFUSED)
        untold = untold.exclude(stripe_id__in=payment.refunds.values("stripe_id"))
        rows = (told, untold, payment.disputes.with_the_bank())
        gone = sum(each.aggregate(total=Sum("amount", default=Decimal(0)))["total"] for each in rows)
        return max(Decimal(0), payment.cash - gone - payment.waits)

    def hear(self, refund: dict) -> None:
        """Stripe tells of a refund, in an answer, a list or an event: if staff asked for it, it was made."""
        named = (refund.get("metadata") or {}).get("refund_request")
        intent = refund["payment_intent"] or ""
        for asked in self.filter(Q(top_up__payment_intent_id=intent) | Q(invoice__payment_intent_id=intent)):
            if str(asked.public_id) == named:
                asked.accept(refund)


class RefundRequest(models.Model):
    """`amount` in US dollars. The row, with its idempotency key, is committed before Stripe is called."""

    class Status(models.TextChoices):
        SENDING = "sending", "Being sent"
        ACCEPTED = "accepted", "Accepted by Stripe"
        REFUSED = "refused", "Refused by Stripe"
        UNKNOWN = "unknown", "Unknown"

    class StripeReason(models.TextChoices):
        REQUESTED = "requested_by_customer", "The member asked for it"
        DUPLICATE = "duplicate", "Paid twice"
        FRAUDULENT = "fraudulent", "Fraud"

    OPEN = (Status.SENDING, Status.UNKNOWN)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    top_up = models.ForeignKey(TopUp, models.PROTECT, null=True, related_name="refund_requests")
    invoice = models.ForeignKey("memberships.Invoice", models.PROTECT, null=True, related_name="refund_requests")
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    reason = models.CharField(max_length=500)
    stripe_reason = models.CharField(max_length=32, choices=StripeReason)
    form_key = models.UUIDField(unique=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    status = models.CharField(max_length=16, choices=Status, default=Status.SENDING)
    attempt = models.PositiveSmallIntegerField(default=1)
    called_at = models.DateTimeField(null=True, blank=True)
    stripe_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = RefundRequestManager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="billing_refundrequest_amount"),
            models.CheckConstraint(
                condition=Q(top_up=None, invoice__isnull=False) | Q(top_up__isnull=False, invoice=None),
                name="billing_refundrequest_of_one",
            ),
            models.CheckConstraint(
                condition=Q(status="accepted", stripe_id__isnull=False)
                | ~Q(status="accepted") & Q(stripe_id__isnull=True),
                name="billing_refundrequest_accepted_has_id",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="billing_refundrequest_open", condition=Q(status__in=("sending", "unknown"))
            )
        ]

    @property
    def payment(self):
        """What is to go back: a top-up, or an invoice for Premium."""
        return self.top_up or self.invoice

    @property
    def idempotency_key(self) -> str:
        """The key of the call; the attempt is stored before the call."""
        return f"refund:{self.public_id}:{self.attempt}"

    @property
    def is_open(self) -> bool:
        """Whether it is not known yet if Stripe makes it."""
        return self.status in self.OPEN

    @property
    def alert(self) -> str:
        """The fingerprint of its alert."""
        return f"billing.refund_request.{self.pk}"

    def summary(self) -> dict:
        """What the audit trail keeps of it."""
        of = {"top_up": self.top_up_id} if self.top_up_id else {"invoice": self.invoice_id}
        about = {"amount": str(self.amount), "status": self.status, **of}
        return about | ({"refund": self.stripe_id} if self.stripe_id else {})

    def note_call(self) -> bool:
        """Write down that Stripe is about to be called; False when the answer has come by another way."""
        still_open = RefundRequest.objects.filter(pk=self.pk, status__in=self.OPEN)
        return still_open.update(called_at=timezone.now()) == 1

    @transaction.atomic
    def accept(self, refund: dict) -> None:
        """Stripe has made it. Whoever hears of it first writes it down; the ledger waits for Stripe's events."""
        self._lock()
        if self.stripe_id == refund["id"]:
            return
        if self.stripe_id:
            title = f"Stripe made two refunds of {money(self.amount)} for one request"
            raise_alert(
                f"{self.alert}.twice", title, f"{self.stripe_id} and {refund['id']}", severity="bad", url=self.url
            )
            return
        self._answer("refund.sent", self.Status.ACCEPTED, stripe_id=refund["id"])
        if not self.payment.refunds.filter(stripe_id=refund["id"]).exists():
            late = timezone.now() + EVENT_IS_LATE
            key = f"billing.sync_refunds:{refund['id']}"
            Job.enqueue("billing.sync_refunds", {"charge": refund["charge"]}, dedupe_key=key, run_at=late)

    @transaction.atomic
    def refuse(self, code: str, message: str) -> None:
        """Stripe's definite no: nothing was refunded."""
        self._lock()
        if self.is_open:
            self._answer("refund.refused", self.Status.REFUSED, error_code=code, error=message)

    @transaction.atomic
    def doubt(self, message: str, *, key_is_used_up: bool) -> None:
        """No answer, or no clear one. `key_is_used_up`: a later call needs a new key."""
        self._lock()
        if not self.is_open:
            return
        if key_is_used_up:
            self.attempt += 1
        self.error = message
        if self.status == self.Status.SENDING:
            self.status = self.Status.UNKNOWN
            record(self.requested_by, "refund.unknown", self, after=self.summary(), note=message)
        self.save(update_fields=["attempt", "error", "status"])

    @property
    def url(self) -> str:
        return self.payment.staff_url

    def _lock(self) -> None:
        self.refresh_from_db(from_queryset=RefundRequest.objects.select_for_update(no_key=True))

    def _answer(self, verb: str, status: str, *, stripe_id=None, error_code="", error="") -> None:
        self.status, self.stripe_id, self.error_code, self.error = status, stripe_id, error_code[:64], error
        self.answered_at = timezone.now()
        self.save(update_fields=["status", "stripe_id", "error_code", "error", "answered_at"])
        record(self.requested_by, verb, self, after=self.summary(), note=error)
        settle(self.alert)
