"""Reads of the catalog: what one may pick from, and what staff see of it."""

from catalog.queries.choices import categories, choices, frames, styles
from catalog.queries.library import curated
from catalog.queries.poems import poems
from catalog.queries.public import catalog_status, listed_images, listed_poems, public_images, public_poems

__all__ = [
    "catalog_status",
    "categories",
    "choices",
    "curated",
    "frames",
    "listed_images",
    "listed_poems",
    "poems",
    "public_images",
    "public_poems",
    "styles",
]
