"""Periodic work on the backups, and the jobs that make and try one."""

from pathlib import Path

from celery import shared_task
from django.conf import settings

from backups import drill, making, watch
from backups.server import Busy
from jobs.registry import LOW_QUEUE, Retry, handler
from tunables import values


@shared_task(name="backups.watch")
def watch_backups():
    watch.watch()


@handler("backups.backup", atomic=False, queue=LOW_QUEUE)
def make_backup(job):
    try:
        making.make(Path(settings.BACKUP_DIR), keep=values.get("backups_kept"))
    except Busy as busy:
        raise Retry(600, str(busy)) from None


@handler("backups.drill", atomic=False, queue=LOW_QUEUE, max_attempts=2)
def try_newest(job):
    try:
        drill.run(Path(settings.BACKUP_DIR))
    except Busy as busy:
        raise Retry(600, str(busy)) from None
