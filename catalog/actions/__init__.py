"""What staff do to the catalog. POST only."""

from catalog.actions.choices import add_choice, change_choice, place_choice, restore_choice, retire_choice
from catalog.actions.library import (
    change_asset,
    delete_my_asset,
    replace_asset,
    restore_asset,
    restore_my_asset,
    retire_asset,
    upload_assets,
    upload_my_assets,
)
from catalog.actions.poems import add_poem, change_poem, restore_poem, retire_poem
from catalog.actions.public import add_images, list_poem, place_item, remove_item, restore_item, seed_poems

__all__ = [
    "add_choice",
    "add_images",
    "add_poem",
    "change_asset",
    "change_choice",
    "change_poem",
    "delete_my_asset",
    "list_poem",
    "place_choice",
    "place_item",
    "remove_item",
    "replace_asset",
    "restore_asset",
    "restore_choice",
    "restore_item",
    "restore_my_asset",
    "restore_poem",
    "retire_asset",
    "retire_choice",
    "retire_poem",
    "seed_poems",
    "upload_assets",
    "upload_my_assets",
]
