"""The folder in which backups stand, one folder each. What is not finished has another name, so nobody takes it."""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from backups import files, manifest
from backups.server import Failed

NAME = re.compile(r"poemvision-\d{8}T\d{6}\.\d{3}Z")
UNFINISHED = ".unfinished-"


def name_of(instant: datetime) -> str:
    """`poemvision-20261125T020000.123Z`: in alphabetical order they are in the order of time."""
    return f"poemvision-{instant:%Y%m%dT%H%M%S}.{instant.microsecond // 1000:03}Z"


def backups(folder: Path) -> list[Path]:
    """Every finished backup, the oldest first."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if NAME.fullmatch(path.name) and (path / manifest.FILE).exists())


def newest(folder: Path) -> Path:
    """The last backup."""
    found = backups(folder)
    if not found:
        raise Failed(f"There is no backup in {folder}.")
    return found[-1]


def find(folder: Path, asked: Path) -> Path:
    """The backup at a path, or of a name in `folder`."""
    named = folder / asked.name if asked.name == str(asked) else asked
    return (asked if asked.is_dir() else named).absolute()


@contextmanager
def place(folder: Path, name: str) -> Iterator[Path]:
    """A new folder to be filled. It gets its name, at once and on the disk, when the block ends well."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    clear(folder)
    unfinished = folder / f"{UNFINISHED}{name}"
    unfinished.mkdir(mode=0o700)
    handle = os.open(unfinished, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # gone with this process: then it may be cleared
        yield unfinished
        for parent, _, _ in os.walk(unfinished, topdown=False):
            files.settle(Path(parent))
        unfinished.rename(folder / name)
        files.settle(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    finally:
        os.close(handle)


def clear(folder: Path) -> None:
    """Remove what backups that were killed have left."""
    for left in folder.glob(f"{UNFINISHED}*"):
        handle = os.open(left, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left)
        except BlockingIOError:  # it is being written, by a backup of another database
            continue
        finally:
            os.close(handle)


def prune(folder: Path, keep: int) -> list[str]:
    """Remove all but the newest `keep`; each loses its name first, so that none is ever half a backup."""
    gone = []
    for path in backups(folder)[:-keep]:
        doomed = path.rename(folder / f"{UNFINISHED}{path.name}")
        shutil.rmtree(doomed)
        gone.append(path.name)
    return gone
