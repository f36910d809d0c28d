"""A cut that staff took down gets new copies of its files under new names: links that were handed out lead nowhere.

A signed link is good until it expires, and a bucket knows nothing of ours that could refuse it earlier.
"""

import logging
from pathlib import Path

from django.db import transaction

from files import storing
from studio.models import Cut, SizedPicture

JOB = "studio.change_addresses"
log = logging.getLogger("studio")


def change(job) -> None:
    """For each of its files. A run that died in the middle is made again from the start, which does no harm."""
    cut = Cut.objects.select_related(*Cut.FILES).get(pk=job.payload["cut"])
    if cut.taken_down_at is None:
        return
    for name in Cut.FILES:
        if stored := getattr(cut, name):
            _move(Cut, cut.pk, name, stored)
    for sized in cut.sized.select_related("file"):
        _move(SizedPicture, sized.pk, "file", sized.file)


def _move(model, pk, name: str, stored) -> None:
    """The copy takes the file's place, unless the file has gone meanwhile."""
    try:
        with storing.local_copy(stored) as path, storing.keeping() as keep, transaction.atomic():
            # The transaction itself begins with its first query, when the copy is written
            copy = keep(path, content_type=stored.content_type, extension=Path(stored.name).suffix)
            there = model.objects.filter(pk=pk, **{name: stored}).update(**{name: copy})
            storing.discard(stored if there else copy)
    except FileNotFoundError:
        log.error("The storage does not have %s: its links lead nowhere already", stored.name)
