"""Tables of the ledger. Rows are written by the functions in ledger/sql only, through the verbs of ledger/posting.py.

Debit is positive, credit negative. Transactions, entries and accounts are never changed or deleted: the database
refuses it. The references marked `db_constraint=False` are hot: a foreign key would lock the shared row it points to
(every charge of a service points to one revenue account). They stay sound because what they point to cannot be
deleted, and check_ledger looks for what does not exist. Balances that may not be negative, and amounts that may
not be zero, are domains in the database (ledger/sql/storage.sql).
"""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex, OpClass
from django.db import models
from django.db.models import Q

MONEY = {"max_digits": 20, "decimal_places": 6}


class Kind(models.TextChoices):
    TOP_UP = "top_up", "Top-up"
    GRANT = "grant", "Grant"
    EXPIRY = "expiry", "Expired"
    ADJUSTMENT = "adjustment", "Adjustment"
    HOLD = "hold", "Hold"
    RELEASE = "release", "Hold released"
    SETTLE = "settle", "Hold settled"
    CHARGE = "charge", "Charge"
    REVERSAL = "reversal", "Reversal"
    REFUND = "refund", "Refund"
    DISPUTE = "dispute", "Dispute"
    PREMIUM_REFUND = "premium_refund", "Refund of Premium"
    PREMIUM_DISPUTE = "premium_dispute", "Dispute of Premium"
    REORDER = "reorder", "Lots put in order"
    DEBT_WRITTEN_OFF = "debt_written_off", "Debt written off"
    FEE = "fee", "Fee"
    PAYOUT = "payout", "Payout"
    TRANSFER = "transfer", "Transfer"
    COST = "cost", "Provider cost"
    TRUE_UP = "true_up", "Provider cost corrected"
    PURGE = "purge", "Account removed"


class Account(models.Model):
    """A place where money stands. `role` names the four accounts of a member and is empty for the system's own."""

    class Type(models.TextChoices):
        ASSET = "asset", "Asset"
        LIABILITY = "liability", "Liability"
        INCOME = "income", "Income"
        EXPENSE = "expense", "Expense"
        PROMOTION = "promotion", "Promotion"
        CONTRA = "contra", "Promotion, contra"

    name = models.CharField(max_length=100, unique=True)
    type = models.CharField(max_length=12, choices=Type)
    sign = models.SmallIntegerField(help_text="1 where a debit adds to the balance, -1 where a credit does.")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=8, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sign__in=(1, -1)), name="ledger_account_sign"),
            models.CheckConstraint(
                condition=Q(member=None, role="")
                | Q(member__isnull=False, role__in=("paid", "granted", "held", "debt")),
                name="ledger_account_role",
            ),
        ]

    def __str__(self):
        return self.name


class Transaction(models.Model):
    """One immutable movement. `about` names what it follows from: a refund its top-up, a settlement its hold.

    `notable` is false for charges, holds, settlements and releases: what is only asked of the others has small indexes.
    """

    kind = models.CharField(max_length=32, choices=Kind)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    amount = models.DecimalField(**MONEY, help_text="What the posting was asked for; negative for an adjustment down.")
    external_id = models.CharField(max_length=255, null=True)  # noqa: DJ001 (unique, so NULL for none)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, db_index=False, related_name="reversals")
    about = models.ForeignKey("self", models.PROTECT, null=True, db_index=False, related_name="follow_ups")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+")
    note = models.TextField(blank=True)
    service = models.CharField(max_length=40, blank=True)
    happened_at = models.DateTimeField()
    posted_at = models.DateTimeField()
    notable = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="ledger_transaction_external_id"),
            models.UniqueConstraint(fields=["reverses"], condition=Q(notable=True), name="ledger_transaction_reverses"),
        ]
        indexes = [
            models.Index("member", "posted_at", "id", name="ledger_transaction_member"),
            models.Index("about", name="ledger_transaction_about", condition=Q(notable=True)),
            models.Index("posted_at", "id", name="ledger_transaction_notable", condition=Q(notable=True)),
            models.Index("happened_at", name="ledger_notable_happened", condition=Q(notable=True)),
            # For whole days. It costs a posting next to nothing; several ranges a block bear late and backdated rows
            BrinIndex(
                OpClass("happened_at", name="timestamptz_minmax_multi_ops"),
                name="ledger_transaction_happened",
                autosummarize=True,
                pages_per_range=32,
            ),
        ]


