"""Make a backup: dump, files and figures of one instant, under load as well."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
from django.db import DatabaseError
from django.utils import timezone

from alerts.models import raise_alert, settle
from backups import figures, files, media, server, shelf
from backups.manifest import DUMP, Manifest
from backups.models import Run
from backups.server import Busy, Failed

LOCK = 0xBAC0  # among advisory locks: one backup of a database at a time
# What makes visitors' numbers of a day is destroyed: a copy would keep it. Without it their sessions begin anew
LEFT_OUT = ("sitestats_salt", "sitestats_visit")
log = logging.getLogger("backups")


def make(folder: Path, *, keep: int = 0, say: Callable[[str], None] = log.info) -> Path:
    """Write a backup into `folder`, then forget all but the newest `keep` (0: none is forgotten)."""
    began = timezone.now()
    try:
        manifest = _make(folder)
    except Busy:
        raise
    except (Failed, OSError, psycopg.Error, UnicodeError) as error:
        _tell(Run(kind=Run.Kind.BACKUP, began_at=began, problem=str(error)))
        raise Failed(f"The backup failed: {error}") from error
    _tell(Run(kind=Run.Kind.BACKUP, began_at=began, name=manifest.name, size=manifest.size))
    seconds = (timezone.now() - began).total_seconds()
    say(f"Backed up to {folder / manifest.name}: {manifest.size:,} bytes in {seconds:.1f} s.")
    for name, figure in manifest.figures.items():
        say(f"  {name}: {figure}")
    say(f"  uploaded files: {len(manifest.media_files)} ({manifest.media})")
    for name in shelf.prune(folder, keep) if keep else ():
        say(f"Removed {name}: only the newest {keep} are kept.")
    return folder / manifest.name


def _make(folder: Path) -> Manifest:
    with server.connect() as line:
        line.isolation_level, line.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        with line.transaction():
            if not line.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK]).fetchone()[0]:
                raise Busy("Another backup of this database is under way.")
            manifest = _describe(line)
            snapshot = line.execute("SELECT pg_export_snapshot()").fetchone()[0]
            with shelf.place(folder, manifest.name) as place:
                dump = place / DUMP
                options = ["--format=custom", "--lock-wait-timeout=60s", f"--snapshot={snapshot}"]
                options += [f"--exclude-table-data=public.{table}" for table in LEFT_OUT]
                server.run("pg_dump", manifest.server, *options, f"--file={dump}")
                files.settle(dump)
                manifest = replace(manifest, files={DUMP: files.checksum(dump), **media.copy(place)})
                manifest.write(place)
    return manifest


def _describe(line: psycopg.Connection) -> Manifest:
    """What the snapshot says of itself."""
    instant, database = line.execute("SELECT now(), current_database()").fetchone()
    major = server.major(line)
    return Manifest(
        name=shelf.name_of(instant),
        created_at=instant.isoformat(),
        server=major,
        program=server.version_of(server.find("pg_dump", major)),
        database=database,
        migrations=figures.migrations(line),
        roles=figures.roles(line),
        figures=figures.read(line),
        media=media.where(),
    )


def _tell(run: Run) -> None:
    """Keep a record of it, and raise or close the alert."""
    try:
        run.save()
        if run.problem:
            raise_alert("backup-failed", "A backup failed", run.problem, severity="bad")
        else:
            settle("backup-failed")
    except DatabaseError as error:  # the backup itself is what it is
        log.warning("The end of a backup could not be recorded: %s", error)
