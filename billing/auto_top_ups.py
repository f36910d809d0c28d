"""Auto top-up: credit falls below what the member has set, and the saved card is charged, once.

An attempt is claimed in the database, with its top-up and its idempotency key, before Stripe is called by a job. It
keeps its claim whatever comes of it: the next one is `auto_topup_minutes_between` later at the earliest, and none is
claimed while payments of before a restored backup may be missing here (backfill.is_up_to_date). One attempt
makes one PaymentIntent at most: an answer that was lost is asked for again under the same key, and looked up once the
key may have lapsed (https://docs.stripe.com/api/idempotent_requests). What was paid is booked by Stripe's word alone.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Greatest
from django.utils import timezone

import tunables.values
from accounts.models import User
from alerts.models import raise_alert
from billing import auto_notices, auto_payments, backfill, checkout, stripe_api
from billing.models import AutoTopUp, AutoTopUpAttempt, Dispute, FraudWarning, RefundRequest, TopUp
from jobs.models import Job
from ledger.models import Hold, Kind, Transaction
from ledger.queries import balances
from ui import clock

SPENDING = (Kind.CHARGE, Kind.SETTLE)
TAKEN = (Kind.REFUND, Kind.DISPUTE, Kind.EXPIRY, Kind.REVERSAL, Kind.ADJUSTMENT)  # away, though nothing was spent
TAKES = (*SPENDING, Kind.REFUND, Kind.DISPUTE)  # what is reversed of these gives credit
KEY_LIVES = timedelta(hours=23)  # Stripe forgets keys after a day at the earliest
ABOUT_THE_CARD = ("payment_method", "customer")  # what Stripe names when the card is to blame
LATE = timedelta(minutes=10)  # by then Stripe has nothing under way, and a job that has no answer is taken for lost
BATCH = 200
COUNTED = (TopUp.Status.PAID, TopUp.Status.PROCESSING)


def this_month() -> datetime:
    """When the month of the business began."""
    return clock.midnight(clock.today().replace(day=1))


def used_this_month(auto: AutoTopUp) -> Decimal:
    """US dollars that auto top-ups of this month took, or may still take."""
    mine = auto.attempts.filter(created_at__gte=this_month(), top_up__status__in=COUNTED)
    return mine.aggregate(total=Sum("top_up__amount", default=Decimal(0)))["total"]


def cap_of(auto: AutoTopUp) -> Decimal:
    """What may be charged by itself in a month: as agreed, and no more than staff allow now."""
    return min(auto.monthly_cap, tunables.values.get("auto_topup_max_monthly_usd"))


def hindrance(auto: AutoTopUp) -> str:
    """Why nothing may be charged to this member now, whatever is set; empty when it may."""
    member = auto.member
    if not tunables.values.get("auto_topup_offered"):
        return "Auto top-up is not offered at the moment."
    if not tunables.values.get("topup_min_usd") <= auto.amount <= tunables.values.get("topup_max_usd"):
        return "The amount is not one that may be topped up any more. Choose another one."
    if member.deleted_at or not member.is_active:
        return "The account is not active."
    now = balances(member)
    if now.frozen:
        return "Spending is frozen."
    if now.debt:
        return "Something is owed from a payment that went back."
    disputes = Dispute.objects.of(member)
    if disputes.open().exists() or disputes.filter(status=Dispute.Status.LOST).exists():
        return "A payment was disputed."
    warnings = FraudWarning.objects.undecided().of(member).select_related("top_up", "invoice")
    if any(RefundRequest.objects.left(warning.payment) for warning in warnings):
        return "A bank doubts that a payment was the cardholder’s."
    return ""


def is_over_today(auto: AutoTopUp) -> bool:
    """Whether one more would pass what a member may top up within 24 hours."""
    left = checkout.left_today(auto.member)
    return left is not None and auto.amount > left


def after_spending(hold_id: int) -> None:
    """Call in the transaction that charged a hold: a job looks, if its member is below now. One question, mostly."""
    mine = AutoTopUp.objects.filter(is_on=True, pk__in=Hold.objects.filter(pk=hold_id).values("member"))
    if low := _below(mine).values_list("pk", flat=True).first():
        Job.enqueue("billing.auto_top_up", {"member": low})


def _below(rows):
    """What is held is not spent yet: it may still come back."""
    credit = F("member__wallet__paid") + F("member__wallet__granted") + F("member__wallet__held")
    return rows.filter(threshold__gt=credit)


def sweep() -> int:
    """Claim for everybody who is below and whose job is lost, or whose hour is over; returns how many attempts began.

    Lost answers are taken up as well.
    """
    _take_up()
    if not backfill.is_up_to_date():
        backfill.ask_soon()
        return 0
    mine = AutoTopUpAttempt.objects.filter(auto=OuterRef("pk"))
    since = Greatest("consented_at", Subquery(mine.order_by("-created_at").values("created_at")[:1]))
    rows = AutoTopUp.objects.filter(is_on=True, member__wallet__frozen_at=None, member__wallet__debt=0)
    rows = _below(rows).alias(since=since).exclude(cap_told_for=this_month().date())
    last = _lowered(OuterRef("member_id"))
    rows = rows.alias(by=Subquery(last.values("kind")[:1]), lowered=Subquery(last.values("posted_at")[:1]))
    rows = rows.filter(by__in=SPENDING, lowered__gt=F("since"))
    rows = rows.exclude(Exists(mine.filter(created_at__gt=_window()))).filter(member__is_active=True)
    claimed = (pk for pk in _page_by_page(rows) if claim(pk))
    return sum(1 for _ in islice(claimed, BATCH))


def _page_by_page(rows) -> Iterator[int]:
    """To the end: those whom something else keeps back do not stand in the way of others."""
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield from page
        last = page[-1]


def _lowered(member_id) -> QuerySet[Transaction]:
    """What lowered a member's credit, newest first: nothing is topped up unless it was spending that did so last.

    A refund takes a top-up back: the same one an hour later is not what its member agreed to. What was itself reversed
    lowered nothing, nor did what was taken of a grant and came back since (posting.take_back).
    """
    up = (
        Q(kind=Kind.ADJUSTMENT, amount__gt=0)
        | Q(reverses__kind__in=TAKES)
        | Q(reverses__kind=Kind.ADJUSTMENT, reverses__amount__lt=0)
    )
    mine = Transaction.objects.filter(member=member_id, kind__in=(*SPENDING, *TAKEN)).exclude(up)
    undone = Transaction.objects.filter(reverses=OuterRef("pk"), notable=True)
    of_a_grant = Transaction.objects.filter(about=OuterRef("about"), kind=Kind.ADJUSTMENT, notable=True)
    since = of_a_grant.filter(posted_at__gte=OuterRef("posted_at")).values("about").annotate(net=Sum("amount"))
    return mine.exclude(Exists(undone)).exclude(Exists(since.filter(net__gte=0))).order_by("-posted_at", "-pk")


def _window() -> datetime:
    return timezone.now() - timedelta(minutes=tunables.values.get("auto_topup_minutes_between"))


@transaction.atomic
def claim(member_id: int) -> AutoTopUpAttempt | None:
    """The one attempt that is due for this member, with its top-up and its job; None when none is.

    Whoever charges in parallel meets the same two locked rows: of the member, as each top-up, and of what is agreed.
    """
    member = User.objects.select_for_update(no_key=True).get(pk=member_id)
    auto = AutoTopUp.objects.select_for_update(no_key=True).filter(pk=member_id, is_on=True).first()
    if auto is None:
        return None
    auto.member = member
    if hindrance(auto) or not _is_due(auto) or not backfill.is_up_to_date():
        return None
    if used_this_month(auto) + auto.amount > (cap := cap_of(auto)):
        auto_notices.tell_cap(auto, this_month().date(), cap)
        return None
    if is_over_today(auto):
        return None
    now = timezone.now()
    top_up = TopUp.objects.create(
        member=member,
        amount=auto.amount,
        bonus=checkout.bonus_for(auto.amount),
        status=TopUp.Status.PROCESSING,
        form_key=uuid.uuid4(),
        card=auto.card,
        expires_at=now,
    )
    kept = {name: getattr(auto, name) for name in ("customer_id", "payment_method_id", "card")}
    attempt = auto.attempts.create(top_up=top_up, created_at=now, **kept)
    Job.enqueue("billing.carry_out_auto_top_up", {"attempt": attempt.pk})
    return attempt


def _is_due(auto: AutoTopUp) -> bool:
    """Below by spending, since the member agreed and since the last attempt, which is long enough ago."""
    credit = balances(auto.member)
    if credit.available + credit.held >= auto.threshold:
        return False
    last = auto.attempts.order_by("-created_at").first()  # those that were made again come in any order
    if last and (last.created_at > _window() or auto.attempts.filter(settled_at=None).exists()):
        return False
    since = max(auto.consented_at, last.created_at) if last else auto.consented_at
    lowered = _lowered(auto.member_id).first()
    return lowered is not None and lowered.kind in SPENDING and lowered.posted_at > since


def carry_out(attempt: AutoTopUpAttempt) -> None:
    """Ask Stripe for the payment and apply its answer. Again, at any time, is harmless.

    Outside a transaction. Errors: stripe_api.Unreachable, where nobody knows yet.
    """
    first, why = attempt.asked_at is None, _begin(attempt)
    if attempt.settled_at:
        return
    if why and first:
        auto_payments.let_go(attempt, f"Nothing was charged. {why}")
        return
    # Not since `asked_at`, which a restored backup may not know
    is_over = timezone.now() - attempt.created_at > KEY_LIVES
    try:
        _apply(attempt, _found(attempt) if why or is_over else _ask(attempt))
    except stripe_api.NotConfigured as error:
        auto_payments.let_go(attempt, str(error))
    except stripe_api.Rejected as error:
        if error.intent:
            _apply(attempt, error.intent)
        else:
            _refused(attempt, error, never_before=first)


def _begin(attempt: AutoTopUpAttempt) -> str:
    """Why it must not be asked for (any more); else its asking is noted, under the lock of what was agreed.

    Whoever turns it off, or takes the card away, is before this, and nothing is charged, or after.
    """
    with transaction.atomic():
        rows = AutoTopUp.objects.select_for_update(no_key=True, of=("self",)).select_related("member")
        auto = rows.get(pk=attempt.auto_id)
        attempt.refresh_from_db(fields=["asked_at", "settled_at"])
        stands = auto.is_on and auto.payment_method_id == attempt.payment_method_id
        why = hindrance(auto) if stands else "It was turned off, or the card changed, just before."
        if not why and attempt.asked_at is None:
            attempt.asked_at = timezone.now()
            attempt.save(update_fields=["asked_at"])
    return why


def _ask(attempt: AutoTopUpAttempt) -> dict | None:
    """Under the key of the attempt; once that answers nothing but an error of Stripe's own, whatever was done, look."""
    if attempt.top_up.payment_intent_id:  # under the same key its first answer would be repeated
        return _found(attempt)
    params = auto_payments.params(attempt)
    try:
        return stripe_api.call("payment_intents", "create", params, {"idempotency_key": attempt.idempotency_key})
    except (stripe_api.Broken, stripe_api.KeyReused):
        return _found(attempt)


