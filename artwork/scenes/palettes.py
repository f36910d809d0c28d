"""Colours of the scenes: a sky from zenith to horizon, the light, what is far, what is near, two accents."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours that belong together, as #rrggbb."""

    sky: tuple[str, ...]
    light: str
    far: str
    near: str
    accent: str
    second: str
    dark: bool = False  # there are stars and lit windows


PALETTES = {
    "dawn": Palette(
        ("#3f5f8f", "#8fa3bd", "#f0c3a4", "#fbe3c0"), "#fff1d0", "#b9a3b4", "#2c3146", "#e8836b", "#f4b860"
    ),
    "day": Palette(("#3b7fb8", "#86bcd8", "#cfe6ea", "#f3f1e2"), "#fffbe8", "#a8c4cf", "#2b4a3d", "#e0693f", "#f0b93f"),
    "dusk": Palette(
        ("#1f1d4a", "#5b3a78", "#c65d6f", "#f7a862"), "#ffd9a0", "#8d5578", "#1b1530", "#ff7b54", "#ffc36b"
    ),
    "moonlit": Palette(
        ("#050b1f", "#0d2142", "#21466e", "#4f7d9c"), "#eef3ff", "#3a6080", "#050a16", "#f2c879", "#9fc3e8", True
    ),
    "ember": Palette(
        ("#2a0f1d", "#7a2433", "#d4572f", "#f8b04a"), "#ffe7a8", "#9b4034", "#1e0c12", "#ff5a36", "#ffd166"
    ),
    "mist": Palette(
        ("#8ea2a8", "#b4c2c2", "#d5dad2", "#eae6d8"), "#fffaf0", "#b3bfbe", "#2f4146", "#c9785d", "#d9b36c"
    ),
    "rose": Palette(
        ("#5a3f6e", "#a9688e", "#eaa3ab", "#fbd9cc"), "#fff0ea", "#b98aa6", "#3a2140", "#e0476f", "#f7b6a5"
    ),
    "autumn": Palette(
        ("#6f8ea3", "#b8bfae", "#ecd3a0", "#f8e6c0"), "#fff3d2", "#b8a58c", "#3b2a20", "#c8501f", "#e3a02d"
    ),
    "winter": Palette(
        ("#6d8bb0", "#a5bdd4", "#dbe4ea", "#f6ead9"), "#fff6e6", "#b6c6d6", "#33475e", "#b8493f", "#e9c27c"
    ),
    "spring": Palette(
        ("#6fa8cf", "#a9d0dc", "#e3ecdb", "#fbe9e0"), "#fffaf0", "#b4cdbd", "#3b5a41", "#e888a3", "#f6cf6d"
    ),
}
