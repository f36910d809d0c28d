"""Links to files: signed, and good for one to two times `media_link_minutes`. Nobody reads a file without one.

Within a window the same file has the same link, so that browsers keep what they have. Whole lists and archives get
theirs for `AT_ONCE`: whoever asks for one follows it at once.
"""

import re
import time
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.core import signing
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.http import content_disposition_header

from files import place
from files.models import StoredFile
from tunables import values

SIGNER = signing.Signer(salt="files.links")
LONGEST = 100
AT_ONCE = 60  # seconds
# Controls, surrogates, what turns the direction of writing, and what some system does not allow in a name
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff/\\:*?"<>|%]+')


@dataclass(frozen=True)
class Link:
    """What a token says: which file, until when (seconds since 1970), under which name, shown or downloaded, and
    whether pages of other sites may show it, too."""

    pk: int
    expires: int
    filename: str
    download: bool
    everywhere: bool = False


def url(stored: StoredFile, *, filename="", download=False, everywhere=False, seconds: int | None = None) -> str:
    """A link to the file, for whoever may see it: whoever has the link can read the file until it expires.

    `everywhere`: pages of other sites may show it, too. `seconds`: how long it is good, where that is not the usual.
    """
    shown = safe_name(filename, stored.name) if filename or download else ""
    expires = int(time.time()) + seconds if seconds else _expiry(60 * values.get("media_link_minutes"))
    if place.folder() is None:
        return _presigned(stored.name, stored.content_type, disposition(shown, download), expires)
    said = [stored.pk, expires, shown, download, *([True] if everywhere else [])]
    return reverse("files:media", args=[SIGNER.sign_object(said)])


def read(token: str) -> Link | None:
    """What the token says, if it is one of ours and still good."""
    try:
        link = Link(*SIGNER.unsign_object(token))
    except signing.BadSignature:
        return None
    return link if link.expires > time.time() else None


def safe_name(filename: str, stored_name: str) -> str:
    """The file's name for people, with the extension that its content has, whatever was given."""
    extension = Path(stored_name).suffix
    plain = " ".join(UNSAFE.sub(" ", unicodedata.normalize("NFC", filename)).split())
    plain = plain[: -len(extension)] if plain.lower().endswith(extension) else plain
    stem = plain.strip(". ")[:LONGEST].strip(". ")
    return f"{stem or 'poem-vision'}{extension}"


def disposition(shown: str, download: bool) -> str:
    """The Content-Disposition header."""
    return content_disposition_header(download, shown) or "inline"


def _expiry(window: int) -> int:
    return (int(time.time()) // window + 2) * window


@lru_cache(maxsize=10_000)
def _presigned(name: str, content_type: str, disposition: str, expires: int) -> str:
    """The bucket's own signed link; kept, because the time of signing is part of it."""
    asked = {"ResponseContentType": content_type, "ResponseContentDisposition": disposition}
    return default_storage.url(name, parameters=asked, expire=expires - int(time.time()))