def _found(attempt: AutoTopUpAttempt) -> dict | None:
    """The payment at Stripe that carries this attempt's name, as it stands now, if it is there."""
    if known := attempt.top_up.payment_intent_id:
        return stripe_api.call("payment_intents", "retrieve", known)
    since = int((attempt.created_at - timedelta(minutes=5)).timestamp())
    made = stripe_api.listed("payment_intents", customer=attempt.customer_id, created={"gte": since})
    name = str(attempt.top_up.public_id)
    return next((intent for intent in made if intent["metadata"].get("top_up") == name), None)


def _apply(attempt: AutoTopUpAttempt, intent: dict | None) -> None:
    """What Stripe has of it. Nothing, long after it was asked, is nothing; before, nobody knows."""
    if intent is not None:
        with transaction.atomic():
            auto_payments.apply_intent(intent, timezone.now())
    elif timezone.now() - attempt.asked_at > LATE:
        auto_payments.let_go(attempt, "Stripe could not be asked. Nothing was charged.")
    else:
        raise stripe_api.Unreachable("Stripe does not know it, and may still be at work on it.")


def _refused(attempt: AutoTopUpAttempt, error: stripe_api.Rejected, *, never_before: bool) -> None:
    """No bank was asked: the card or the customer is gone at Stripe, or something is wrong with us."""
    title = "Stripe refuses an auto top-up"
    raise_alert("billing.auto_top_up.rejected", title, str(error), severity="bad", url="/admin/memberships/")
    if error.param in ABOUT_THE_CARD:
        auto_payments.fail(attempt, error.code or "rejected", "The saved card could not be used.")
    elif never_before:
        auto_payments.let_go(attempt, "Stripe could not be asked. Nothing was charged.")
    else:  # of an earlier call nobody knows
        raise stripe_api.Unreachable(str(error)) from error


def _take_up() -> None:
    """Attempts whose job is gone, each at most once an hour."""
    now = timezone.now()
    for pk in AutoTopUpAttempt.objects.filter(settled_at=None, created_at__lt=now - LATE).values_list("pk", flat=True):
        with transaction.atomic():
            key = f"billing.carry_out_auto_top_up:{pk}:{now:%Y-%m-%dT%H}"
            Job.enqueue("billing.carry_out_auto_top_up", {"attempt": pk}, dedupe_key=key)
