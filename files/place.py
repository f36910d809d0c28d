"""Where files stand: a folder of this machine, or a bucket. Nothing else in the project knows the difference."""

import errno
import hashlib
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage

from tunables import values

WRITING = ".writing"  # what is not whole yet; backups and sweeps leave it alone
HIDDEN = (WRITING, ".restoring")
CHUNK = 1024 * 1024
MEGABYTE = 1_000_000  # as people are told
LONGEST = timedelta(days=1)  # nothing is being written for so long
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
log = logging.getLogger("files")


class NoSpace(Exception):
    """There is no room for the file; the message is a sentence for whoever wanted to keep it."""


class Gone(FileNotFoundError):
    """The storage does not have the file."""


class Unreachable(NoSpace):
    """The bucket did not take it."""


@dataclass(frozen=True)
class Found:
    """One file as the storage tells."""

    name: str
    size: int
    modified: datetime


def folder() -> Path | None:
    """The folder in which files stand; None when they stand in a bucket."""
    return Path(default_storage.location) if isinstance(default_storage, FileSystemStorage) else None


def waiting_room() -> Path:
    """Where files stand that are not whole or not judged yet: beside the whole ones, where there is a folder.

    What a killed process leaves there is swept away at night, and when a process starts.
    """
    kept = folder()
    room = Path(tempfile.gettempdir()) / f"poemvision-{os.getuid()}" if kept is None else kept / WRITING
    room.mkdir(mode=0o750, parents=True, exist_ok=True)
    return room


def room() -> int:
    """Bytes that may come before less than `disk_floor_mb` of the disk is free; below zero where it is not."""
    return shutil.disk_usage(waiting_room()).free - values.get("disk_floor_mb") * MEGABYTE


def check_room() -> None:
    """Refuse what would leave less than `disk_floor_mb` of the disk free."""
    if room() < 0:
        raise NoSpace("There is no room for more files at the moment. Nothing was kept; try again later.")


def write(name: str, source: BinaryIO | Path) -> tuple[int, str]:
    """Put the whole file there under `name`, or nothing; (size, SHA-256) of what was written."""
    try:
        with _opened(source) as reader:
            return _into_folder(name, reader) if folder() else _into_bucket(name, reader)
    except OSError as error:
        if error.errno in FULL:
            raise NoSpace("The disk is full. Nothing was kept; try again later.") from error
        raise


def remove(name: str) -> None:
    """Take the file away, if it is there. When that fails it is said in the log, and the next sweep finds it."""
    try:
        default_storage.delete(name)
    except Exception:
        log.exception("%s could not be removed from the storage", name)


@contextmanager
def local_path(name: str, copies: Path | None = None) -> Iterator[Path]:
    """The file as a path, for tools that need one; it must not be changed. A bucket's is copied, into `copies`.

    Raises Gone.
    """
    if kept := folder():
        path = kept / name
        if not path.is_file():
            raise Gone(errno.ENOENT, "The storage does not have this file", name)
        yield path
        return
    with tempfile.NamedTemporaryFile(dir=copies or waiting_room(), suffix=Path(name).suffix) as copy:
        try:
            reader = default_storage.open(name)
        except FileNotFoundError as error:
            raise Gone(errno.ENOENT, "The bucket does not have this file", name) from error
        with reader:
            shutil.copyfileobj(reader, copy, CHUNK)
        copy.flush()
        yield Path(copy.name)


def walk() -> Iterator[Found]:
    """Every file, in the order of its name's bytes: a folder and a bucket agree on it, and so does PostgreSQL's "C"."""
    if kept := folder():
        yield from _walk_folder(kept, "") if kept.is_dir() else ()
    else:
        prefix = f"{default_storage.location}/" if default_storage.location else ""
        for found in default_storage.bucket.objects.filter(Prefix=prefix):
            yield Found(found.key.removeprefix(prefix), found.size, found.last_modified)


def clear(before: datetime) -> int:
    """Remove what was being written when a process died, files and folders; how many. Others may be at it as well."""
    removed = 0
    for path in waiting_room().glob("*"):
        with suppress(FileNotFoundError):  # what ended just now
            if path.lstat().st_mtime < before.timestamp():
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
                removed += 1
    return removed


def clear_at_start() -> None:
    """Each process for itself, as the folder may be its own alone. A disk that is away keeps none from starting."""
    try:
        clear(datetime.now(UTC) - LONGEST)
    except OSError:
        log.warning("What an earlier process left half written could not be removed", exc_info=True)


@contextmanager
def _opened(source: BinaryIO | Path) -> Iterator[BinaryIO]:
    if isinstance(source, str | os.PathLike):
        with open(source, "rb") as reader:
            yield reader
    else:
        source.seek(0)
        yield source


def _into_folder(name: str, reader: BinaryIO) -> tuple[int, str]:
    check_room()
    target, part = folder() / name, waiting_room() / secrets.token_hex(8)
    target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    try:
        with open(part, "xb", opener=_private) as writer:
            written = _copy(reader, writer)
            writer.flush()
            os.fsync(writer.fileno())
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    for parent in (target.parent, target.parent.parent):
        _settle(parent)
    return written


def _into_bucket(name: str, reader: BinaryIO) -> tuple[int, str]:
    from boto3.exceptions import Boto3Error  # slow to load, and most installations have no bucket
    from botocore.exceptions import BotoCoreError, ClientError

    with tempfile.TemporaryFile() as whole:
        written = _copy(reader, whole)
        whole.seek(0)
        try:
            if default_storage.save(name, File(whole, name)) != name:
                raise FileExistsError(errno.EEXIST, "The bucket chose another name", name)
        except (BotoCoreError, Boto3Error, ClientError) as error:
            log.exception("The bucket did not take %s", name)
            remove(name)  # it may have arrived though the answer did not
            raise Unreachable("The storage does not answer. Nothing was kept; try again later.") from error
        except BaseException:
            remove(name)
            raise
    return written


def _copy(reader: BinaryIO, writer: BinaryIO) -> tuple[int, str]:
    made, size = hashlib.sha256(), 0
    while chunk := reader.read(CHUNK):
        made.update(chunk)
        size += writer.write(chunk)
    return size, made.hexdigest()


def _settle(folder: Path) -> None:
    """Flush the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _private(path, flags) -> int:
    return os.open(path, flags, 0o640)


def _walk_folder(folder: Path, prefix: str) -> Iterator[Found]:
    with os.scandir(folder) as entries:
        inside = sorted(entries, key=lambda entry: os.fsencode(f"{entry.name}/" if entry.is_dir() else entry.name))
    for entry in inside:
        if entry.is_dir(follow_symlinks=False):
            if prefix or entry.name not in HIDDEN:
                yield from _walk_folder(Path(entry.path), f"{prefix}{entry.name}/")
            continue
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # removed while we came here
            continue
        yield Found(f"{prefix}{entry.name}", found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))
