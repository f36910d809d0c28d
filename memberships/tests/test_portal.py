"""What members may do in Stripe's portal: told to Stripe once, and again when what is offered has changed."""

import pytest
from django.utils import timezone

from alerts.models import Alert
from billing import probe, stripe_api
from billing.tests.refunding import confirmed
from billing.tests.stripe_side import break_once
from memberships import checkout, portal
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


@pytest.mark.parametrize("error", [stripe_api.Broken("500"), stripe_api.Rejected("No.")])
def test_a_price_that_stripe_does_not_make_closes_no_portal(told, member, monkeypatch, error):
    row, trouble = make_subscription(member), [error]
    answers, year = stripe_api.call, checkout.at_stripe(checkout.price_now("year"))

    def call(resource, *asked):
        if resource == "prices" and trouble:
            raise error
        return answers(resource, *asked)

    monkeypatch.setattr(stripe_api, "call", call)
    portal.address_of(row)
    alert = Alert.objects.get()
    assert "monthly, cannot be sold" in alert.title and str(error) in alert.detail and alert.is_open
    trouble.clear()
    portal.address_of(row)
    offered = [features["subscription_update"]["products"] for _, features in configured(told)]
    assert [len(products) for products in offered] == [1, 2] and offered[0][0]["prices"] == [year.stripe_id]
    alert.refresh_from_db()
    assert not alert.is_open


@pytest.mark.parametrize("name", ["prices.create", "billing_portal.configurations.create"])
def test_what_stripe_could_not_answer_once_is_made_anew(told, member, monkeypatch, name):
    break_once(monkeypatch, name)
    portal.address_of(make_subscription(member))
    assert Price.objects.exclude(stripe_id=None).count() == 2 and not Alert.objects.exists()


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
