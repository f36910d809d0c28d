from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from alerts.models import Alert
from alerts.queries import open_alerts
from jobs import upkeep
from jobs.models import Job, State
from jobs.tests.make import make_job


def test_old_jobs_are_forgotten_and_dead_ones_are_kept_longer(db):
    old = timezone.now() - timedelta(days=30)
    kept = [
        make_job(),
        make_job(state=State.DEAD, finished_at=old),
        make_job(state=State.DONE, finished_at=timezone.now()),
    ]
    make_job(state=State.DONE, finished_at=old)
    make_job(state=State.CANCELLED, finished_at=old)
    assert upkeep.prune() == 2
    assert list(Job.objects.order_by("id")) == kept


def test_late_work_raises_an_alert_that_closes_by_itself(db):
    job = make_job(run_at=timezone.now() - timedelta(minutes=7))
    upkeep.watch()
    assert "7 minutes" in open_alerts().get().detail
    job.delete()
    upkeep.watch()
    assert Alert.objects.get().is_open is False


GOOD = {"maxmemory_policy": "noeviction", "aof_enabled": 1, "aof_last_write_status": "ok"}
FORGETFUL = [
    ({"maxmemory_policy": "allkeys-lru"}, "maxmemory-policy is allkeys-lru, not noeviction"),
    ({"aof_enabled": 0}, "appendonly is no"),
    ({"aof_last_write_status": "err"}, "its append-only file cannot be written"),
]


@pytest.mark.parametrize(("told", "sentence"), FORGETFUL)
def test_a_redis_that_may_forget_is_told(told, sentence):
    assert upkeep.forgetful(GOOD) == ""
    assert upkeep.forgetful(GOOD | told) == sentence


def test_the_alert_of_redis_closes_by_itself(db, settings):
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        upkeep.watch_redis()
        assert "appendonly is no." in open_alerts().get().detail  # the one of the tests keeps nothing
        client.config_set("appendonly", "yes")
        try:
            upkeep.watch_redis()
        finally:
            client.config_set("appendonly", "no")
    assert Alert.objects.get().is_open is False


def test_a_redis_that_is_away_is_another_matter(db, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    upkeep.watch_redis()
    assert not Alert.objects.exists()
