"""Books worth a backup, and a folder for it."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

from django.db import DatabaseError, connection
from django.utils import timezone

from audit.models import record
from backups import making
from ledger import posting
from ledger.models import Hold
from ledger.tests.make import make_member, make_top_up


def make_books(people=3) -> list:
    """Members with a top-up, a grant, a charge and a hold that outlived its limit; each act audited."""
    members = [make_member() for _ in range(people)]
    for member in members:
        make_top_up(member, 20, granted=Decimal(1))
        posting.charge(member, Decimal("0.25"), service="studio_render")
        posting.hold(member, Decimal(1), service="studio_render", expires_at=timezone.now() + timedelta(hours=1))
        record(None, "test.made", member, after={"email": member.email})
    Hold.objects.update(expires_at=timezone.now() - timedelta(hours=3))
    return members


def make_uploads(folder):
    """A cut and a picture."""
    (folder / "cuts").mkdir(parents=True)
    (folder / "cuts" / "a.mp4").write_bytes(b"a cut" * 1000)
    (folder / "b.png").write_bytes(b"a picture")
    return folder


def make_backup(folder, **options):
    """A backup, without its words."""
    return making.make(folder, say=lambda words: None, **options)


@contextmanager
def charging(members, threads=3, until_it_fails=False):
    """Threads charge these members all the time; yields a function that says how many charges are acknowledged."""
    over, booked = threading.Event(), []

    def charge(number):
        try:
            while not over.is_set():
                member = members[len(booked) % len(members)]
                posting.charge(member, Decimal("0.01"), service="lite_render")
                booked.append(number)
        except DatabaseError:
            if not until_it_fails:
                raise
        finally:
            connection.close()

    running = [threading.Thread(target=charge, args=[number], daemon=True) for number in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield lambda: len(booked)
    finally:
        over.set()
        for thread in running:
            thread.join(20)
