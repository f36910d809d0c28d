"""Several states within one second, which their times do not put in order: Stripe is asked, each time anew."""

import datetime as dt

import pytest

from jobs.models import Job
from memberships import subscription_events
from memberships.models import Subscription, Version

AT = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


def told(cancel_at=None) -> dict:
    recurring = {"interval": "month", "interval_count": 1}
    price = {"id": "price_1", "recurring": recurring, "unit_amount_decimal": "1200"}
    period = {"current_period_start": AT.timestamp(), "current_period_end": AT.timestamp() + 30 * 86400}
    facts = {"id": "sub_1", "customer": "cus_1", "metadata": {}, "livemode": False, "currency": "usd"}
    facts |= {
        "status": "active",
        "start_date": AT.timestamp(),
        "items": {"data": [{"price": price, "quantity": 1, **period}]},
    }
    facts |= dict.fromkeys(("canceled_at", "ended_at", "pause_collection", "default_payment_method"))
    return facts | {"cancel_at": cancel_at, "cancel_at_period_end": False}


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
