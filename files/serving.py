"""Answer with a file of the folder: whole, or the part that a Range asks for."""

import re

from django.http import FileResponse, HttpResponse

from files import place
from files.models import StoredFile

RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
BLOCK = 64 * 1024


class Part:
    """A file that ends where the part that was asked for ends."""

    def __init__(self, file, start: int, length: int):
        file.seek(start)
        self.file, self.left, self.close = file, length, file.close

    def read(self, size: int = -1) -> bytes:
        chunk = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(chunk)
        return chunk


def answer(request, stored: StoredFile, etag: str) -> HttpResponse:
    """200, 206 or 416. Raises FileNotFoundError when the folder does not have it."""
    path = place.folder() / stored.name
    wanted = _range(request, stored.size, etag)
    if wanted == "unsatisfiable":
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{stored.size}"})
    start, length = wanted or (0, stored.size)
    if request.method == "HEAD":
        path.stat()
        response = HttpResponse(content_type=stored.content_type)
    else:
        file = path.open("rb")
        response = FileResponse(Part(file, start, length) if wanted else file, content_type=stored.content_type)
        response.block_size = BLOCK
    response.headers["Content-Length"] = str(length)
    if wanted:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{stored.size}"
    return response


def _range(request, size: int, etag: str) -> tuple[int, int] | str | None:
    """(start, length) of the one range asked for; None for the whole file: several ranges are answered with that."""
    asked = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if not asked or asked[0] == "bytes=-" or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = asked.groups()
    if len(first) > 18 or len(last) > 18:
        return "unsatisfiable"
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    if first and last and int(last) < int(first):
        return None
    return (start, end - start + 1) if start <= end else "unsatisfiable"
