"""What nobody asked for again: cuts whose job is gone for good, yesterday's allowances, cuts deleted long ago."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from jobs.models import State
from studio import cuts
from studio.models import Allowance, Cut
from tunables import values

KEPT_AFTER_DELETING = timedelta(days=30)
AT_ONCE = 500  # cuts that are read together
UNDER_WAY = (cuts.State.QUEUED, cuts.State.RENDERING)


def end_abandoned_cuts() -> int:
    """A worker that died with its last attempt told nobody: fail what still seems under way, and release its hold."""
    over = Q(job__isnull=True) | Q(job__state__in=(State.DONE, State.DEAD, State.CANCELLED))
    left = Cut.objects.filter(over, state__in=UNDER_WAY)
    return sum(cuts.fail(cut, cuts.BROKEN) for cut in left[:100])


def forget_allowances() -> int:
    """Counts of earlier days say nothing any more."""
    return Allowance.objects.filter(day__lt=timezone.now().date() - timedelta(days=2)).delete()[0]


def purge_deleted_cuts() -> int:
    """A month after it was deleted a cut loses its files and its words; what it was and cost stays."""
    return _purge_all(deleted_at__lt=timezone.now() - KEPT_AFTER_DELETING)


def purge_visitors_cuts() -> int:
    """So does what nobody has adopted for months: a browser that forgot its visitor never asks for it again."""
    return _purge_all(
        owner__isnull=True, created_at__lt=timezone.now() - timedelta(days=values.get("visitor_cut_days"))
    )


def purge_cuts_of(owner) -> int:
    """All that is left of a member who is removed."""
    return _purge_all(owner=owner)


def _purge_all(**which) -> int:
    which["purged_at__isnull"] = True
    old = Cut.objects.filter(**which).exclude(state__in=UNDER_WAY).order_by("pk").values_list("pk", flat=True)
    count, last = 0, 0
    while some := list(old.filter(pk__gt=last)[:AT_ONCE]):
        count, last = count + sum(_purge(pk, which) for pk in some), some[-1]
    return count


def _purge(pk, which) -> bool:
    with transaction.atomic():
        rows = Cut.objects.select_for_update(no_key=True).filter(pk=pk, **which)
        cut = rows.exclude(state__in=UNDER_WAY).first()
        if cut is None:  # restored, adopted or tried again meanwhile
            return False
        now = timezone.now()
        cuts.lose_files(cut, title="", author="", text="", deleted_at=cut.deleted_at or now, purged_at=now)
    return True
