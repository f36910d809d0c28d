"""The room's jobs."""

from jobs.registry import handler
from referrals import rewards


@handler("referrals.settle")
def settle(job):
    """The reward of one sign-up, as the top-ups of its member stand now; in the transaction of the job."""
    rewards.settle(job.payload["member"], paid_as=job.payload["paid_as"])
