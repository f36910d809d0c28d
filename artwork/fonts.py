"""Fonts out of packages (all SIL Open Font License 1.1), and which of them has a character."""

import importlib.util
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import ImageFont

from artwork.words import Unrenderable

# package → folder inside it
FOLDERS = {
    "eb": ("fontpkg_eb_garamond", "files/EBGaramond[wght].ttf"),
    "eb-italic": ("fontpkg_eb_garamond", "files/EBGaramond-Italic[wght].ttf"),
    "cormorant": ("fontpkg_cormorant_garamond", "files/CormorantGaramond[wght].ttf"),
    "cormorant-italic": ("fontpkg_cormorant_garamond", "files/CormorantGaramond-Italic[wght].ttf"),
    "josefin": ("fontpkg_josefin_sans", "files/JosefinSans[wght].ttf"),
    "josefin-italic": ("fontpkg_josefin_sans", "files/JosefinSans-Italic[wght].ttf"),
    "hebrew": ("fontpkg_frank_ruhl_libre", "files/FrankRuhlLibre[wght].ttf"),
    "arabic": ("fontpkg_amiri", "files/Amiri-Regular.ttf"),
    "japanese": ("pylopdf_fonts_jp", "NotoSerifJP-Regular.otf"),
    "chinese": ("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf"),
    "korean": ("pylopdf_fonts_ko", "NotoSerifKR-Regular.otf"),
    "emoji": ("manimgx_fonts", "NotoEmoji[wght].ttf"),
    "noto": ("manimgx_fonts", "NotoSans[wght].ttf"),
    "symbols": ("manimgx_fonts", "NotoSansSymbols[wght].ttf"),
}
SCRIPTS = ["Armenian", "Bengali", "Devanagari", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Kannada", "Khmer"]
SCRIPTS += ["Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thai"]
FOLDERS |= {script.lower(): ("manimgx_fonts", f"NotoSans{script}[wght].ttf") for script in SCRIPTS}
HAN = {"ja": "japanese", "ko": "korean", "zh": "chinese"}
REST = [
    "hebrew",
    "arabic",
    "japanese",
    "chinese",
    "korean",
    "eb",
    "noto",
    *(s.lower() for s in SCRIPTS),
    "symbols",
    "emoji",
]
INVISIBLE = {"\u200c", "\u200d", "\ufe0e", "\ufe0f"}
WEIGHTS = {"regular": 400, "medium": 500, "semibold": 600, "light": 300}
# Letters of these fonts are larger or smaller than a Garamond's at the same size
SCALE = {"japanese": 0.84, "chinese": 0.84, "korean": 0.86, "emoji": 0.86, "josefin": 0.86, "josefin-italic": 0.86}
SCALE |= {"hebrew": 0.96, "noto": 0.86, "symbols": 0.86} | {script.lower(): 0.86 for script in SCRIPTS}


@dataclass(frozen=True)
class Face:
    """A family at a weight; the rest of the chain follows from the language of the poem."""

    family: str = "eb"
    weight: str = "regular"
    italic: bool = False
    language: str = "en"

    @property
    def chain(self) -> list[str]:
        first = f"{self.family}-italic" if self.italic else self.family
        han = HAN.get(self.language.partition("-")[0].lower())
        return [first, *([han] if han else []), *(name for name in REST if name not in (first, han))]


def path(name: str) -> Path:
    """Where the file of a font is."""
    package, file = FOLDERS[name]
    return Path(importlib.util.find_spec(package).submodule_search_locations[0]) / file


@cache
def characters(name: str) -> frozenset[int]:
    """What a font has a glyph for."""
    with TTFont(path(name), lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=96)
def sized(name: str, size: float, weight: str) -> ImageFont.FreeTypeFont:
    """A font to draw with."""
    font = ImageFont.truetype(path(name), size * SCALE.get(name, 1), layout_engine=ImageFont.Layout.RAQM)
    if "[wght]" in FOLDERS[name][1]:
        axis = font.get_variation_axes()[0]
        font.set_variation_by_axes([min(axis["maximum"], max(axis["minimum"], WEIGHTS[weight]))])
    return font


@lru_cache(maxsize=4096)
def font_for(cluster: str, face: Face) -> str:
    """The first font of the chain that has the whole cluster (a letter with its accents, an emoji with its parts)."""
    needed = {ord(c) for c in cluster if c not in INVISIBLE and not 0xE0020 <= ord(c) < 0xE0080}
    chain = face.chain
    if "\ufe0f" in cluster or any(0x1F000 <= code < 0x20000 for code in needed):
        chain = ["emoji", *chain]
    for name in chain:
        if needed <= characters(name):
            return name
    raise Unrenderable(_sentence(cluster))


def _sentence(cluster: str) -> str:
    letter = next((c for c in cluster if not any(ord(c) in characters(name) for name in FOLDERS)), cluster[0])
    name = unicodedata.name(letter, "a character without a name").lower()
    return (
        f"No font of the house has “{letter}” (U+{ord(letter):04X}, {name}); leave it out or write it in another way."
    )
