"""What needs a person is an alert within a minute: at once by what happens, or by what ticks each minute."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.queries import open_alerts
from audit.tests.make import make_event, tamper
from billing import webhook
from billing.tests.make import SECRET, deliver
from billing.tests.make import make_event as make_stripe_event
from jobs.tests.make import make_job
from ledger import posting
from ledger.tests.make import D, break_by
from poemvision.celery import app

pytestmark = pytest.mark.django_db


def tick():
    """All that beat starts at least once a minute, and would still be in time for."""
    for entry in app.conf.beat_schedule.values():
        if isinstance(entry["schedule"], int) and entry["schedule"] <= 60:
            assert entry["options"]["expires"] <= 60
            if entry["task"] != "jobs.sweep":  # rings the bell of jobs, which is no alarm
                app.tasks[entry["task"]]()


def alarms():
    """All but that the Redis of the tests keeps nothing."""
    return {alert.fingerprint: alert.severity for alert in open_alerts() if alert.fingerprint != "redis-forgets"}


def test_nothing_is_alarmed_while_all_is_well(member):
    posting.grant(member, D(5))
    make_event()
    tick()
    assert alarms() == {}


def test_a_ledger_that_does_not_add_up(member):
    posting.grant(member, D(5))
    break_by("UPDATE ledger_wallet SET granted = 6")
    tick()
    assert alarms()[f"self-check:balances:{member.pk}"] == "bad"


def test_a_break_in_the_audit_chain():
    make_event()
    tamper("UPDATE audit_auditevent SET note = 'forged'")
    tick()
    assert alarms() == {"audit-broken": "bad"}


def test_a_queue_that_does_not_drain():
    make_job(run_at=timezone.now() - timedelta(minutes=7))
    tick()
    assert alarms() == {"jobs-late": "bad"}


def test_a_burst_of_bad_signatures(client, settings, monkeypatch):
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    monkeypatch.setattr(webhook, "_minute", -webhook.MINUTE)
    event = make_stripe_event("charge.updated", {"id": "ch_1"})
    for _ in range(webhook.BURST - 1):
        deliver(client, event, secret="whsec_guess")
    assert alarms() == {"billing.webhook.refused": "warn"}
    deliver(client, event, secret="whsec_guess")
    assert alarms() == {"billing.webhook.refused": "warn", "billing.webhook.burst": "bad"}
