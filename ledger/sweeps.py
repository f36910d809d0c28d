"""What time does to the ledger: granted lots expire, forgotten holds are released."""

from django.db.models.functions import Now

from ledger import posting
from ledger.models import Hold, Lot

BATCH = 500


def expire_lots(limit=BATCH) -> int:
    """Record the expiry of up to `limit` lots; balances have left them out since the instant itself."""
    due = Lot.objects.filter(has_rest=True, expires_at__lte=Now()).order_by("expires_at")
    return _each(posting.expire_lot, due.values_list("pk", flat=True)[:limit])


def release_overdue_holds(limit=BATCH) -> int:
    """Release up to `limit` holds that outlived their limit."""
    due = Hold.objects.filter(status=Hold.Status.OPEN, expires_at__lte=Now()).order_by("expires_at")
    return _each(lambda pk: posting.release(pk, note="outlived its limit"), due.values_list("pk", flat=True)[:limit])


def _each(verb, pks) -> int:
    done = 0
    for pk in list(pks):
        try:
            verb(pk)
            done += 1
        except posting.Refused:  # another sweep, or the work itself, was quicker
            continue
    return done
