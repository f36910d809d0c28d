"""Staff end a member's Premium: it stays for what is paid for, and is not charged again."""

from decimal import Decimal

from accounts.models import User
from billing import stripe_api
from jobs.models import Job
from memberships import discounts, doubles
from memberships.earning import cents
from memberships.models import Subscription, Version


def renewing(member: User) -> list[Subscription]:
    """What their card would be charged for again, whatever becomes of the account."""
    return [each for each in doubles.running(member) if each.renews]


def next_charge(row: Subscription) -> Decimal:
    """What its renewal costs in US dollars, net of the discounts that last."""
    newest = row.versions.order_by(*Version.ORDER).last()
    return cents(discounts.net_of(discounts.lasting(newest.facts))) if newest else row.amount


def end_later(member: User) -> None:
    """Have it ended by a job. Call in the transaction of the decision."""
    Job.enqueue("memberships.end_premium", {"member": member.pk})


def end(member: User) -> None:
    """At Stripe, when the period is over; its event brings it here. Outside a transaction; again is harmless.

    Errors: those of `stripe_api.call`.
    """
    for row in renewing(member):
        key = f"end:{row.stripe_id}:{row.heard_at.timestamp()}"  # who takes it back is heard of, and may be ended again
        ending = {"cancel_at_period_end": True}
        try:
            stripe_api.call("subscriptions", "update", row.stripe_id, ending, {"idempotency_key": key})
        except stripe_api.Rejected:
            if stripe_api.call("subscriptions", "retrieve", row.stripe_id)["ended_at"] is None:
                raise  # else it has ended meanwhile
