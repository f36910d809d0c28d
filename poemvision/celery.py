"""Celery executes; the jobs table is the truth. Start with `celery --app poemvision.celery worker`.

Each option was measured against a broker that refuses, hangs, restarts and forgets: the defaults block a web
request for ever when Redis hangs, lose the task of a killed child, and redeliver after more than an hour.
"""

import os
import sys

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, task_prerun, worker_init, worker_ready
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")

from django.conf import settings
from django.db import close_old_connections

app = Celery("poemvision", broker=settings.REDIS_URL)
app.conf.update(
    broker_transport_options={
        "socket_connect_timeout": 0.5,
        "socket_timeout": 1.0,  # the only thing that bounds a publish to a broker that accepts and is silent
        "socket_keepalive": True,
        "health_check_interval": 10,
        "max_retries": 0,  # one attempt a connection: two would double what a silent broker costs a request
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.1,
        "visibility_timeout": 900,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    },
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # a worker waits for Redis as long as it takes
    task_ignore_result=True,
    result_backend=None,  # state lives in the job row; with a Redis backend a refusal takes 19 s
    task_acks_late=True,
    task_reject_on_worker_lost=False,  # alone it redelivers a poison task for ever
    task_retry_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=200,
    worker_max_memory_per_child=450_000,  # kB; who has added up a day of page views holds 330 MB, of scanners 1 GB more
    worker_soft_shutdown_timeout=20,
    worker_hijack_root_logger=False,
    task_soft_time_limit=240,
    task_time_limit=300,  # always below visibility_timeout, or a task runs twice at once
    task_serializer="json",
    accept_content=["json"],
    # Workers of their own: renders never delay money, files that somebody waits for never delay renders, nor the other
    # way round, and what nobody waits for ("low") delays none of them
    task_queues=[Queue("default"), Queue("renders"), Queue("files"), Queue("low")],
    task_default_queue="default",
    # Celery would connect to PostgreSQL anew for each task, which compiles the ledger's functions anew as well
    CELERY_DB_REUSE_MAX=sys.maxsize,
    timezone="UTC",
)
app.autodiscover_tasks()

