"""The card that auto top-ups are charged to: saved on Stripe's page, kept there, known here by its last four digits."""

from calendar import monthrange
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from audit.models import record
from billing import auto_notices, fulfilment, payment_page, stripe_api
from billing.models import AutoTopUp, CardSetup, StripeCustomer
from billing.models.auto_top_up import LIFETIME
from jobs.models import Job
from memberships.models import Subscription

SHORTEST = timedelta(minutes=31)  # Stripe's 30, and a minute for clocks that differ
CARD = {"expand": ["setup_intent.payment_method"]}


def start(member: User) -> CardSetup:
    """Stripe's page on which `member` saves a card. Errors: those of `stripe_api.call` (the row stays `creating`)."""
    with transaction.atomic():
        payment_page.lock_payer(member)
        open_ones = CardSetup.objects.payable().filter(member=member)
        open_ones.filter(expires_at__lte=timezone.now()).end()
        setup = open_ones.first() or CardSetup.objects.create(member=member, expires_at=timezone.now() + LIFETIME)
    if setup.status == CardSetup.Status.CREATING and setup.expires_at < timezone.now() + SHORTEST:
        payment_page.take_new_key(setup, LIFETIME)
    payment_page.open_session(setup, lambda: _params(setup), LIFETIME)
    return setup


def _params(setup: CardSetup) -> dict:
    """As https://docs.stripe.com/payments/checkout/save-and-reuse says: nothing is paid, the bank agrees to later."""
    named = {"card_setup": str(setup.public_id)}
    customer = setup.member.stripe_customers.filter(deleted_at=None).first()
    who = {"customer_creation": "always", "customer_email": setup.member.email}
    return {
        "mode": "setup",
        "currency": "usd",
        "allowed_payment_method_types": ["card"],
        "client_reference_id": str(setup.member_id),
        "metadata": named,
        "setup_intent_data": {"metadata": named, "description": "Card for auto top-up"},
        "success_url": f"{settings.BASE_URL}{AutoTopUp.PAGE}?saved=1",
        "cancel_url": f"{settings.BASE_URL}{AutoTopUp.PAGE}",
        "expires_at": int(setup.expires_at.timestamp()),
        **({"customer": customer.stripe_id} if customer else who),
    }


def apply_session(session: dict) -> None:
    """What became of the page. The card itself is asked for by a job. Call inside a transaction."""
    public_id = (session.get("metadata") or {}).get("card_setup")
    setup = CardSetup.objects.filter(public_id=public_id).first() if fulfilment.is_uuid(public_id) else None
    if setup is None:
        return
    if session["status"] == "complete" and setup.status != CardSetup.Status.COMPLETE:
        StripeCustomer.objects.get_or_create(stripe_id=session["customer"], defaults={"member": setup.member})
        done = {"status": CardSetup.Status.COMPLETE, "session_id": session["id"], "checkout_url": ""}
        CardSetup.objects.filter(pk=setup.pk).update(**done)
        key = f"billing.keep_card:{session['id']}"
        Job.enqueue("billing.keep_card", {"setup": setup.pk}, dedupe_key=key)
    elif session["status"] == "expired":
        CardSetup.objects.payable().filter(pk=setup.pk, session_id=session["id"]).end()


def refresh(member: User) -> bool:
    """The newest page of a member whose event may be late or lost; whether there is nothing to wait for any more: its
    card is kept now, or it can bring none.

    Outside a transaction; errors: those of `stripe_api.call`.
    """
    setup = CardSetup.objects.filter(member=member, session_id__isnull=False).first()
    if setup is None:
        return True
    if setup.status == CardSetup.Status.OPEN:
        session = stripe_api.call("checkout.sessions", "retrieve", setup.session_id)
        with transaction.atomic():
            apply_session(session)
        setup.refresh_from_db()
    if setup.status == CardSetup.Status.COMPLETE:
        keep(setup)
    return setup.status != CardSetup.Status.OPEN


