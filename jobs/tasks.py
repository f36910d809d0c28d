"""Celery's entries of this room. A message carries ids of jobs and nothing else."""

from celery import shared_task

from jobs import runner, sweeper, upkeep
from jobs.registry import DEFAULT_QUEUE


@shared_task(name="jobs.run", bind=True)
def run(task, *job_ids):
    if DEFAULT_QUEUE in task.app.amqp.queues.consume_from:  # a worker of renders, files or chores is too slow for money
        runner.run_short()
    for job_id in job_ids:
        runner.run(int(job_id))


@shared_task(name="jobs.sweep")
def sweep():
    sweeper.sweep()


@shared_task(name="jobs.watch")
def watch():
    upkeep.watch()
    upkeep.watch_redis()


@shared_task(name="jobs.prune")
def prune():
    upkeep.prune()