class Lot(models.Model):
    """One top-up or one grant, with what is left of it. Only `remaining`, `clawed` and `frozen_at` ever change.

    `clawed` is what refunds and disputes took back of it, so `amount - clawed - remaining` is what was used.
    """

    class Kind(models.TextChoices):
        PAID = "paid", "Paid"
        GRANTED = "granted", "Granted"

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    amount = models.DecimalField(**MONEY)
    remaining = models.DecimalField(**MONEY)
    clawed = models.DecimalField(**MONEY, db_default=0)
    ordered_at = models.DateTimeField(help_text="Its place in the spending order.")
    expires_at = models.DateTimeField(null=True)
    frozen_at = models.DateTimeField(null=True)
    transaction = models.ForeignKey(Transaction, models.PROTECT, related_name="lots")
    # Whether anything remains. The indexes speak of this, so a charge changes no indexed value (a HOT update).
    has_rest = models.BooleanField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(remaining__lte=models.F("amount")), name="ledger_lot_remaining")
        ]
        indexes = [
            models.Index("member", name="ledger_lot_open", condition=Q(has_rest=True)),
            models.Index("member", "id", name="ledger_lot_member"),
            models.Index("expires_at", name="ledger_lot_expiry", condition=Q(has_rest=True, expires_at__isnull=False)),
        ]


class Entry(models.Model):
    """One line of a transaction, numbered from 1. On a member's account it names the lot that it moves."""

    pk = models.CompositePrimaryKey("transaction_id", "line")
    transaction = models.ForeignKey(Transaction, models.PROTECT, db_index=False, related_name="entries")
    line = models.SmallIntegerField()
    account = models.ForeignKey(Account, models.PROTECT, db_constraint=False, db_index=False, related_name="entries")
    amount = models.DecimalField(**MONEY)
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="entries")
    posted_at = models.DateTimeField()

    class Meta:
        # Of the system's accounts only (their entries name no lot): a member's entries are found by their transactions.
        indexes = [models.Index("account", "posted_at", name="ledger_entry_account", condition=Q(lot=None))]


class Wallet(models.Model):
    """The stored balances of a member's four accounts: the one row that a posting locks and updates."""

    member = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="wallet")
    paid = models.DecimalField(**MONEY, default=0)
    granted = models.DecimalField(**MONEY, default=0)
    held = models.DecimalField(**MONEY, default=0)
    debt = models.DecimalField(**MONEY, default=0)
    last_posted_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)  # spending only: ledger/freezes.py
    frozen_reason = models.CharField(max_length=500, blank=True)
    blocked_while_owing = models.BooleanField(db_default=False)  # no spending either, until the debt is settled
    paid_account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="+")
    granted_account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="+")
    held_account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="+")
    debt_account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["-debt"], name="ledger_wallet_owing", condition=Q(debt__gt=0)),
            models.Index(fields=["-frozen_at", "-member"], name="ledger_wallet_frozen", condition=~Q(frozen_at=None)),
        ]


class Hold(models.Model):
    """Credit set aside for work that has begun. Its lots are the entries of its transaction."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        SETTLED = "settled", "Settled"
        RELEASED = "released", "Released"

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_constraint=False, related_name="+")
    amount = models.DecimalField(**MONEY)
    service = models.CharField(max_length=40)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    expires_at = models.DateTimeField()
    transaction = models.OneToOneField(Transaction, models.PROTECT, related_name="hold")

    class Meta:
        indexes = [models.Index("expires_at", name="ledger_hold_open", condition=Q(status="open"))]


class Checkpoint(models.Model):
    """The balance of a system account over all entries posted before `until`. A cache: any of them may be missing."""

    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="checkpoints")
    until = models.DateTimeField()
    balance = models.DecimalField(**MONEY)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "until"], name="ledger_checkpoint_once")]
