"""Entries of this room: jobs, and the ticks of the calendar."""

from celery import shared_task

from artwork import sound
from files import storing
from jobs.registry import LOW_QUEUE, handler
from musicpool import demo, filling, musicgen
from musicpool.models import Track


@handler("musicpool.measure", atomic=False, queue=LOW_QUEUE)
def measure(job):
    track = Track.objects.select_related("asset__file").get(pk=job.payload["track"])
    with storing.local_copy(track.asset.file) as path:
        loudness = sound.measure(path).integrated
    track.measured(loudness)


@handler(filling.KIND, atomic=False, queue=LOW_QUEUE)
def fill(job):
    filling.go_on(job)


@handler(demo.KIND, atomic=False, queue=LOW_QUEUE)
def compose(job):
    demo.compose(job)


@shared_task(name="musicpool.look_after")
def look_after():
    musicgen.look_after()
