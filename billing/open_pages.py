"""An account that is closed leaves nothing at Stripe that its member could still pay: the pages that stand open."""

from accounts.models import User
from billing import payment_page, stripe_api
from billing.models import CardSetup, TopUp
from jobs.models import Job
from memberships.models import Enrolment


def close_later(member: User) -> None:
    """Have them closed by a job. Call in the transaction that suspends or deletes the account."""
    Job.enqueue("billing.close_pages", {"member": member.pk})


def close(member: User) -> None:
    """Each at Stripe, then here; what one brought that was completed before is told by its event.

    Outside a transaction; again is harmless. An account that is open again keeps its pages. Errors: those of
    `stripe_api.call`, once all were tried; Unreachable while Stripe leaves one open.
    """
    if member.is_active:
        return
    troubles = []
    for kind in (TopUp, Enrolment, CardSetup):
        mine = kind.objects.filter(member=member)
        # Whoever waits for Stripe's answer to these shows it to nobody, see payment_page
        mine.filter(status=kind.Status.CREATING).end()
        for row in mine.filter(status=kind.Status.OPEN):
            try:
                if payment_page.close(row) == "open":
                    troubles.append(stripe_api.Unreachable(f"The page {row.session_id} is still open."))
            except (stripe_api.Rejected, stripe_api.Unreachable) as error:
                troubles.append(error)
    stripe_api.raise_first(troubles)
