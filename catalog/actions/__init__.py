"""What staff do to the catalog. POST only."""

from catalog.actions.choices import add_choice, change_choice, place_choice, restore_choice, retire_choice
from catalog.actions.poems import add_poem, change_poem, restore_poem, retire_poem
from catalog.actions.public import add_images, list_poem, place_item, remove_item, restore_item, seed_poems

__all__ = [
    "add_choice",
    "add_images",
    "add_poem",
    "change_choice",
    "change_poem",
    "list_poem",
    "place_choice",
    "place_item",
    "remove_item",
    "restore_choice",
    "restore_item",
    "restore_poem",
    "retire_choice",
    "retire_poem",
    "seed_poems",
]
