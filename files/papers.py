"""Papers that prove something, such as a provider's invoice: a PDF, a picture or a CSV.

They are kept as they came, byte by byte, and only ever handed out again: nothing here opens them.
"""

from pathlib import Path
from typing import BinaryIO

from files import antivirus, formats, place
from files.formats import HEAD, IMAGE, Format, Refused
from files.models import StoredFile
from tunables import values

PDF = Format("PDF", "paper", "", "application/pdf", ".pdf")
CSV = Format("CSV", "paper", "", "text/csv", ".csv")
ACCEPT = ".pdf,.csv,.png,.jpg,.jpeg,.webp,.gif"
WRONG = "This is not a kind of file that is taken. Send a PDF, a CSV or a picture (JPEG, PNG, WebP, GIF)."


def takes_papers(view):
    """Mark a view whose form has one; as `files.uploads.takes_files`, for papers."""
    view.takes_files = _limit
    return view


def keep(upload: BinaryIO, keep_file) -> StoredFile:
    """The paper in the storage, by the `keep_file` of storing.keeping. Raises Refused with a sentence, or NoSpace."""
    upload.seek(0)
    found = sniff(upload.read(HEAD))
    if found is CSV:
        _check_text(upload)
    antivirus.check(Path(upload.temporary_file_path()))
    return keep_file(upload, content_type=found.content_type, extension=found.extension)


def sniff(head: bytes) -> Format:
    """What it is, by its first bytes; the name that it came with says nothing. Raises Refused."""
    if head.startswith(b"%PDF-"):
        return PDF
    try:
        found = formats.sniff(head)
    except Refused:
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"{")) or not _is_text(head):
            raise Refused(WRONG) from None
        return CSV
    if found.kind != IMAGE:
        raise Refused(WRONG)
    return found


def _limit(head: bytes, name: str = "") -> int:
    """The largest size of what begins so; Refused for all else."""
    sniff(head)
    return values.get("upload_image_mb") * place.MEGABYTE


def _is_text(head: bytes) -> bool:
    """Whether these are letters: no control but tabs and line ends. The last letter may be cut off."""
    return bool(head) and not any(byte < 32 and byte not in b"\t\r\n" for byte in head)


def _check_text(upload: BinaryIO) -> None:
    upload.seek(0)
    while chunk := upload.read(place.CHUNK):
        if not _is_text(chunk):
            raise Refused(WRONG)
