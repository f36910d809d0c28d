"""What a member owes: who must know, and what staff decide."""

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from alerts.models import Alert, raise_alert, settle
from audit.models import record
from billing.models.adjustment import NOT_OWN, NotAllowed
from ledger import freezes, posting
from ledger.models import Kind, Transaction, Wallet
from ledger.queries import balances
from ui.format import money

PANEL = "/admin/billing/disputes/"
ALERT = "billing.debt."


class NothingOwed(NotAllowed):
    """The member does not owe anything (any more)."""


def note_debt(member, posted: posting.Posting) -> None:
    """Call after a posting that may make or settle a debt, in its transaction: an alert while there is one."""
    if posted.created and posted.debt:
        raise_alert(
            f"{ALERT}{member.pk}",
            f"{member.email} owes {money(posted.debt)}",
            "A payment went back that had been spent. The next top-up pays it first; block, carry or write it off.",
            url=PANEL,
        )
    elif posted.created:
        settle(f"{ALERT}{member.pk}")


def settle_paid_debts() -> int:
    """Close the alerts of debts that a released hold or an undone charge has settled; returns how many."""
    found = Alert.objects.filter(fingerprint__startswith=ALERT, acknowledged_at=None).values_list(
        "fingerprint", flat=True
    )
    numbers = {int(fingerprint.removeprefix(ALERT)) for fingerprint in found}
    owing = set(Wallet.objects.filter(member__in=numbers, debt__gt=0).values_list("member_id", flat=True))
    return sum(settle(f"{ALERT}{number}") for number in numbers - owing)


class DebtDecisionManager(models.Manager):
    @transaction.atomic
    def decide(self, member, choice, *, owed, reason, form_key, by) -> "DebtDecision":
        """Block all spending, carry the debt, or write it off. The same `form_key` again returns the first decision.

        `owed` is what whoever decides has seen. Raises NotAllowed, NothingOwed.
        """
        if member.pk == by.pk:
            raise NotAllowed(NOT_OWN)
        posting.lock(member)  # two who decide at once, and a payment that settles it, come one after the other
        if known := self.filter(form_key=form_key).first():
            if (known.member_id, known.choice) != (member.pk, choice):
                raise NotAllowed("This form was sent already, with other values. Reload the page.")
            return known
        now = balances(member).debt
        if not now:
            raise NothingOwed(f"{member.email} owes nothing any more.")
        if now != owed:
            raise NotAllowed(f"{member.email} owes {money(now)} now, not {money(owed)}. Look again, then decide.")
        decision = self.create(
            member=member, choice=choice, amount=now, reason=reason, form_key=form_key, decided_by=by
        )
        decision._carry_out()
        settle(f"{ALERT}{member.pk}")
        record(by, VERBS[choice], member, after={"owed": str(now), "choice": choice}, note=reason)
        return decision

    @transaction.atomic
    def reopen_since(self, withdrawn: Transaction, *, reason: str) -> None:
        """The money of `withdrawn` comes back: what was written off since then is no loss, and is owed again first.

        Stripe tells it more than once; what is written off after it came back stays so.
        """
        if Transaction.objects.filter(reverses=withdrawn, notable=True).exists():
            return
        written_off = self.filter(member=withdrawn.member_id, choice=DebtDecision.Choice.WRITE_OFF)
        for decision in written_off.filter(transaction_id__gt=withdrawn.pk):
            decision.reopen(by=None, reason=reason)


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
    def reopen(self, *, by, reason: str = "") -> bool:
        """Undo a write-off: the member owes it again. False, with nothing done, when it was undone already.

        Raises NotAllowed.
        """
        if by is not None and self.member_id == by.pk:
            raise NotAllowed(NOT_OWN)
        posting.lock(self.member)
        if Transaction.objects.filter(reverses=self.transaction_id, notable=True).exists():
            return False
        reason = reason or f"Not given up: {self.reason}"
        posted = posting.reverse(self.transaction_id, actor=by, note=reason)
        note_debt(self.member, posted)
        record(by, "debt.reopened", self.member, after={"owed": str(posted.debt)}, note=reason)
        return True

    def _carry_out(self) -> None:
        freezes.block_while_owing(self.member, self.choice == self.Choice.BLOCK)
        if self.choice == self.Choice.WRITE_OFF:
            booked = posting.write_off(
                self.member,
                self.amount,
                actor=self.decided_by,
                note=self.reason,
                loss_account="disputes" if _made_by_dispute(self.member) else "write_offs",
                external_id=f"debt_decision:{self.pk}",
            )
            self.transaction_id = booked.transaction_id
            self.save(update_fields=["transaction_id"])


VERBS = {
    DebtDecision.Choice.CARRY: "debt.carried",
    DebtDecision.Choice.BLOCK: "debt.blocked",
    DebtDecision.Choice.WRITE_OFF: "debt.written_off",
}


def _made_by_dispute(member) -> bool:
    """Whether a dispute, and not a refund, added to the debt last."""
    made = Transaction.objects.filter(member=member, kind__in=(Kind.REFUND, Kind.DISPUTE), notable=True)
    made = made.filter(entries__account__member=member, entries__account__role="debt", entries__amount__gt=0)
    newest = made.order_by("-posted_at").first()
    return newest is not None and newest.kind == Kind.DISPUTE
