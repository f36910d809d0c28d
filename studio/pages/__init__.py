"""Full pages of this room, by whom they are for."""

from studio.pages.making import cut, make, my_cuts, overview, progress, studio, wish
from studio.pages.public import (
    download_cut,
    download_own_cut,
    frame_sample,
    home,
    shared_cut,
    shared_poster,
    shared_preview,
    shared_video,
    sitemap,
    style_sample,
    wall,
)
from studio.pages.staff import staff_cut, staff_cuts
from studio.pages.story import story

__all__ = [
    "cut",
    "download_cut",
    "download_own_cut",
    "frame_sample",
    "home",
    "make",
    "my_cuts",
    "overview",
    "progress",
    "shared_cut",
    "shared_poster",
    "shared_preview",
    "shared_video",
    "sitemap",
    "staff_cut",
    "staff_cuts",
    "story",
    "studio",
    "style_sample",
    "wall",
    "wish",
]
