"""What nobody asked for again: cuts whose job is gone for good, yesterday's allowances, cuts deleted long ago."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from files import storing
from jobs.models import State
from studio import cuts
from studio.models import Allowance, Cut

FILES = ("video", "poster", "picture", "print_sheet")
KEPT_AFTER_DELETING = timedelta(days=30)


def end_abandoned_cuts() -> int:
    """A worker that died with its last attempt told nobody: fail what still seems under way, and release its hold."""
    over = Q(job__isnull=True) | Q(job__state__in=(State.DONE, State.DEAD, State.CANCELLED))
    left = Cut.objects.filter(over, state__in=(cuts.State.QUEUED, cuts.State.RENDERING))
    return sum(cuts.fail(cut, cuts.BROKEN) for cut in left[:100])


def forget_allowances() -> int:
    """Counts of earlier days say nothing any more."""
    return Allowance.objects.filter(day__lt=timezone.now().date() - timedelta(days=2)).delete()[0]


def purge_deleted_cuts() -> int:
    """A month after it was deleted a cut loses its files and its words; what it cost stays."""
    old = Cut.objects.filter(deleted_at__lt=timezone.now() - KEPT_AFTER_DELETING, video__isnull=False)
    return sum(_purge(cut.pk) for cut in old[:500])


def _purge(pk) -> bool:
    with transaction.atomic():
        cut = Cut.objects.select_for_update(no_key=True).get(pk=pk)
        if cut.deleted_at is None:
            return False
        sized = cut.sized.select_related("file")
        stored = [getattr(cut, name) for name in FILES if getattr(cut, name)] + [each.file for each in sized]
        nothing = dict.fromkeys(FILES) | {"text": "", "state": cuts.State.CANCELLED, "error": "It was deleted."}
        Cut.objects.filter(pk=pk).update(**nothing)
        cut.sized.all().delete()
        for each in stored:
            storing.discard(each)
    return True
