"""Credit that staff give or take by hand: a request, and, above a limit, a second person's yes."""

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Abs
from django.utils import timezone

import tunables.values
from accounts.models import User
from accounts.permissions import Perm
from alerts.models import raise_alert, settle
from audit.models import record
from invites.models import Invite
from ledger import posting
from ledger.queries import balances
from ui.format import money

NOT_OWN = "Nobody changes their own credit. Ask a colleague."


class NotAllowed(Exception):
    """The act does not fit the state of the adjustment or the person; the message says why."""


class CreditAdjustmentManager(models.Manager):
    @transaction.atomic
    def ask(self, member, amount, *, reason, form_key, by) -> "CreditAdjustment":
        """Grant (positive) or remove (negative) `amount` US dollars, at once or after a second person's yes.

        The same `form_key` again returns the first adjustment. Raises ledger.posting.NotCovered with nothing written.
        """
        if member == by:
            raise NotAllowed(NOT_OWN)
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # one person's requests count one after the other
        needs_second = self.needs_second(amount, by=by)
        adjustment, created = self.get_or_create(
            form_key=form_key, defaults={"member": member, "amount": amount, "reason": reason, "requested_by": by}
        )
        if not created:
            if (adjustment.member, adjustment.amount) != (member, amount):
                raise NotAllowed("This form was sent already, with other values. Reload the page.")
            return adjustment
        if needs_second:
            adjustment._check_cover()
            record(by, "adjustment.asked", adjustment, after=adjustment.summary(), note=reason)
            raise_alert(
                f"billing.adjustment.{adjustment.pk}",
                f"{by} asks to {adjustment.verb} {money(abs(amount))}",
                f"For {member.email}: {reason}",
                url="/admin/billing/",
            )
        else:
            adjustment._post(by=by)
        return adjustment

    def needs_second(self, amount, *, by) -> bool:
        """Whether `amount` and what `by` has moved alone in these 24 hours are above what one person may do alone."""
        return self.moved_alone(by) + abs(amount) > tunables.values.get("credit_adjust_second_person_usd")

    def moved_alone(self, by) -> Decimal:
        """What `by` has moved in these 24 hours without a second person, in US dollars.

        What their invite codes may give beyond the usual is of it, used or not.
        """
        since = timezone.now() - timedelta(hours=24)
        alone = self.filter(requested_by=by, decided_by=by, status="posted", created_at__gte=since)
        moved = alone.aggregate(total=Sum(Abs("amount"), default=Decimal(0)))["total"]
        return moved + Invite.objects.filter(created_by=by, created_at__gte=since).gift()


class CreditAdjustment(models.Model):
    """`amount` in US dollars: positive grants, negative removes. Only the ledger moves; Stripe is not called."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting for a second person"
        POSTED = "posted", "Posted"
        DECLINED = "declined", "Declined"
        REVERSED = "reversed", "Reversed"

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="credit_adjustments")
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    reason = models.CharField(max_length=500)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    form_key = models.UUIDField(unique=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    transaction_id = models.BigIntegerField(null=True, blank=True, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = CreditAdjustmentManager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="billing_adjustment_not_zero"),
            models.CheckConstraint(condition=~Q(member=F("requested_by")), name="billing_adjustment_not_own"),
            models.CheckConstraint(
                condition=Q(status__in=("posted", "reversed"), transaction_id__isnull=False)
                | Q(status__in=("pending", "declined"), transaction_id__isnull=True),
                name="billing_adjustment_posted_has_transaction",
            ),
        ]

    @property
    def external_id(self) -> str:
        """The ledger's name for this adjustment."""
        return f"adjustment:{self.pk}"

    @property
    def took_two(self) -> bool:
        """Whether a second person posted it."""
        return self.decided_by_id != self.requested_by_id

    @property
    def verb(self) -> str:
        return "grant" if self.amount > 0 else "remove"

    def summary(self) -> dict:
        """What the audit trail keeps of it."""
        return {"amount": str(self.amount), "status": self.status, "member": self.member_id}

    @transaction.atomic
    def approve(self, *, by) -> None:
        """The second person's yes; posts at once. Raises NotAllowed, ledger.posting.NotCovered."""
        self._lock(self.Status.PENDING)
        self._not_own(by)
        if by == self.requested_by:
            raise NotAllowed("A second person must approve this: you asked for it yourself.")
        self._post(by=by)

    @transaction.atomic
    def decline(self, *, by) -> None:
        """The second person's no, or the first one's change of mind. Raises NotAllowed."""
        self._lock(self.Status.PENDING)
        self._not_own(by)
        self._decide(self.Status.DECLINED, by=by)

    @transaction.atomic
    def reverse(self, *, by) -> None:
        """Undo a posted adjustment by its exact mirror. Raises NotAllowed, ledger.posting.NotCovered."""
        self._lock(self.Status.POSTED)
        self._not_own(by)
        if self.took_two and (by == self.requested_by or not by.can(Perm.CREDIT_APPROVE)):
            raise NotAllowed("It took two to post this: somebody else who may approve reverses it.")
        posting.reverse(
            self.transaction_id,
            actor=by,
            note=self.reason,
            external_id=f"{self.external_id}:reversed",
        )
        self._decide(self.Status.REVERSED, by=by)

    def _check_cover(self) -> None:
        now = balances(self.member)
        if self.amount < -(now.paid + now.granted):
            raise posting.NotCovered(f"{self.member.email} has {money(now.paid + now.granted)}.")

    def _not_own(self, by) -> None:
        if by == self.member:
            raise NotAllowed(NOT_OWN)

    def _lock(self, expected: str) -> None:
        self.refresh_from_db(from_queryset=CreditAdjustment.objects.select_for_update(no_key=True))
        if self.status != expected:
            raise NotAllowed(f"This adjustment is already {self.get_status_display().lower()}.")

    def _post(self, *, by) -> None:
        before = balances(self.member)
        post = posting.grant if self.amount > 0 else posting.adjust
        posted = post(self.member, self.amount, actor=by, note=self.reason, external_id=self.external_id)
        self.transaction_id = posted.transaction_id
        self._decide(self.Status.POSTED, by=by, before=_credit(before), after=_credit(posted))

    def _decide(self, status: str, *, by, before=None, after=None) -> None:
        self.status, self.decided_by, self.decided_at = status, by, timezone.now()
        self.save(update_fields=["status", "decided_by", "decided_at", "transaction_id"])
        settle(f"billing.adjustment.{self.pk}")
        record(by, f"adjustment.{status}", self, before=before, after=self.summary() | (after or {}), note=self.reason)


def _credit(balance) -> dict:
    """Paid and granted credit, as the audit trail keeps them."""
    return {"paid": str(balance.paid), "granted": str(balance.granted)}
