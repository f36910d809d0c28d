"""The nightly comparison, and the job behind it."""

from celery import shared_task

from files import sweeps
from jobs.registry import LOW_QUEUE, handler


@shared_task(name="files.sweep")
def sweep():
    sweeps.ask(repair=False)


@handler(sweeps.KIND, atomic=False, queue=LOW_QUEUE)
def run_sweep(job):
    sweeps.run_job(job)
