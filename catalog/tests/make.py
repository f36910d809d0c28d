"""Assets without files, for what only reads rows."""

import secrets

from catalog.models import Asset
from files.models import StoredFile


def make_asset(**fields) -> Asset:
    kind = fields.setdefault("kind", "image")
    code = secrets.token_hex(16)
    content_type = {"image": "image/png", "music": "audio/mpeg", "video": "video/mp4"}[kind]
    stored = StoredFile.objects.create(name=f"no/{code}.bin", content_type=content_type, size=1000, sha256=code * 2)
    return Asset.objects.create(**{"title": "Autumn leaves", "file": stored, "checksum": stored.sha256, **fields})
