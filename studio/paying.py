"""Credit that is held for work which takes a while: charged when the work is done, given back when it came to nothing.

A hold that outlives its limit is released by the ledger's sweep, at any moment: that is no reason to fail here.
"""

from billing import auto_top_ups
from ledger import posting
from ledger.models import Hold


def settle(hold_id, amount, **about) -> None:
    """Charge the hold; one that released itself is charged anew, if the credit covers it. Raises posting.LedgerError.

    `about`: external_id, actor, note. Who falls below what they set for auto top-ups gets a job.
    """
    try:
        posting.settle(hold_id, amount, **about)
    except posting.Refused:
        hold = Hold.objects.select_related("member").get(pk=hold_id)
        if hold.status == Hold.Status.OPEN:
            raise
        posting.charge(hold.member, amount, service=hold.service, **about)
    auto_top_ups.after_spending(hold_id)


def give_back(hold_id, note: str) -> None:
    """Release the hold, unless it has released itself."""
    try:
        posting.release(hold_id, note=note)
    except posting.Refused:
        if Hold.objects.filter(pk=hold_id, status=Hold.Status.OPEN).exists():
            raise
