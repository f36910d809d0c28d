"""Files that survive a power cut: written, flushed to the disk, and only then given their name."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

CHUNK = 1024 * 1024


def under(folder: Path) -> Iterator[str]:
    """The path of everything below `folder` that is no folder itself."""
    for parent, _, names in os.walk(folder):
        for name in names:
            yield (Path(parent) / name).relative_to(folder).as_posix()


def checksum(path: Path) -> dict:
    """Size and SHA-256 of a file; of a link or a device nothing, so that it is never what was expected."""
    if path.is_symlink() or not path.is_file():
        return {}
    with path.open("rb") as source:
        return {"size": os.fstat(source.fileno()).st_size, "sha256": hashlib.file_digest(source, "sha256").hexdigest()}


def copy(source: Path, target: Path, mode: int = 0o600) -> dict:
    """Copy a file to the disk, not only to its cache; the answer is the checksum of what was copied."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made, size = hashlib.sha256(), 0
    with open(source, "rb", opener=_no_link) as reader, open(target, "wb", opener=_private) as writer:
        while chunk := reader.read(CHUNK):
            made.update(chunk)
            size += writer.write(chunk)
        os.fchmod(writer.fileno(), mode)
        _flush(writer)
    return {"size": size, "sha256": made.hexdigest()}


def write(path: Path, text: str) -> None:
    """A small file, on the disk."""
    with open(path, "w", opener=_private) as writer:
        writer.write(text)
        _flush(writer)


def settle(path: Path) -> None:
    """Flush a file that another program wrote, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush(writer) -> None:
    writer.flush()
    os.fsync(writer.fileno())


def _no_link(path, flags) -> int:
    return os.open(path, flags | os.O_NOFOLLOW)


def _private(path, flags) -> int:
    return os.open(path, flags, 0o600)