# All periodic work. Ticks that nobody took in time expire; two beats at once are harmless.
app.conf.beat_schedule = {
    "ring again for unheard jobs": {"task": "jobs.sweep", "schedule": 5, "options": {"expires": 5}},
    "watch the age of the queue": {"task": "jobs.watch", "schedule": 60, "options": {"expires": 60}},
    "watch the age of the backups": {"task": "backups.watch", "schedule": 60, "options": {"expires": 60}},
    "watch the disks": {"task": "alerts.watch_disks", "schedule": 60, "options": {"expires": 60}},
    "forget old jobs": {"task": "jobs.prune", "schedule": crontab(minute=10, hour=3), "options": {"expires": 3600}},
    "record expired credit": {"task": "ledger.expire_lots", "schedule": 60, "options": {"expires": 60}},
    "release overdue holds": {"task": "ledger.release_overdue_holds", "schedule": 60, "options": {"expires": 60}},
    "checkpoint the system accounts": {
        "task": "ledger.make_checkpoints",
        "schedule": crontab(minute="6,21,36,51"),
        "options": {"expires": 600},
    },
    "look at money and log": {"task": "selfcheck.watch", "schedule": 30, "options": {"expires": 30}},
    "check money and log each night": {
        "task": "selfcheck.nightly",
        "schedule": crontab(minute=50, hour=2),
        "options": {"expires": 3600},
    },
    "ask Stripe about unfinished top-ups": {
        "task": "billing.look_after_top_ups",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "top up by itself what fell below, and take up lost answers": {
        "task": "billing.auto_top_ups",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "take up refunds without an answer": {
        "task": "billing.look_after_refunds",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    "close the alerts of debts that are settled": {
        "task": "billing.settle_paid_debts",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "fetch events that Stripe's webhook missed": {
        "task": "billing.backfill",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 900},
    },
    "reconcile the day before with Stripe": {
        "task": "billing.reconcile",
        "schedule": crontab(minute=25),  # hourly: the business day may begin at any hour of UTC
        "options": {"expires": 3600},
    },
    "book what months of Premium have earned": {
        "task": "memberships.recognise",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "write to members whose Premium is not paid or has ended": {
        "task": "memberships.dunning",
        "schedule": crontab(minute="6-59/10"),
        "options": {"expires": 600},
    },
    "let go of payment pages for Premium that are over": {
        "task": "memberships.let_go",
        "schedule": crontab(minute="3-59/10"),
        "options": {"expires": 600},
    },
    "write to members whose credit is low": {
        "task": "billing.low_balance",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "write to members whose credit expires": {
        "task": "billing.expiry_notices",
        "schedule": crontab(minute="5-59/10"),
        "options": {"expires": 600},
    },
    "go on with music that lost its render": {
        "task": "musicpool.look_after",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    "look after cuts whose worker died": {
        "task": "studio.look_after_cuts",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "forget what visitors deleted": {
        "task": "studio.forget",
        "schedule": crontab(minute=40, hour=3),
        "options": {"expires": 3600},
    },
    "order accounts by what they can spend": {
        "task": "accounts.refresh_figures",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "add up the days": {"task": "accounting.catch_up", "schedule": 60, "options": {"expires": 60}},
    "add up the days of usage": {"task": "accounting.catch_up_usage", "schedule": 60, "options": {"expires": 60}},
    "add up financial reports": {"task": "reports.catch_up", "schedule": 60, "options": {"expires": 60}},
    "add up page views": {"task": "sitestats.catch_up", "schedule": 60, "options": {"expires": 60}},
    "have days for page views": {
        "task": "sitestats.tend",
        "schedule": crontab(minute="2-59/10"),
        "options": {"expires": 600},
    },
    "add up what became of visits": {
        "task": "sitestats.add_up_facts",
        "schedule": crontab(minute=50, hour=3),
        "options": {"expires": 3600},
    },
    "forget words of page views": {
        "task": "sitestats.forget_words",
        "schedule": crontab(minute=5, hour=4),
        "options": {"expires": 3600},
    },
    "fetch the addresses of bots": {
        "task": "sitestats.keep_bot_addresses_fresh",
        "schedule": crontab(minute=20, hour=4),
        "options": {"expires": 3600},
    },
    "forget sessions that are over": {
        "task": "accounts.clear_sessions",
        "schedule": crontab(minute=30, hour=3),
        "options": {"expires": 3600},
    },
    "remove uploads that were deleted some days ago": {
        "task": "catalog.purge_deleted",
        "schedule": crontab(minute=45, hour=3),
        "options": {"expires": 3600},
    },
    "take away exported files whose time is over": {
        "task": "exports.expire",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "compare files and rows": {
        "task": "files.sweep",
        "schedule": crontab(minute=5, hour=4),
        "options": {"expires": 3600},
    },
    "write down which settings went back": {
        "task": "tunables.settle_overdue",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "take what holds gave back of rewards that were taken back": {
        "task": "referrals.settle_left_over",
        "schedule": crontab(minute=25),
        "options": {"expires": 3600},
    },
    "verify the audit log": {"task": "audit.verify", "schedule": crontab(minute=20), "options": {"expires": 3600}},
    "log the head of the audit log": {
        "task": "audit.log_head",
        "schedule": crontab(minute=0, hour=0),
        "options": {"expires": 3600},
    },
}


@worker_init.connect
def _note_limits(**kwargs):
    from poemvision import start

    start.note_limits()


@worker_init.connect
@beat_init.connect
def _refuse_unsafe(**kwargs):
    from poemvision import start

    start.refuse_unsafe()


@task_prerun.connect
def _look_at_the_connection(**kwargs):
    """As before a request: one that is broken or older than CONN_MAX_AGE is made anew."""
    close_old_connections()


@worker_ready.connect
def _sweep_here_too(**kwargs):
    """Each worker sweeps by itself, so that a dead beat stops nothing."""
    from files import place
    from jobs import sweeper
    from studio import easel

    sweeper.start_timer()
    easel.clear()  # what a render left here that was killed together with its worker
    place.clear_at_start()
