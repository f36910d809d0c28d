"""Keep and discard files. A row appears after its file is whole, and goes before its file goes."""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from django.db import transaction

from files import place
from files.models import StoredFile
from files.place import NoSpace

__all__ = ["NoSpace", "discard", "keep", "keeping", "local_copy"]
EXTENSION = re.compile(r"\.[a-z0-9]{1,8}")


def keep(source: BinaryIO | Path, *, content_type: str, extension: str) -> StoredFile:
    """Write the whole file under a random name, then its row. When anything fails, nothing stays.

    Call it outside a transaction: writing may take long. `keeping` undoes it when what follows fails.
    """
    if not EXTENSION.fullmatch(extension):
        raise ValueError(f"{extension!r} is no extension, such as .png")
    code = secrets.token_hex(16)
    name = f"{code[:2]}/{code}{extension}"
    size, sha256 = place.write(name, source)
    try:
        return StoredFile.objects.create(name=name, content_type=content_type, size=size, sha256=sha256)
    except BaseException:
        place.remove(name)
        raise


@contextmanager
def keeping() -> Iterator[Callable[..., StoredFile]]:
    """`with keeping() as keep:` a `keep` whose files all go again when the block fails."""
    kept: list[StoredFile] = []

    def keep_here(source, **facts) -> StoredFile:
        kept.append(keep(source, **facts))
        return kept[-1]

    try:
        yield keep_here
    except BaseException:
        for stored in kept:
            discard(stored)
        raise


def discard(stored: StoredFile) -> None:
    """Delete the row in the caller's transaction, and the file once that has committed."""
    with transaction.atomic():
        StoredFile.objects.filter(pk=stored.pk).delete()
        transaction.on_commit(partial(place.remove, stored.name), robust=True)


def local_copy(stored: StoredFile, copies: Path | None = None) -> AbstractContextManager[Path]:
    """The file as a path on this machine, for tools that need one; it must not be changed.

    Where files stand in a bucket it is a copy, in the folder `copies`, or where killed processes' leftovers are swept.
    Raises place.Gone.
    """
    return place.local_path(stored.name, copies)
