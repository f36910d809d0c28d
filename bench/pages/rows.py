"""What the demo's public pages show: 24 pictures, 10 poems, a wall of 12 cuts. Run by bench_public_pages.py."""
# ruff: noqa: E402 (Django must be set up before its models can be imported)

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")

import django

django.setup()

from catalog.models import FrameDesign
from studio.tests import make

PICTURES, POEMS, CUTS, FRAMES = 24, 10, 12, 10
LINES = "The lake has kept the evening light\nand folds it, gently, into night.\n"


def main() -> None:
    for number in range(PICTURES):
        make.make_picture(title=f"A picture, the {number + 1}th", code=f"bench-{number}")
    for number in range(POEMS):
        make.make_poem(title=f"Evening, travelling {number + 1}", text=LINES * 6)
    for number in range(CUTS):
        make.make_cut(title=f"Evening, travelling {number + 1}", text=LINES * 6, shared=True, on_wall=True)
    if (frames := FrameDesign.objects.count()) < FRAMES:
        raise SystemExit(f"There are {frames} frames only")


if __name__ == "__main__":
    main()
