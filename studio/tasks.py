"""Background work of this room."""

from celery import shared_task

from jobs.registry import LOW_QUEUE, RENDERS_QUEUE, handler
from studio import addresses, demo, rendering, stories, upkeep, wishes


@handler("studio.render", atomic=False, queue=RENDERS_QUEUE, max_attempts=3)
def render(job):
    """Make one cut."""
    rendering.render(job)


@handler(wishes.KIND, atomic=False, queue=LOW_QUEUE, max_attempts=2)
def make_wish(job):
    """Have a model make a poem or a picture."""
    wishes.make(job)


@handler(stories.JOB, atomic=False, queue=LOW_QUEUE, max_attempts=2)
def make_story(job):
    """Make the story clip of a cut."""
    stories.make(job)


@handler(addresses.JOB, atomic=False)
def change_addresses(job):
    """Links to the files of a cut that was taken down stop working."""
    addresses.change(job)


@handler(demo.KIND, atomic=False, queue=LOW_QUEUE)
def order_demo_cuts(job):
    """Order the demo's first cuts."""
    demo.order(job)


@shared_task(name="studio.look_after_cuts")
def look_after_cuts():
    upkeep.end_abandoned_cuts()


@shared_task(name="studio.forget")
def forget():
    upkeep.forget_allowances()
    upkeep.purge_deleted_cuts()
    upkeep.purge_visitors_cuts()
