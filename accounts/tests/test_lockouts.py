"""Sign-ins that are paused after too many wrong passwords: recorded once each, alarmed when there are many."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import RequestFactory

from accounts import allauth_lock, lockouts
from accounts.tests.make import GOOD_PASSWORD, make_user
from accounts.tests.test_sign_in import sign_in
from alerts.queries import open_alerts
from audit.models import AuditEvent
from audit.tests.make import tamper
from tunables import values

pytestmark = pytest.mark.django_db
BURST = 10


def lock(client, email, tries=6, address="10.0.0.1"):
    for _ in range(tries):
        client.post("/account/login/", {"login": email, "password": "wrong"}, REMOTE_ADDR=address)


def paused():
    return AuditEvent.objects.filter(verb="user.locked_out")


def test_it_is_recorded_once(client):
    user = make_user()
    lock(client, " ADA@example.org", tries=5)
    assert not paused().exists()
    lock(client, user.email, tries=3)
    assert paused().get().target == f"user:{user.pk}"
    lock(client, "nobody@example.org")
    assert paused().latest("pk").target == "user:unknown"
    assert not open_alerts().exists()


def test_a_pause_of_a_whole_account_is_recorded_once_a_day(client):
    """However long somebody goes on: one account alone is no burst."""
    user = make_user()
    values.change("account_failures_per_day", "10", by=None)
    for number, recorded in enumerate((0, 0, 1, 1, 1)):
        lock(client, user.email, tries=5, address=f"10.0.{number}.1")
        assert paused().count() == recorded
        let_time_pass(minutes=values.get("lockout_minutes") + 1)
    let_time_pass(minutes=24 * 60)
    for number in range(3):
        lock(client, user.email, tries=5, address=f"10.1.{number}.1")
    assert paused().count() == 2


def test_neither_is_one_of_codes(client, rf):
    for _ in range(3):
        lockouts.note("code_failed_account", "7", "ada@example.org")
        let_time_pass(minutes=values.get("lockout_minutes") + 1)
    assert paused().count() == 1


def let_time_pass(minutes):
    """For all that is kept for a while."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {cache._table} SET expires = expires - %s", [timedelta(minutes=minutes)])


def test_floods_from_two_addresses_are_two_pauses(client):
    for address in ("10.1.1.1", "10.2.2.2"):
        for number in range(31):
            lock(client, f"guess{number}@example{address[3]}.org", tries=1, address=address)
    assert paused().count() == 2


def test_whose_turn_it_is_does_not_depend_on_who_died(client):
    """A process that was killed while it counted left its lock for ten seconds, and everybody "had tried too often"."""
    about = {"app": "allauth.account", "action": "login"}
    (rate,) = ratelimit.get_rates(**about)
    key = ratelimit.get_cache_key(RequestFactory().post("/"), rate=rate, **about)
    cache.add(f"{key}:lock", True, timeout=10)
    make_user()
    assert sign_in(client).status_code == 302


def test_who_does_not_get_their_turn_in_time_is_refused(patience):
    """What else fails is no queue."""
    with allauth_lock.one_at_a_time("key"), ThreadPoolExecutor(1) as threads:
        assert threads.submit(_turn, "lock_timeout").result() is False
        with pytest.raises(OperationalError, match="statement timeout"):
            threads.submit(_turn, "statement_timeout").result()


def _turn(limit: str) -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET {limit} = '1ms'")
        with allauth_lock.one_at_a_time("another") as other, allauth_lock.one_at_a_time("key") as ours:
            return other and ours
    finally:
        connection.close()


def test_a_burst_raises_an_alert(client):
    for number in range(BURST - 1):
        lock(client, f"guess{number}@example.org", address=f"10.0.{number}.1")
    assert not open_alerts().exists()
    lock(client, "last@example.org", address="10.1.0.1")
    alert = open_alerts().get()
    assert (alert.fingerprint, alert.severity) == ("accounts.lockouts", "bad")


def test_the_same_number_over_an_hour_is_no_burst(client):
    for number in range(BURST - 1):
        lock(client, f"guess{number}@example.org", address=f"10.0.{number}.1")
    tamper("UPDATE audit_auditevent SET at = at - %s", [timedelta(minutes=16)])
    lock(client, "last@example.org", address="10.1.0.1")
    assert not open_alerts().exists()


def test_the_right_password_is_still_refused_and_counts_no_more(client):
    user = make_user()
    lock(client, user.email, address="127.0.0.1")
    client.post("/account/login/", {"login": user.email, "password": GOOD_PASSWORD})
    assert paused().count() == 1


def test_staff_tune_how_many_are_a_burst():
    assert values.get("lockouts_before_alert") == BURST