def keep(setup: CardSetup) -> None:
    """Write down the card of a page that is complete; the one before is detached. Again is harmless.

    A page that another one has followed changes nothing. Outside a transaction; errors: those of `stripe_api.call`.
    """
    session = stripe_api.call("checkout.sessions", "retrieve", setup.session_id, CARD)
    method = session["setup_intent"]["payment_method"]
    with transaction.atomic():
        member = User.objects.select_for_update(no_key=True).get(pk=setup.member_id)
        setup.refresh_from_db()
        if setup.kept_at:
            return
        later = CardSetup.objects.filter(member=member, status=CardSetup.Status.COMPLETE, pk__gt=setup.pk)
        if member.deleted_at or later.exists():
            detach_later(method["id"])
            return
        auto, _ = AutoTopUp.objects.select_for_update(no_key=True).get_or_create(member=member)
        former = auto.payment_method_id
        auto.customer_id, auto.payment_method_id, auto.failures = session["customer"], method["id"], 0
        auto.card_heard_at = None
        auto.card, auto.card_expires = fulfilment.card_of(method["card"]), _last_day(method["card"])
        auto.save()
        CardSetup.objects.filter(pk=setup.pk).update(kept_at=timezone.now())
        record(setup.member, "auto_top_up.card_saved", setup.member, after={"card": auto.card})
        if former:
            detach_later(former)


def remove(member: User, *, by: User | None) -> bool:
    """The card goes, here and at Stripe, and auto top-up is off. False when there was none."""
    with transaction.atomic():
        rows = AutoTopUp.objects.select_for_update(no_key=True).exclude(payment_method_id="")
        auto = rows.filter(member=member).first()
        if auto is None:
            return False
        before, former = auto.summary() | {"card": auto.card}, auto.payment_method_id
        if auto.is_on:
            auto.off_because = AutoTopUp.Off.CARD
        auto.is_on, auto.changed_at = False, timezone.now()
        auto.payment_method_id, auto.customer_id, auto.card, auto.card_expires = "", "", "", None
        auto.save()
        record(by, "auto_top_up.card_removed", member, before=before, after=auto.summary())
        detach_later(former)
    return True


def detach_later(payment_method_id: str) -> None:
    """Have Stripe forget a card, in a job. Call in the transaction that lets go of it; again is harmless."""
    key = f"billing.detach_card:{payment_method_id}"
    Job.enqueue("billing.detach_card", {"payment_method": payment_method_id}, dedupe_key=key)


def detach(payment_method_id: str) -> None:
    """Stripe forgets it, unless Premium is paid with it. One that is gone already is gone."""
    if Subscription.objects.unfinished().filter(method_id=payment_method_id).exists():
        return
    key = stripe_api.once("detach")
    try:
        stripe_api.call("payment_methods", "detach", payment_method_id, {}, {"idempotency_key": key})
    except stripe_api.Rejected as error:
        if (
            error.code != "resource_missing"
            and stripe_api.call("payment_methods", "retrieve", payment_method_id)["customer"]
        ):
            raise


def apply_card(method: dict, at) -> None:
    """The bank sent a new card for the old one; an older word never overwrites a newer one."""
    if card := method.get("card"):
        facts = {"card": fulfilment.card_of(card), "card_expires": _last_day(card), "card_heard_at": at}
        mine = AutoTopUp.objects.filter(payment_method_id=method["id"])
        mine.filter(Q(card_heard_at=None) | Q(card_heard_at__lte=at)).update(**facts)


def forget_detached(method: dict, at) -> None:
    """It was taken off at Stripe."""
    _forget(AutoTopUp.objects.filter(payment_method_id=method["id"]))


def forget_customer(customer_id: str) -> None:
    """Stripe no longer has the customer, nor their cards. Call inside a transaction."""
    _forget(AutoTopUp.objects.filter(customer_id=customer_id))


def _forget(rows) -> None:
    for auto in rows.select_related("member"):
        if remove(auto.member, by=None):
            auto_notices.tell_card_gone(auto)


def _last_day(card: dict) -> date:
    year, month = card["exp_year"], card["exp_month"]
    return date(year, month, monthrange(year, month)[1])
