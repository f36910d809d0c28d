"""Poems and assets for tests: rows, with files that are named but not there."""

import secrets
import uuid

from catalog.models import Asset, FrameDesign, Poem, Style
from files.models import StoredFile
from studio.models import Cut

ROOM = "/admin/catalog/"
HTMX = {"HX-Request": "true"}


def make_file(**facts) -> StoredFile:
    name = f"aa/{secrets.token_hex(16)}.png"
    facts = {"content_type": "image/png", "size": 1, "sha256": "0" * 64, **facts}
    return StoredFile.objects.create(name=name, **facts)


def make_asset(title="A heron", *, kind=Asset.Kind.IMAGE, file=None, **facts) -> Asset:
    checksum = facts.pop("checksum", secrets.token_hex(32))
    file = file or make_file(content_type={"image": "image/png", "music": "audio/mpeg", "video": "video/mp4"}[kind])
    return Asset.objects.create(title=title, kind=kind, file=file, checksum=checksum, **facts)


def make_poem(title="Heron", text="Still.", **facts) -> Poem:
    return Poem.objects.create(title=title, text=text, **facts)


def make_cut(member, *, state=Cut.State.DONE, **facts) -> Cut:
    """A cut with the first frame and the first style."""
    files = {"video": make_file(), "picture": make_file()} if state == Cut.State.DONE else {}
    look = {"frame": FrameDesign.objects.first(), "style": Style.objects.first()}
    return Cut.objects.create(owner=member, form_key=uuid.uuid4(), state=state, service="poem", **files, **look | facts)
