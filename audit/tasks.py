"""Periodic work on the audit log."""

import logging

from celery import shared_task
from django.utils import timezone

from audit import queries, verification
from jobs.models import Job
from jobs.registry import handler


@shared_task(name="audit.verify")
def verify():
    Job.enqueue("audit.verify", {}, dedupe_key=f"audit.verify:{timezone.now():%Y-%m-%dT%H}")


@shared_task(name="audit.log_head")
def log_head():
    """The daily export of the head: logs leave this machine, so a cut tail can be shown later."""
    position, head = queries.head()
    logging.getLogger("audit.head").info("Audit log: row %s, head %s", position, head)


@handler("audit.verify", atomic=False)
def verify_chain(job):
    """Walk the whole chain; a break is an alert."""
    total, _ = queries.head()
    verification.verify_and_keep(progress=lambda position: job.progress(position, total))
