"""A cut as a story clip, 9:16: made by a job when somebody first asks for it, and then kept like the other files."""

import uuid
from pathlib import Path

from django.db import transaction

from artwork import sizes as shapes
from files import storing
from jobs.models import Job
from studio import easel, sizes
from studio.models import Cut

JOB = "studio.make_story"
SIZE = sizes.STORY_CLIP.kind
TRIES = 3  # jobs for one cut, each with its attempts: a clip that breaks the encoder is not asked for endlessly


def of(cut) -> dict:
    """How far it is: `file` when it is there, `under_way`, `failed`, and whether one may ask for it."""
    jobs = list(_jobs(cut).order_by("-pk")[:TRIES])
    under_way = bool(jobs and not jobs[0].is_over)
    file = sizes.kept(cut, SIZE)
    return {
        "file": file,
        "under_way": under_way and not file,
        "failed": bool(jobs) and not under_way and not file,
        "may_ask": not file and not under_way and len(jobs) < TRIES,
    }


def ask(cut) -> None:
    """Have it made, unless it is there or on its way. However many ask at once, one job does it."""
    with transaction.atomic():
        if Cut.objects.select_for_update(no_key=True).filter(pk=cut.pk).exists() and of(cut)["may_ask"]:
            Job.enqueue(JOB, {"cut": cut.pk}, dedupe_key=f"{_prefix(cut)}{uuid.uuid4()}")


def make(job: Job) -> None:
    """Make it and keep it. A cut that is gone meanwhile, or has its story already, needs none."""
    cut = Cut.objects.select_related("video", "poster").filter(pk=job.payload["cut"], video__isnull=False).first()
    if cut is None or sizes.kept(cut, SIZE):
        return
    easel.clear()
    job.progress(0, 1, "Making the story clip")
    with (
        easel.folder(job) as folder,
        storing.local_copy(cut.video, folder) as clip,
        storing.local_copy(cut.poster, folder) as poster,
        storing.keeping() as keep,
    ):
        out = shapes.story(clip, poster, Path(folder, "story.mp4"))
        job.progress(1, 1, "Keeping it")
        sizes.note(cut, SIZE, keep(out, content_type="video/mp4", extension=".mp4"))


def _prefix(cut) -> str:
    return f"story:{cut.pk}:"


def _jobs(cut):
    return Job.objects.filter(dedupe_key__startswith=_prefix(cut), kind=JOB)
