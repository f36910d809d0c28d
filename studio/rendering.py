"""The work of `studio.render`: music, a folder, the render in a process of its own, the files kept, the price settled.

It may run again after anything: a track is taken once per cut, files of a run that died are replaced, and "done" and
the charge are one transaction that only the run that holds the job can commit.
"""

import time
from contextlib import ExitStack
from pathlib import Path

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from files import storing
from jobs.models import Job
from jobs.registry import LeaseLost, Retry, max_attempts
from ledger import posting
from musicpool import fallback, selection
from musicpool.models import Track
from studio import cuts, easel
from studio.models import Cut

KINDS = {
    "video": ("video/mp4", ".mp4"),
    "poster": ("image/jpeg", ".jpg"),
    "picture": ("image/png", ".png"),
    "print_sheet": ("image/jpeg", ".jpg"),
}
# Of the whole work: where a step of artwork/render.py begins, and how much it is
STEPS = {"Setting the type": (0, 3), "Filming": (3, 87), "Printing the picture": (90, 9)}
OUT_OF_ROOM = "We are out of room for new cuts. Please try again later."
UNCOVERED = "It waited so long that your credit was given back, and what is left does not cover it."


def render(job: Job) -> None:
    """Make one cut. What the person must know is written on it; what is worth another try is raised."""
    cut = Cut.objects.with_choices().get(pk=job.payload["cut"])
    if cut.job_id != job.pk or not _start(cut):
        return
    try:
        _add_music(cut)
        _paint(job, cut)
    except easel.Refused as refusal:
        cuts.fail(cut, str(refusal), job=job)
    except posting.LedgerError:
        cuts.fail(cut, UNCOVERED, job=job)
    except Stopped:
        return
    except (LeaseLost, Retry):
        raise
    except Exception as error:
        if job.attempts >= max_attempts(job.kind):
            cuts.fail(cut, OUT_OF_ROOM if isinstance(error, storing.NoSpace) else cuts.BROKEN, job=job)
        raise


class Stopped(Exception):
    """Whoever ordered the cut has stopped it."""


def _start(cut) -> bool:
    under_way = Cut.objects.filter(pk=cut.pk, state__in=(cuts.State.QUEUED, cuts.State.RENDERING))
    return under_way.update(state=cuts.State.RENDERING, started_at=Coalesce(F("started_at"), Now())) == 1


def _add_music(cut) -> None:
    """A track of the pool, counted together with the cut's own note of it; else one that is made for it, or none.

    Its maker's own music needs neither.
    """
    if cut.own_music_id:
        return
    with transaction.atomic():
        # One run after the other: the second finds the track of the first
        rows = Cut.objects.select_for_update(no_key=True, of=("self",)).select_related("track__asset")
        cut.track = _playable(rows.get(pk=cut.pk).track)
        if cut.track is None:
            Cut.objects.filter(pk=cut.pk).update(track=None)
            cut.track = selection.take(cut.mood, cut.genre, cut_id=cut.pk)
            cut.save(update_fields=["track"])
    if cut.track is None:
        began = cut.started_at or timezone.now()
        cut.track = _playable(fallback.for_cut(cut.pk, cut.mood, cut.genre, cut.job_id, began))
        cut.provider_ms = fallback.waited_ms(cut.pk, began)
        cut.save(update_fields=["track", "provider_ms"])


def _playable(track: Track | None) -> Track | None:
    """The track, unless staff have taken it out of the pool since it was chosen."""
    is_out = track and (track.state == Track.State.REJECTED or track.asset.retired_at)
    return None if is_out else track


def _paint(job, cut) -> None:
    easel.clear()
    began = time.monotonic()
    with ExitStack() as opened:
        folder = opened.enter_context(easel.folder(job))
        recipe = _recipe(cut, opened, folder)
        made = easel.paint(recipe, folder, lambda step, part: _tell(job, cut, step, part))
        _keep(job, cut, made.files)
        _finish(job, cut, made.duration_ms, _since(began))


def _recipe(cut, opened: ExitStack, folder: Path) -> dict:
    """What artwork.recipe.Recipe takes, as JSON; the files are on this disk until `opened` closes."""

    def path(stored) -> str:
        return str(opened.enter_context(storing.local_copy(stored, folder)))

    images = [image.file for image in cut.images.select_related("file").order_by("cutimage__position")]
    return {
        "title": cut.title,
        "author": cut.author,
        "text": cut.text,
        "language": cut.language,
        "images": [path(stored) for stored in images],
        "frame": cut.frame.drawing,
        "frame_options": cut.frame.options,
        "style": cut.style.drawing,
        "style_options": cut.style.options,
        "music": path(cut.music.file) if cut.music else None,
    }


def _tell(job, cut, step: str, part: float) -> None:
    """Say how far it is; LeaseLost or Stopped ends the render."""
    begin, share = STEPS.get(step, (0, 0))
    job.progress(begin + round(part * share), 100, step)
    if not _ours(job, cut).exists():
        raise Stopped


def _ours(job, cut):
    """The cut while this run may go on: not stopped, nor stopped and begun again by another run."""
    return Cut.objects.filter(pk=cut.pk, job=job, state=cuts.State.RENDERING)


def _keep(job, cut, made: dict[str, Path]) -> None:
    """Each file and the cut's note of it together, so that none is kept for nobody. An earlier run's are replaced."""
    for name, (content_type, extension) in KINDS.items():
        # The transaction itself begins with its first query, when the file is written
        with storing.keeping() as keep, transaction.atomic():
            stored = keep(made[name], content_type=content_type, extension=extension)
            job.progress(99, 100, "Keeping it")  # only by the run that holds the job, whose row is locked from here on
            held = _ours(job, cut).select_for_update(no_key=True, of=("self",)).select_related(name).first()
            if held is None:
                raise Stopped
            Cut.objects.filter(pk=cut.pk).update(**{name: stored})
            if before := getattr(held, name):
                storing.discard(before)


def _finish(job, cut, duration_ms: int, render_ms: int) -> None:
    """Done and charged, in one transaction, by the run that holds the job."""
    with transaction.atomic():
        job.progress(100, 100, "Done")
        done = {"state": cuts.State.DONE, "finished_at": timezone.now(), "error": ""}
        if not _ours(job, cut).update(duration_ms=duration_ms, render_ms=render_ms, **done):
            raise Stopped
        cuts.settle(cut)


def _since(began: float) -> int:
    return round(1000 * (time.monotonic() - began))
