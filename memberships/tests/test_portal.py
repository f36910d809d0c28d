"""What members may do in Stripe's portal: told to Stripe once, and again when what is offered has changed."""

import pytest
from django.utils import timezone

from billing import probe, stripe_api
from billing.tests.refunding import confirmed
from memberships import portal
from memberships.models import PortalConfiguration, Price, Subscription
from memberships.tests.make import make_subscription
from tunables import values

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch):
    """What Stripe was told, as (resource and method, what, key)."""
    calls = []

    def call(resource, method, *asked):
        calls.append((f"{resource}.{method}", asked[-2], asked[-1]["idempotency_key"]))
        number = len(Price.objects.exclude(stripe_id=None)) + 1
        return {"id": f"{resource}_{number}", "product": f"prod_{number}", "url": "https://stripe.test/p"}

    monkeypatch.setattr(stripe_api, "call", call)
    return calls


def configured(calls) -> list[tuple[str, dict]]:
    return [(name.rpartition(".")[2], what["features"]) for name, what, _ in calls if "configurations" in name]


def test_it_is_made_once_and_follows_what_is_offered(told, member, owner):
    row = make_subscription(member)
    assert "made at Stripe when" in probe.portal()[0].advice
    assert portal.address_of(row) == portal.address_of(row) == "https://stripe.test/p"
    ((method, features),) = configured(told)
    assert method == "create" and features["subscription_cancel"] == {"enabled": True, "mode": "at_period_end"}
    sold = set(Price.objects.values_list("product_id", "stripe_id"))
    offered = features["subscription_update"]["products"]
    assert {(each["product"], *each["prices"]) for each in offered} == sold and len(sold) == 2
    kept = PortalConfiguration.objects.get()
    assert told[-1][1]["configuration"] == kept.stripe_id and probe.portal()[0].tone == "good"
    values.change("premium_monthly_usd", "15", by=owner)
    portal.address_of(row)
    values.change("premium_offered", "off", by=owner)
    portal.address_of(row)
    (_, (second, dearer), (third, closed)) = configured(told)
    assert (second, third) == ("update", "update") and dearer != features
    assert closed["subscription_update"] == {"enabled": False} and closed["subscription_cancel"]["enabled"]
    assert probe.portal() == []


def test_it_is_the_one_of_what_runs_then_of_the_newest(told, member, client_of):
    first = make_subscription(member, customer_id="cus_first")
    make_subscription(member, customer_id="cus_double", status="canceled", is_double=True)
    newest = make_subscription(member, customer_id="cus_late")
    asked = client_of(member).post("/me/membership/portal/")
    assert "/account/reauthenticate/" in asked["Location"] and told == [], "a card is not shown to a borrowed browser"
    opened, browser = [], confirmed(member)
    for status in ("active", "canceled"):
        Subscription.objects.filter(pk__in=(first.pk, newest.pk)).update(status=status)
        Subscription.objects.filter(pk=newest.pk).update(started_at=timezone.now())
        assert browser.post("/me/membership/portal/").headers["Location"] == "https://stripe.test/p"
        opened.append(told[-1][1]["customer"])
    assert opened == ["cus_first", "cus_late"]


def test_an_answer_that_is_lost_is_asked_for_under_the_same_key(told, member, monkeypatch):
    answers = stripe_api.call

    def lost(resource, method, *asked):
        answer = answers(resource, method, *asked)
        if "configurations" in resource:
            raise stripe_api.Unreachable("Silence.")
        return answer

    monkeypatch.setattr(stripe_api, "call", lost)
    for _ in range(2):
        with pytest.raises(stripe_api.Unreachable):
            portal.configuration()
    assert PortalConfiguration.objects.get().stripe_id == ""
    keys = {key for name, _, key in told if "configurations" in name}
    assert len(keys) == 1
