"""Reads of the catalog: what one may pick from, and what staff see of it."""

from catalog.queries.choices import categories, choices, frames, styles
from catalog.queries.library import LATEST, asset_uses, library, library_counts, my_assets, my_storage
from catalog.queries.poems import poems
from catalog.queries.public import (
    AT_ONCE,
    MOST,
    catalog_status,
    listed_images,
    listed_poems,
    offered_music,
    offered_pictures,
    public_images,
    public_poems,
)

__all__ = [
    "AT_ONCE",
    "LATEST",
    "MOST",
    "asset_uses",
    "catalog_status",
    "categories",
    "choices",
    "frames",
    "library",
    "library_counts",
    "listed_images",
    "listed_poems",
    "my_assets",
    "my_storage",
    "offered_music",
    "offered_pictures",
    "poems",
    "public_images",
    "public_poems",
    "styles",
]
