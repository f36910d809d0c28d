"""What a cut can be taken away as: the clip, the picture, the print, and the picture in the sizes of the networks.

Those sizes are made when somebody first asks for one, one at a time in a process, and then kept like the other files.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Lock
from urllib.parse import urlencode

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from artwork import sizes
from files import links, missing, place, storing
from files.models import StoredFile
from studio.models import Cut, SizedPicture
from ui import errors

PATIENCE = 1  # seconds that a request waits for the picture of another
_BENCH, _PLACES = Lock(), BoundedSemaphore(2)  # one works and one waits; more would keep threads from the pages


@dataclass(frozen=True)
class Download:
    """`file` is a field of the cut; without one `kind` is a size of artwork/sizes.py."""

    kind: str
    title: str
    note: str
    file: str = ""


DOWNLOADS = (
    Download("video", "Clip", "MP4", "video"),
    Download("picture", "Framed picture", "PNG", "picture"),
    Download("print", "To print", "JPEG, 8 × 10 inches", "print_sheet"),
    Download("square", "Square", "1080 × 1080"),
    Download("portrait", "Portrait", "1080 × 1350"),
    Download("story", "Story picture", "1080 × 1920"),
    Download("landscape", "Link preview", "1200 × 630"),
)
KINDS = {each.kind: each for each in DOWNLOADS}
STORY_CLIP = Download("story-clip", "Story clip", "MP4, 1080 × 1920")  # takes longer: studio/stories.py


def download(cut: Cut, kind: str, request) -> HttpResponse:
    """The way to the file, by a link that expires; 503 when too many ask for what must be made first.

    404 for what is no download, and with a sentence where the picture that it is made of has gone.
    """
    wanted = STORY_CLIP if kind == STORY_CLIP.kind else KINDS.get(kind)
    if wanted is None:
        raise Http404
    try:
        stored = getattr(cut, wanted.file) if wanted.file else picture(cut, kind)
    except (TimeoutError, storing.NoSpace):
        return errors.answer(request, 503, headers={"Retry-After": "2"})
    except place.Gone:
        return missing.answer(request, cut.picture)
    if stored is None:
        raise Http404
    title = cut.title if wanted.file else f"{cut.title} {wanted.title}"
    return redirect(links.url(stored, filename=title, download=True))


def picture(cut: Cut, kind: str) -> StoredFile | None:
    """The picture in this size, made now if it has not been. Raises TimeoutError, storing.NoSpace and place.Gone."""
    return kept(cut, kind) or _made(cut, kind)


def kept(cut, kind: str) -> StoredFile | None:
    """The file of this size, if it has been made."""
    found = SizedPicture.objects.filter(cut=cut, size=kind).select_related("file").first()
    return found and found.file


def _made(cut, kind):
    """Make it and keep it; another process may be faster. None when the cut is deleted meanwhile, or nothing to ask."""
    if kind not in sizes.SIZES:
        return None
    with _bench():
        if stored := kept(cut, kind):
            return stored
        with (
            tempfile.TemporaryDirectory(dir=place.waiting_room()) as folder,
            storing.local_copy(cut.picture) as picture,
            storing.keeping() as keep,
        ):
            out = sizes.derive(picture, kind, Path(folder, "picture.jpg"))
            return note(cut, kind, keep(out, content_type="image/jpeg", extension=".jpg"))


@contextmanager
def _bench() -> Iterator[None]:
    """A turn to make one. Raises TimeoutError, at once where somebody waits already."""
    if not _PLACES.acquire(blocking=False):
        raise TimeoutError
    try:
        if not _BENCH.acquire(timeout=PATIENCE):
            raise TimeoutError
        try:
            yield
        finally:
            _BENCH.release()
    finally:
        _PLACES.release()


@transaction.atomic
def note(cut, kind: str, stored: StoredFile) -> StoredFile | None:
    """Write down that the cut has this size; of two, the first stays. None when the cut is gone."""
    there = Cut.objects.select_for_update(no_key=True).filter(pk=cut.pk, picture=cut.picture_id).exists()
    if there and not (before := kept(cut, kind)):
        SizedPicture.objects.create(cut=cut, size=kind, file=stored)
        return stored
    storing.discard(stored)
    return before if there else None


def networks(address: str, title: str) -> list[tuple[str, str]]:
    """Plain links that hand the address over: (network, where)."""
    words = f"{title} – a poem, as a picture that moves"
    return [
        ("WhatsApp", f"https://wa.me/?{urlencode({'text': f'{words} {address}'})}"),
        ("Facebook", f"https://www.facebook.com/sharer/sharer.php?{urlencode({'u': address})}"),
        ("X", f"https://x.com/intent/post?{urlencode({'url': address, 'text': words})}"),
        ("Pinterest", f"https://pinterest.com/pin/create/button/?{urlencode({'url': address, 'description': words})}"),
        ("E-mail", f"mailto:?{urlencode({'subject': title, 'body': address}).replace('+', '%20')}"),
    ]
