"""The room's jobs."""

from celery import shared_task
from django.utils import timezone

from jobs.models import Job
from jobs.registry import handler
from referrals import rewards


@shared_task(name="referrals.settle_left_over")
def settle_left_over():
    """Take what a hold gave back of rewards that were taken back meanwhile."""
    for member in rewards.left_over():
        key = f"referrals.settle:rest:{member}:{timezone.now():%Y-%m-%dT%H}"
        Job.enqueue("referrals.settle", {"member": member, "paid_as": []}, dedupe_key=key)


@handler("referrals.settle")
def settle(job):
    """The reward of one sign-up, as the top-ups of its member stand now; in the transaction of the job."""
    rewards.settle(job.payload["member"], paid_as=job.payload["paid_as"])
