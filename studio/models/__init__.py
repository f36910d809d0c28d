"""Cuts, and the pages of text that staff edit."""

from studio.models.allowance import Allowance
from studio.models.cut import Cut, CutImage, SizedPicture, new_slug
from studio.models.document import Document
from studio.models.written_poem import WrittenPoem

__all__ = ["Allowance", "Cut", "CutImage", "Document", "SizedPicture", "WrittenPoem", "new_slug"]
