"""A restore drill: whether the newest backup can be restored is known before it is needed."""

import logging
from collections.abc import Callable
from pathlib import Path

import psycopg
from django.db import transaction
from django.utils import timezone

from alerts.models import raise_alert, settle
from audit.models import record
from backups import manifest as manifests
from backups import proof, scratch, server, shelf
from backups.models import Run
from backups.server import Busy, Failed

log = logging.getLogger("backups")


def run(folder: Path, backup: Path | None = None, *, say: Callable[[str], None] = log.info) -> None:
    """Restore `backup`, or the newest one in `folder`, into a database beside ours, prove it, and drop it again."""
    run = Run(kind=Run.Kind.DRILL, began_at=timezone.now())
    try:
        backup = backup or shelf.newest(folder)
        run.name = backup.name
        run.size = _restore(backup, say)
    except Busy:
        raise
    except (Failed, OSError, psycopg.Error) as error:
        run.problem = str(error)
        _tell(run)
        raise Failed(f"The drill with {run.name or folder} failed: {error}") from error
    _tell(run)
    say(f"{run.name} can be restored: it took {(run.ended_at - run.began_at).total_seconds():.1f} s.")


def _restore(backup: Path, say) -> int:
    manifest = manifests.verify(backup)
    proof.check_code(manifest)
    with server.connect(server.MAINTENANCE) as line:
        scratch.check_version(line, manifest)
    with scratch.filled(backup, manifest, "drill") as restored:
        proof.prove(restored, manifest, say)
    return manifest.size


def _tell(run: Run) -> None:
    """The record of it; a failure is an alert and stands in the audit log."""
    run.ended_at = timezone.now()
    with transaction.atomic():
        run.save()
        if not run.problem:
            settle("drill-failed")
            return
        raise_alert("drill-failed", "A backup could not be restored", run.problem, severity="bad")
        record(None, "backup.drill_failed", f"backup:{run.name}", note=run.problem[:1000])
