"""A virus scanner beside our own checks: clamd at CLAMAV_SOCKET, asked to INSTREAM. Off unless configured."""

import contextlib
import logging
import socket
import struct
from pathlib import Path

from django.conf import settings

from alerts.models import raise_alert
from files.formats import Refused, Unavailable
from tunables import values

CHUNK = 256 * 1024
PATIENCE = 60  # seconds for each step: a scan of a large file may take long
SILENT = "The virus scanner does not answer, so no file is taken in just now. Try again later."
log = logging.getLogger("files")


def check(path: Path) -> None:
    """Refuse a file in which the scanner finds something, and any file while the scanner does not answer.

    The last is staff's to choose: `take_unscanned_files`.
    """
    if not settings.CLAMAV_SOCKET:
        return
    try:
        answer = _scan(path)
    except OSError as error:
        answer = f"{error.strerror or error} ERROR"
    if answer.endswith("FOUND"):
        found = answer.removeprefix("stream:").removesuffix("FOUND").strip()[:80]
        log.warning("The virus scanner found %s in an upload", found)
        raise Refused(f"The virus scanner found something in this file ({found}). It was not kept.")
    if "size limit exceeded" in answer:
        raise Refused("This file is larger than the virus scanner looks at. It was not kept.")
    if answer != "stream: OK":
        log.error("The virus scanner does not answer: %s", answer)
        is_taken = values.get("take_unscanned_files")
        words = f"The virus scanner does not answer, so uploads are {'taken unscanned' if is_taken else 'refused'}"
        raise_alert("antivirus", words, answer, severity="bad")
        if not is_taken:
            raise Unavailable(SILENT)


def _scan(path: Path) -> str:
    """What clamd says of the file's bytes."""
    with _connected() as clamd, path.open("rb") as file:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has read enough, and says why
            clamd.sendall(b"zINSTREAM\0")
            while chunk := file.read(CHUNK):
                clamd.sendall(struct.pack(">L", len(chunk)) + chunk)
            clamd.sendall(struct.pack(">L", 0))
        answer = b""
        while not answer.endswith(b"\0") and (more := clamd.recv(4096)):
            answer += more
    return answer.rstrip(b"\0").decode(errors="replace").strip()


def _connected() -> socket.socket:
    """A path, or host:port."""
    where = settings.CLAMAV_SOCKET
    if not where.startswith("/"):
        host, _, port = where.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=PATIENCE)
    clamd = socket.socket(socket.AF_UNIX)
    clamd.settimeout(PATIENCE)
    try:
        clamd.connect(where)
    except OSError:
        clamd.close()
        raise
    return clamd
