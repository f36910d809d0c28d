"""The demo's first cuts wait for what they are made of, and are ordered once."""

from decimal import Decimal

from accounts.models import User
from catalog import starter_poems
from jobs.models import Job, State
from jobs.registry import run_now
from ledger import posting
from musicpool.models import Track
from studio import demo
from studio.models import Cut
from studio.tests.make import make_picture


def test_it_works_and_can_be_repeated(db):
    member = User.objects.create_user("member@poemvision.example", is_demo=True)
    posting.grant(member, Decimal(1), note="Hello")
    starter_poems.seed(by=None)
    job = run_now(Job.enqueue(demo.KIND, {}))
    assert job.state == State.NEW and "wait for pictures and music" in job.error and not Cut.objects.exists()
    pictures = [make_picture() for _ in range(7)]
    Track.objects.create(asset=pictures[0], mood="calm", genre="piano", state="approved")
    for again in (job, Job.enqueue(demo.KIND, {})):
        assert run_now(again).state == State.DONE, again.error
    assert Cut.objects.filter(owner=member, on_wall=True, state="queued").count() == len(demo.LOOKS)
