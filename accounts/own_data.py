"""An archive of everything that is kept about a person: asked for at /me/, made by a job, gone after some days."""

import json
import tempfile
import zipfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from accounts import mail, own_rows
from accounts.models import OwnData, User
from audit.models import record
from files import place, storing
from files.models import StoredFile
from jobs.models import Job

KEPT_FOR = timedelta(days=3)
README = """Your data at Poem Vision AI

Every file of JSON is one kind of thing that we keep about you: a list, one thing a line, named by the field
that it stands in. Any text editor opens them, and so do most spreadsheets.

accounts.User.json     your account and what you told us
catalog.Poem.json      your poems; catalog.Asset.json your pictures and music; studio.Cut.json your cuts
ledger.*.json          your credit, as it came and went, in US dollars
billing.*.json         your payments
sitestats.*.json       the pages that you saw while you were signed in, and how you came to us
activity.json          what happened to your account, and when
files/                 the pictures, clips and music themselves; the number is the one in the lists

A kind of which we keep nothing about you has no file. Times are in UTC. Passwords and keys are not in here, nor
are the notes of our staff.
"""


def ask(user: User) -> OwnData:
    """Have it made. Asked again while it is being made, it is made once."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        wanted = OwnData.objects.filter(user=user, ready_at=None).first()
        if wanted and job_of(wanted) and not job_of(wanted).is_over:
            return wanted
        wanted = wanted or OwnData.objects.create(user=user)
        wanted.job = Job.enqueue("accounts.gather_own_data", {"own_data": wanted.pk}).pk
        wanted.save(update_fields=["job"])
        record(user, "user.data_asked_for", user)
    return wanted


def newest(user: User) -> OwnData | None:
    """The one being made, or the one that can still be fetched."""
    rows = OwnData.objects.filter(user=user).select_related("file").order_by("-id")
    return next((one for one in rows if not one.ready_at or (one.file and one.expires_at > timezone.now())), None)


def job_of(wanted: OwnData) -> Job | None:
    """The job that gathers it; None when its row is gone."""
    return Job.objects.filter(pk=wanted.job).first()


def gather(wanted: OwnData, job: Job) -> None:
    """Write the archive and say by mail that it is there. A run after a crash finds the work done, or begins anew."""
    if wanted.ready_at or wanted.user.deleted_at:
        return
    with tempfile.TemporaryFile(dir=place.waiting_room()) as target, storing.keeping() as keep:
        _write(target, wanted.user, job)
        target.seek(0)
        stored = keep(target, content_type="application/zip", extension=".zip")
        with transaction.atomic():
            now = timezone.now()
            done = OwnData.objects.filter(pk=wanted.pk, ready_at=None)
            if not done.update(file=stored, ready_at=now, expires_at=now + KEPT_FOR):
                raise RuntimeError("Another run has made it already.")
            mail.send(wanted.user.email, "accounts/mail/own_data", {"expires_at": now + KEPT_FOR})


def forget_old() -> None:
    """Remove the files whose time is over."""
    for old in OwnData.objects.filter(expires_at__lt=timezone.now(), file__isnull=False).select_related("file"):
        storing.discard(old.file)


def forget(rows) -> None:
    """Remove these archives and that they were asked for: whose they are is purged."""
    stored = [one.file for one in rows.filter(file__isnull=False).select_related("file")]
    rows.delete()
    for file in stored:
        storing.discard(file)


def _write(target, user: User, job: Job) -> None:
    """One file of JSON a table, the record of the account, and every picture, clip and piece of music."""
    tables, seen = list(own_rows.tables(user)), {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README)
        for number, (name, rows) in enumerate(tables):
            job.progress(number, len(tables) + 1, name)
            _write_rows(archive, name, _noting(rows, seen))
        _write_rows(archive, "activity", own_rows.happened(user))
        job.progress(len(tables), len(tables) + 1, "files")
        for stored in seen.values():
            _write_file(archive, stored)


def _noting(rows, seen: dict[int, StoredFile]) -> Iterable[dict]:
    for instance in rows.iterator(chunk_size=500):
        seen.update({stored.pk: stored for stored in own_rows.files(instance)})
        yield own_rows.row(instance)


def _write_rows(archive, name: str, rows: Iterable[dict]) -> None:
    """Nothing for a table without rows; one row a line."""
    first = next(rows := iter(rows), None)
    if first is None:
        return
    with archive.open(f"{name}.json", "w", force_zip64=True) as out:
        out.write(b"[\n" + _json(first))
        for one in rows:
            out.write(b",\n" + _json(one))
        out.write(b"\n]\n")


def _json(one: dict) -> bytes:
    return json.dumps(one, cls=DjangoJSONEncoder, ensure_ascii=False).encode()


def _write_file(archive, stored: StoredFile) -> None:
    """As it is: pictures and clips do not get smaller. One that the storage has lost is named instead."""
    name = f"files/{stored.pk}{Path(stored.name).suffix}"
    try:
        with storing.local_copy(stored) as path:
            archive.write(path, name, zipfile.ZIP_STORED)
    except FileNotFoundError:
        archive.writestr(f"{name}.missing.txt", "We no longer have this file.\n")
