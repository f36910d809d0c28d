"""What a cut is made of, and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CREDIT = "Poem Vision AI"


@dataclass(frozen=True)
class Recipe:
    """Everything that a render needs. The images and the music are files that were checked before."""

    title: str
    author: str
    text: str
    language: str
    images: tuple[Path, ...]
    frame: str
    style: str
    frame_options: Mapping[str, Any] = field(default_factory=dict)
    style_options: Mapping[str, Any] = field(default_factory=dict)
    music: Path | None = None
    credit: str = CREDIT


@dataclass(frozen=True)
class Rendered:
    """The files of a cut."""

    video: Path
    poster: Path
    picture: Path
    print_sheet: Path
    duration_ms: int
    width: int
    height: int
