"""Put a backup in the place of the database in use. Until the last moment nothing that is in use changes."""

import logging
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.models import record
from backups import manifest as manifests
from backups import media, proof, scratch, server
from backups.server import Failed

log = logging.getLogger("backups")


def restore(backup: Path, *, replace: str = "", rights: bool = True, say: Callable[[str], None] = log.info) -> None:
    """Verify, restore beside, prove, then swap. `replace` names the database that may be replaced if it holds data."""
    manifest = manifests.verify(backup)
    say(f"{backup.name} is complete: {len(manifest.files)} files with the checksums of its manifest.")
    proof.check_code(manifest)
    name = connection.settings_dict["NAME"]
    _check_target(name, manifest, replace)
    with scratch.filled(backup, manifest, "restoring", rights=rights) as restored:
        proof.prove(restored, manifest, say)
        staged = media.stage(backup, manifest)
        aside = f"{name[:40]}_before_{timezone.now():%Y%m%dT%H%M%S}"
        kept = scratch.take_the_place_of(name, aside, restored)
    count = media.publish(staged)
    record(None, "backup.restored", f"backup:{manifest.name}", after={"made": manifest.created_at, "files": count})
    say(f"{name} is now what it was at {manifest.created_at}; {count} uploaded files are in their places.")
    if kept:
        say(f'The former database is kept as {aside}. When nobody needs it any more: DROP DATABASE "{aside}"')
    say("Redis needs nothing: jobs stand in the database, and the sweeper rings for them again.")
    if settings.STRIPE_SECRET_KEY:
        say("What Stripe did since then is fetched within 15 minutes of the worker's start.")
    say("Then prove it all once more: manage.py self_check --why restore.")


def _check_target(name: str, manifest: manifests.Manifest, replace: str) -> None:
    with server.connect(server.MAINTENANCE) as line:
        scratch.check_version(line, manifest)
        if not scratch.exists(line, name) or replace == name or not scratch.has_tables(name):
            return
    raise Failed(
        f"The database {name} holds data. To put the backup in its place (it is kept under another name): "
        f"--replace {name}"
    )
