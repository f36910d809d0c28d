"""Stripe Status: each wrong state is said, with what to do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing import probe, stripe_api
from billing.models import Backfill
from billing.stripe_events import HANDLERS
from billing.tests.make import store_event
from tunables import values

pytestmark = pytest.mark.django_db
PANEL = "/admin/billing/panels/stripe_status/"


@pytest.fixture
def stripe(monkeypatch, settings):
    """Answers of Stripe that a test may change: account, time of the answer, endpoints."""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = "sk_test_sandbox_x", ["whsec_x"]
    endpoint = {
        "url": f"{settings.BASE_URL}/webhooks/stripe/",
        "status": "enabled",
        "api_version": settings.STRIPE_API_VERSION,
        "enabled_events": sorted(HANDLERS),
    }
    answers = {"account": {"id": "acct_1"}, "endpoints": [endpoint], "ahead": 0.0}
    monkeypatch.setattr(stripe_api, "account", lambda: (answers["account"], probe.time.time() + answers["ahead"]))
    monkeypatch.setattr(stripe_api, "call", lambda *_: {"data": answers["endpoints"], "has_more": False})
    return answers


def bad(label):
    found = [finding for finding in probe.probe() if finding.label == label]
    return found[0].tone == "bad" and found[0].advice


def test_it_works(client_of, accountant, stripe):
    store_event("charge.updated", {"id": "ch_1"})
    Backfill.objects.create(since=timezone.now(), until=timezone.now(), found=0)
    text = client_of(accountant).get(PANEL, headers={"HX-Request": "true"}).content.decode()
    assert "acct_1" in text and "charge.updated" in text and "badge bad" not in text


def test_no_key(stripe, settings, monkeypatch):
    monkeypatch.undo()
    settings.STRIPE_SECRET_KEY = ""
    assert "STRIPE_SECRET_KEY" in bad("Account")


@pytest.mark.parametrize(
    "error", [stripe_api.Unreachable("Stripe did not answer."), stripe_api.Rejected("Invalid key")]
)
def test_no_answer(stripe, monkeypatch, error):
    def fail():
        raise error

    monkeypatch.setattr(stripe_api, "account", fail)
    assert bad("Account")


def test_stripe_not_asked_for_an_hour(stripe):
    long_ago = timezone.now() - timedelta(hours=2)
    Backfill.objects.create(ran_at=long_ago, since=long_ago, until=long_ago, found=0)
    assert bad("Missed events")


def test_a_key_that_may_not_end_subscriptions(stripe, monkeypatch):
    values.change("premium_offered", "on", by=None)
    for code, word in (("resource_missing", ""), ("", "let the key write Subscriptions")):

        def refuse(*_, code=code):
            raise stripe_api.Rejected("The provided key does not have the required permissions.", code)

        monkeypatch.setattr(stripe_api, "call", refuse)
        (found,) = probe.rights()
        assert word in found.advice and (found.tone == "bad") == bool(word)


def test_a_wrong_clock(stripe):
    stripe["ahead"] = 120
    assert "NTP" in bad("Clock skew")


def test_no_secret(stripe, settings):
    settings.STRIPE_WEBHOOK_SECRETS = []
    assert "STRIPE_WEBHOOK_SECRET" in bad("Webhook endpoint")


def test_no_endpoint(stripe, settings):
    stripe["endpoints"] = []
    assert settings.STRIPE_API_VERSION in bad("Webhook endpoint")


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"url": "https://elsewhere.example.com/webhooks/stripe/"}, "Webhook endpoint"),
        ({"status": "disabled"}, "Webhook endpoint"),
        ({"api_version": "2020-08-27"}, "Endpoint version"),
        ({"api_version": None}, "Endpoint version"),
        ({"enabled_events": ["charge.updated"]}, "Endpoint events"),
    ],
)
def test_a_wrong_endpoint(stripe, change, label):
    stripe["endpoints"][0].update(change)
    assert bad(label)


def test_dead_and_quarantined_events(stripe):
    store_event("charge.updated", {"id": "ch_1"}).settle("dead", "gone")
    store_event("charge.updated", {"id": "ch_2"}).settle("quarantined", "odd")
    assert bad("Dead letters") and bad("Quarantined")
