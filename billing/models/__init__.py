"""Top-ups, what Stripe told us, refunds, disputes, debts, and the credit that staff give or take."""

from billing.models.adjustment import CreditAdjustment
from billing.models.auto_top_up import AutoTopUp, AutoTopUpAttempt, CardSetup
from billing.models.backfill import Backfill
from billing.models.balance import BalanceListing, BalanceTransaction
from billing.models.debt import DebtDecision
from billing.models.dispute import Dispute, FraudWarning
from billing.models.expiry_notice import ExpiryNotice
from billing.models.failed_payment import FailedPayment
from billing.models.low_balance import LowBalanceNotice
from billing.models.payout import Payout
from billing.models.reconciliation import Difference, Reconciliation
from billing.models.refund import Refund
from billing.models.refund_request import RefundRequest
from billing.models.stripe_event import StripeEvent
from billing.models.top_up import StripeCustomer, TopUp

__all__ = [
    "AutoTopUp",
    "AutoTopUpAttempt",
    "Backfill",
    "BalanceListing",
    "BalanceTransaction",
    "CardSetup",
    "CreditAdjustment",
    "DebtDecision",
    "Difference",
    "Dispute",
    "ExpiryNotice",
    "FailedPayment",
    "FraudWarning",
    "LowBalanceNotice",
    "Payout",
    "Reconciliation",
    "Refund",
    "RefundRequest",
    "StripeCustomer",
    "StripeEvent",
    "TopUp",
]
