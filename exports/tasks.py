"""Write what was asked for, and take away what is old."""

from celery import shared_task
from django.utils import timezone

from exports import writing
from exports.models import KIND, Export
from jobs.registry import FILES_QUEUE, handler


@handler(KIND, atomic=False, queue=FILES_QUEUE, max_attempts=3)
def write(job):
    """One file; a run after a crash begins anew."""
    writing.run_job(job)


@shared_task(name="exports.expire")
def expire():
    """Files whose time is over; the rows stay."""
    for export in Export.objects.filter(file__isnull=False, expires_at__lte=timezone.now()):
        export.discard()
