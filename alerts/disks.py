"""Say that a disk is filling up while an alert can still be written: PostgreSQL stops when it is full."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from alerts.models import raise_alert, settle
from tunables import values


def folders() -> list[Path]:
    """Where something grows on this machine: data, uploaded files, backups and logs, as far as they are here."""
    kept = [settings.MEDIA_ROOT, settings.BACKUP_DIR, settings.BASE_DIR / "var" / "postgres"]
    found = [settings.BASE_DIR, *kept, "/var/lib/postgresql", "/var/log"]
    return [Path(folder) for folder in found if Path(folder).exists()]


def volumes() -> Iterator[tuple[Path, int, int]]:
    """(one of its folders, bytes free, bytes in all) of each disk."""
    disks = {folder.stat().st_dev: folder for folder in reversed(folders())}
    for folder in disks.values():
        usage = shutil.disk_usage(folder)
        yield folder, usage.free, usage.free + usage.used


def watch() -> None:
    """One alert for each disk of this machine that has too little left; closed when it has room again."""
    wanted = values.get("disk_free_alert_percent")
    for folder, free, total in volumes():
        fingerprint = f"disk-low:{socket.gethostname()}:{folder}"
        if free * 100 >= total * wanted:
            settle(fingerprint)
            continue
        detail = f"{folder} on {socket.gethostname()}: {free * 100 // total} % free ({free // 1_000_000:,} MB)."
        raise_alert(fingerprint, "A disk is nearly full", f"{detail} At 0 nothing can be written.", severity="bad")
