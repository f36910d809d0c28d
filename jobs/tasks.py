"""Celery's entries of this room. A message carries ids of jobs and nothing else."""

from celery import shared_task

from jobs import runner, sweeper, upkeep


@shared_task(name="jobs.run")
def run(*job_ids):
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
