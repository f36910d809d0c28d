"""What cuts are made of: categories, frame designs, styles, poems, assets, and what visitors may pick from."""

from catalog.models.asset import Asset, new_code
from catalog.models.choice import Category, FrameDesign, Genre, Mood, Style
from catalog.models.poem import Poem
from catalog.models.public import PublicItem

__all__ = ["Asset", "Category", "FrameDesign", "Genre", "Mood", "Poem", "PublicItem", "Style", "new_code"]
