"""Nobody pays for Premium twice, nor for an account that is deleted: what is too much is ended and paid back."""

from django.utils import timezone

from accounts.models import User
from alerts.models import raise_alert, settle
from billing import stripe_api
from jobs.models import Job
from memberships.models import Subscription

PAGE = "/admin/memberships/"
PAID = (Subscription.Status.ACTIVE, Subscription.Status.TRIALING)


def running(member: User) -> list[Subscription]:
    """Those that run, the oldest first."""
    return list(Subscription.objects.live().filter(member=member).order_by("started_at", "pk"))


def look(member: User) -> None:
    """After each word about one of them, in its transaction, with the member locked: a second one is told to staff, and
    ended by a job. So is any that begins after the account was deleted, on a page that was paid all the same.

    While the first one is not paid, nobody can tell which of both the member wants: that is for a person.
    """
    if User.objects.filter(pk=member.pk, deleted_at__isnull=False).exists():  # `member` was read before it was locked
        _end_all(member)
        return
    first, *others = running(member) or [None]
    for double in others:
        what = f"{double.stripe_id} is ended, and its last payment goes back."
        if first.status not in PAID:
            what = f"{first.stripe_id} is not paid. End one of them at Stripe; {double.stripe_id} is the younger."
        _tell(double, what)
        if first.status in PAID:
            key = f"memberships.end_double:{double.pk}:{double.heard_at}:{first.heard_at}"
            Job.enqueue("memberships.end_double", {"subscription": double.pk}, dedupe_key=key)
    _settle_ended(member)


def look_at_renewal(row: Subscription, *, renewed: bool) -> None:
    """After each word about it, with the member locked: whoever suspended them did not know of Premium that begins to
    renew, or does so again, since. What renews no more needs nobody.
    """
    if row.renews and not renewed and User.objects.filter(pk=row.member_id, is_active=False, deleted_at=None).exists():
        title = f"{row.member.email} is suspended, and has Premium that renews from now on"
        detail = "Nobody can sign in to cancel it. Leave it, or end it there: Change suspension."
        raise_alert(_suspended(row.pk), title, detail, severity="bad", url=f"/admin/users/{row.member_id}/")
    elif renewed and not row.renews:
        settle(_suspended(row.pk))


def settle_restored(member: User) -> None:
    """Once they can sign in again, they see to it themselves. In the transaction that opens the account."""
    for pk in member.subscriptions.values_list("pk", flat=True):
        settle(_suspended(pk))


def _suspended(pk: int) -> str:
    return f"memberships.suspended.{pk}"


def _settle_ended(member: User) -> None:
    """What a person has ended needs nobody any more; of what the job ends the refund comes after."""
    ended = Subscription.objects.filter(member=member, ended_at__isnull=False, is_double=False)
    for pk in ended.values_list("pk", flat=True):
        settle(f"memberships.double.{pk}")


def _end_all(member: User) -> None:
    for row in running(member):
        _tell_late(row, f"{row.stripe_id} is ended, and its last payment goes back.")
        key = f"memberships.end_late:{row.pk}:{row.heard_at}"
        Job.enqueue("memberships.end_late", {"subscription": row.pk}, dedupe_key=key)


def _tell_late(row: Subscription, what: str) -> None:
    title = f"{row.member.email} paid for Premium after the account was deleted"
    raise_alert(f"memberships.late.{row.pk}", title, what, severity="bad", url=PAGE)


def _tell(double: Subscription, what: str) -> None:
    title = f"{double.member.email} has Premium twice"
    raise_alert(f"memberships.double.{double.pk}", title, what, severity="bad", url=PAGE)


def end(double: Subscription) -> None:
    """End it at Stripe and ask for its money back. Outside a transaction; again is harmless, as what is refunded
    cannot be refunded twice. Errors: those of `stripe_api.call`; what Stripe refuses is told to staff."""
    if not double.is_double:  # else it was begun before, and its money has to go back whatever runs by now
        first = next(iter(running(double.member)), None)
        if first is None or first.pk == double.pk or first.status not in PAID or not double.is_live:
            return
    Subscription.objects.filter(pk=double.pk).update(is_double=True)
    try:
        _end_at_stripe(double, "duplicate")
    except stripe_api.Rejected as error:
        _tell(double, _refusal(double, error))
        raise
    settle(f"memberships.double.{double.pk}")


def end_late(row: Subscription) -> None:
    """The same for what was paid for a deleted account: decided when it came, and told so to staff."""
    try:
        _end_at_stripe(row, "requested_by_customer")
    except stripe_api.Rejected as error:
        _tell_late(row, _refusal(row, error))
        raise


def _refusal(row: Subscription, error: stripe_api.Rejected) -> str:
    return f"Stripe refuses: {error} End {row.stripe_id} at Stripe, and refund its last payment."


def _end_at_stripe(double: Subscription, reason: str) -> None:
    name = f"double:{double.stripe_id}:{timezone.now():%Y-%m-%dT%H}"
    told = stripe_api.call("subscriptions", "retrieve", double.stripe_id)
    if told["ended_at"] is None:
        key = stripe_api.once("double")
        told = stripe_api.call("subscriptions", "cancel", double.stripe_id, {}, {"idempotency_key": key})
    payments = stripe_api.call("invoice_payments", "list", {"invoice": told["latest_invoice"], "status": "paid"})
    for payment in payments["data"]:
        asked = {"payment_intent": payment["payment"]["payment_intent"], "reason": reason}
        try:
            stripe_api.call("refunds", "create", asked, {"idempotency_key": f"{name}:refund"})
        except stripe_api.Rejected as error:
            if error.code != "charge_already_refunded":
                raise
