"""What staff decide about a member who owes."""

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from alerts.models import settle
from audit.models import record
from billing.models.dispute import Dispute
from ledger import freezes, posting
from ledger.models import Transaction
from ledger.queries import balances


class NothingOwed(Exception):
    """The member does not owe that much (any more); the message says how much."""


class DebtDecisionManager(models.Manager):
    @transaction.atomic
    def decide(self, member, choice, *, reason, form_key, by) -> "DebtDecision":
        """Block all spending, carry the debt, or write it off. The same `form_key` again returns the first decision.

        Raises NothingOwed.
        """
        posting.lock(member)  # two who decide at once, and a payment that settles it, come one after the other
        if known := self.filter(form_key=form_key).first():
            return known
        owed = balances(member).debt
        if not owed:
            raise NothingOwed(f"{member.email} owes nothing any more.")
        decision = self.create(
            member=member, choice=choice, amount=owed, reason=reason, form_key=form_key, decided_by=by
        )
        decision._carry_out()
        settle(alert_of(member))
        record(by, f"debt.{choice}", member, before={"owed": str(owed)}, after={"choice": choice}, note=reason)
        return decision


class DebtDecision(models.Model):
    """One decision; the newest of a member is in force. `amount` is what was owed in US dollars."""

    class Choice(models.TextChoices):
        CARRY = "carry", "Carry"
        BLOCK = "block", "Block"
        WRITE_OFF = "write_off", "Write off"

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="debt_decisions")
    choice = models.CharField(max_length=16, choices=Choice)
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    reason = models.CharField(max_length=500)
    form_key = models.UUIDField(unique=True)
    transaction_id = models.BigIntegerField(null=True, blank=True, unique=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)

    objects = DebtDecisionManager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="billing_debt_decision_amount")]

    @transaction.atomic
    def reopen(self, *, by) -> bool:
        """Undo a write-off: the member owes it again. False, with nothing done, when it was undone already."""
        posting.lock(self.member)
        if Transaction.objects.filter(reverses=self.transaction_id, notable=True).exists():
            return False
        posting.reverse(self.transaction_id, actor=by, note=f"Not given up: {self.reason}")
        record(by, "debt.reopened", self.member, after={"owed": str(balances(self.member).debt)}, note=self.reason)
        return True

    def _carry_out(self) -> None:
        lift_block(self.member)
        if self.choice == self.Choice.BLOCK:
            freezes.freeze_spending(self.member, BLOCKED)
        elif self.choice == self.Choice.WRITE_OFF:
            booked = posting.write_off(
                self.member,
                self.amount,
                actor=self.decided_by,
                note=self.reason,
                loss_account="disputes" if _disputed(self.member) else "write_offs",
                external_id=f"debt_decision:{self.pk}",
            )
            self.transaction_id = booked.transaction_id
            self.save(update_fields=["transaction_id"])


BLOCKED = "blocked until what is owed is paid"


def alert_of(member) -> str:
    """The fingerprint of the alert that a member owes."""
    return f"billing.debt.{member.pk}"


def lift_block(member) -> bool:
    """Let a member spend again who was blocked for a debt, and for nothing else."""
    return balances(member).frozen == BLOCKED and freezes.thaw_spending(member)


def _disputed(member) -> bool:
    return Dispute.objects.filter(top_up__member=member, status=Dispute.Status.LOST).exists()
