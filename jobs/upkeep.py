"""Keep the job table small, and say when it does not drain."""

from datetime import timedelta

import redis
from django.conf import settings
from django.utils import timezone

from alerts.models import raise_alert, settle
from jobs.models import Job, State

KEPT = {State.DONE: timedelta(days=14), State.CANCELLED: timedelta(days=14), State.DEAD: timedelta(days=90)}
LATE = timedelta(minutes=5)
BATCH = 5000


def prune() -> int:
    """Delete jobs that were over long ago, in small transactions. Their dedupe keys go with them."""
    removed = 0
    for state, age in KEPT.items():
        old = Job.objects.filter(state=state, finished_at__lt=timezone.now() - age)
        while ids := list(old.values_list("pk", flat=True)[:BATCH]):
            removed += Job.objects.filter(pk__in=ids).delete()[0]
    return removed


def oldest_wait() -> timedelta:
    """How long the oldest job that is due has been waiting for a worker."""
    due = Job.objects.filter(state=State.NEW, run_at__lt=timezone.now()).order_by("run_at").first()
    return timezone.now() - due.run_at if due else timedelta(0)


def watch() -> None:
    """Alert when work waits longer than five minutes; close the alert when it flows again."""
    wait = oldest_wait()
    if wait <= LATE:
        settle("jobs-late")
        return
    minutes = int(wait.total_seconds() // 60)
    raise_alert(
        "jobs-late",
        "Background work is late",
        f"The oldest job has waited {minutes} minutes. Are the workers running?",
        severity="bad",
        url="/admin/jobs/?jobs.state=new",
    )


def watch_redis() -> None:
    """Alert when Redis may forget what it has taken; close the alert when it is set right. Silent while it is away."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=1) as client:
            told = client.info("memory") | client.info("persistence")
    except redis.RedisError:
        return  # /readyz tells that
    if wrong := forgetful(told):
        detail = f"{wrong}. Work is late then, until the sweeper finds it; see deploy/redis.conf."
        raise_alert("redis-forgets", "Redis may forget work", detail)
    else:
        settle("redis-forgets")


def forgetful(told: dict) -> str:
    """What in Redis's own words about itself (INFO) differs from deploy/redis.conf."""
    wrong = {
        f"maxmemory-policy is {told['maxmemory_policy']}, not noeviction": told["maxmemory_policy"] != "noeviction",
        "appendonly is no": not told["aof_enabled"],
        "its append-only file cannot be written": told.get("aof_last_write_status", "ok") != "ok",
    }
    return "; ".join(sentence for sentence, so in wrong.items() if so)
