"""The uploaded files: the folder of Django's default storage. What stands in object storage is backed up there."""

import os
import shutil
from pathlib import Path

from django.core.files.storage import FileSystemStorage, default_storage

from backups import files
from backups.manifest import MEDIA, Manifest
from backups.server import Failed

STAGE = ".restoring"
UNFINISHED = (f"{STAGE}/", ".writing/")


def folder() -> Path | None:
    """Where the files are; None when the storage is no folder of this machine."""
    return Path(default_storage.location) if isinstance(default_storage, FileSystemStorage) else None


def where() -> str:
    """For the manifest and for people."""
    place = folder()
    return str(place) if place else f"not in this backup: {default_storage.__class__.__name__} keeps them"


def copy(target: Path) -> dict[str, dict]:
    """Copy every file below `target`. They are copied after the snapshot: whatever its rows speak of is there."""
    source, copied = folder(), {}
    if source is None or not source.is_dir():
        return copied
    for name in files.under(source):
        path = source / name
        if name.startswith(UNFINISHED) or path.is_symlink():
            continue
        try:
            copied[f"{MEDIA}/{name}"] = files.copy(path, target / MEDIA / name)
        except FileNotFoundError:  # removed while we came here
            continue
    return copied


def stage(backup: Path, manifest: Manifest) -> Path | None:
    """Lay the files of a backup beside the ones in use, checked; nothing that is in use changes yet."""
    target = folder()
    if not manifest.media_files:
        return None
    if target is None:
        raise Failed("The backup holds uploaded files, and the storage of this installation is no folder.")
    staged = target / STAGE
    shutil.rmtree(staged, ignore_errors=True)
    for name, said in manifest.media_files.items():
        if files.copy(backup / MEDIA / name, staged / name, 0o644) != said:
            raise Failed(f"{name} changed while it was copied.")
    return staged


def publish(staged: Path | None) -> int:
    """Give the staged files their places; files that the backup does not know stay. Safe to repeat."""
    if staged is None:
        return 0
    names = list(files.under(staged))
    for name in names:
        target = staged.parent / name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(staged / name, target)
        files.settle(target.parent)
    shutil.rmtree(staged)
    return len(names)
