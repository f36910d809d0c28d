"""Several states within one second, which their times do not put in order: Stripe is asked, each time anew."""

import datetime as dt

import pytest

from billing import stripe_events
from jobs.models import Job
from memberships import subscription_events
from memberships.models import Movement, Subscription, Version
from memberships.tests.told import subscription_told

AT = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


def told(cancel_at=None, discounts=()) -> dict:
    return subscription_told("cus_1", at=int(AT.timestamp()), cancel_at=cancel_at, discounts=list(discounts))


@pytest.fixture
def at_stripe(db, member, monkeypatch):
    """What Stripe answers, in turn."""
    answers = []
    monkeypatch.setattr(subscription_events.owners, "member_of", lambda *who: member)
    monkeypatch.setattr(subscription_events.stripe_api, "call", lambda *asked: answers.pop(0)())
    return answers


def test_who_changes_their_mind_within_a_second_is_believed_each_time(at_stripe):
    later = AT.timestamp() + 86400

    def tell(state, rank=Version.Rank.UPDATED):
        subscription_events.keep(state, AT, rank)
        while doubt := Job.objects.filter(kind="memberships.ask_subscription").first():
            doubt.delete()
            at_stripe.append(lambda: state)
            subscription_events.ask("sub_1", AT)
        return Subscription.objects.get().renews

    assert tell(told()) and not Version.objects.filter(rank=Version.Rank.ASKED).exists()
    assert [tell(told(cancel)) for cancel in (later, None, later, later, None)] == [False, True, False, False, True]


def test_an_older_answer_that_comes_late_is_not_believed(at_stripe):
    subscription_events.keep(told(), AT, Version.Rank.UPDATED)

    def slow():
        subscription_events.ask("sub_1", AT)  # another process asks and is answered meanwhile
        return told(cancel_at=AT.timestamp() + 86400)

    at_stripe += [slow, told]
    with pytest.raises(subscription_events.AskedMeanwhile):
        subscription_events.ask("sub_1", AT)
    assert Subscription.objects.get().renews


def test_an_answer_that_is_newer_than_that_second_stands_where_it_was_asked_for(at_stripe):
    """Days may pass before Stripe is reached: what is true by then was not true at that second."""
    later = AT.timestamp() + 86400
    for cancel in (None, later):
        subscription_events.keep(told(cancel), AT, Version.Rank.UPDATED)
    ended = told() | {"status": "canceled", "ended_at": later}
    at_stripe.append(lambda: ended)
    subscription_events.ask("sub_1", AT)
    row = Subscription.objects.get()
    assert row.status == "canceled" and row.heard_at > AT + dt.timedelta(days=1)
    churn = Movement.objects.get(kind="churn")
    assert churn.at > AT + dt.timedelta(days=1) and {row.at for row in Movement.objects.filter(kind="new")} == {AT}
    Job.objects.all().delete()
    subscription_events.keep(told(), row.heard_at - dt.timedelta(hours=1), Version.Rank.UPDATED)
    assert Subscription.objects.get().status == "canceled" and not Job.objects.exists()
    subscription_events.keep(told(), row.heard_at.replace(microsecond=0), Version.Rank.UPDATED)
    assert Job.objects.filter(
        kind="memberships.ask_subscription"
    ).exists()  # which of both was first, only Stripe knows


def test_mrr_is_net_of_discounts(at_stripe):
    """An event names a discount by its id; what it takes off is asked for and counts from the event on."""

    def discount(number, **coupon):
        coupon = {"percent_off": None, "amount_off": None, "duration": "forever"} | coupon
        return {"id": f"di_{number}", "source": {"coupon": coupon}}

    subscription_events.keep(told(discounts=["di_1", "di_2", "di_3"]), AT, Version.Rank.CREATED)
    assert Subscription.objects.get().mrr == 12 and Job.objects.get().payload["id"] == "sub_1"
    half, dollar = discount(1, percent_off=50), discount(2, amount_off=100, duration="repeating")
    at_stripe.append(lambda: told(discounts=[half, dollar, discount(3, percent_off=100, duration="once")]))
    subscription_events.ask("sub_1", AT)
    assert Subscription.objects.get().mrr == 5
    moved = set(Movement.objects.values_list("kind", "at"))
    assert moved == {("new", AT)} and sum(Movement.objects.values_list("amount", flat=True)) == 5
    Job.objects.all().delete()
    stripe_events.HANDLERS["customer.discount.deleted"]({"id": "di_1", "subscription": "sub_1"}, AT)
    assert Job.objects.get().payload == {"id": "sub_1", "at": AT.timestamp()}
