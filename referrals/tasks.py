"""The room's jobs."""

from jobs.registry import handler
from referrals import rewards


@handler("referrals.settle")
def settle(job):
    rewards.settle(job.payload["member"], paid_as=job.payload["paid_as"])
