"""What a text means, and changing it so that nobody overwrites another's words unseen."""

from django.db import transaction
from django.utils import timezone

from audit.models import record
from studio.models import Document
from tunables import values
from ui import prose

SUPPORT = "{support_email}"
LONGEST = 60_000


class Conflict(Exception):
    """Somebody saved another text since the form was shown. Holds the document as it is."""

    def __init__(self, document: Document):
        super().__init__(f"{document.title} was changed meanwhile")
        self.document = document


def blocks(text: str) -> list[prose.Block]:
    """As it is shown, with the address for questions where the text says so."""
    return prose.blocks(text.replace(SUPPORT, values.get("support_email")))


def save(slug: str, title: str, text: str, *, version: int, by) -> bool:
    """Save a text that was written over `version`; False when it is what stands there already."""
    with transaction.atomic():
        document = Document.objects.select_for_update(no_key=True).get(pk=slug)
        before, after = _kept(document.title, document.text), _kept(title, text)
        if before == after:
            return False
        conflict = version != document.version
        record(by, "document.conflicted" if conflict else "document.changed", document, before=before, after=after)
        if not conflict:
            document.title, document.text = title, text
            document.version += 1
            document.changed_at, document.changed_by = timezone.now(), by
            document.save()
    if conflict:
        raise Conflict(document)
    return True


def _kept(title: str, text: str) -> dict:
    """As the record keeps it: line by line, since it holds no line breaks."""
    return {"title": title, "text": text.split("\n")}
