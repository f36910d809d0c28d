"""Frames, styles and scenes: each draws, in any size; type is readable on whatever the picture holds."""

import numpy as np
import pytest
from PIL import Image

from artwork import frames, options, scenes, styles, texture
from artwork.options import InvalidOption
from artwork.styles import style

HARD = {
    "black": np.zeros((60, 48, 3), np.float32),
    "white": np.ones((60, 48, 3), np.float32),
    "squares": np.kron(np.indices((10, 8)).sum(0) % 2, np.ones((6, 6)))[..., None].repeat(3, -1).astype(np.float32),
}


@pytest.mark.parametrize("name", frames.DRAWINGS)
def test_a_frame_has_a_hole_for_the_picture_and_room_for_type(name):
    for size in ((216, 270), (108, 192)):
        framing = frames.draw(name, {}, size)
        alpha = np.asarray(framing.overlay.getchannel("A"))
        left, top, right, bottom = framing.room
        assert framing.overlay.size == size
        assert (alpha[top:bottom, left:right] < 60).all(), "type never lies under the frame"
        assert alpha[0].min() == alpha[-1].min() == alpha[:, 0].min() == 255
    assert frames.sample(name, {}, (108, 135)).size == (108, 135)


@pytest.mark.parametrize("name", styles.DRAWINGS)
def test_type_stands_out_from_any_picture(name):
    look = styles.look(name, {})
    ink = float(texture.luminance(texture.colour(look.ink)))
    for picture in HARD.values():
        treated = look.treat(picture)
        strength = look.strength(treated)
        under = texture.luminance(texture.mix(treated, look.paper, strength))
        assert min(style.contrast(ink, float(under.min())), style.contrast(ink, float(under.max()))) >= 4.5
    layer = look.backing((200, 250), (60, 90, 140, 160), 0.9, 0.3)
    assert np.asarray(layer.getchannel("A"))[90:160, 60:140].min() >= round(255 * 0.9) - 4, "as opaque as asked for"


@pytest.mark.parametrize("kind", ["frames", "styles"])
def test_every_number_and_word_of_an_option_draws(kind):
    for name, drawing in (frames if kind == "frames" else styles).DRAWINGS.items():
        for option, rule in drawing.options.items():
            for value in getattr(rule, "words", None) or [getattr(rule, "most", rule.default)]:
                if kind == "frames":
                    assert frames.draw(name, {option: value}, (72, 90)).overlay.size == (72, 90)
                else:
                    assert styles.look(name, {option: value}).treat(HARD["squares"]).shape == (60, 48, 3)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"leaf": "lead"}, "leaf is one of gold, silver, rose"),
        ({"width": 1000}, "width is a number from 50 to 130"),
        ({"width": True}, "width is a number"),
        ({"slip": "url(x)"}, "slip is a colour"),
        ({"glitter": 1}, "no option 'glitter' here; those that there are: leaf, width, slip"),
    ],
)
def test_options_are_checked(given, sentence):
    with pytest.raises(InvalidOption, match=sentence):
        options.settle(frames.DRAWINGS["gilded"].options, given)


def test_an_unknown_style_is_named():
    with pytest.raises(InvalidOption, match="There is no style"):
        styles.look("none", {})


@pytest.mark.parametrize("theme", scenes.THEMES)
def test_a_scene_is_the_same_for_the_same_seed_and_no_other(theme):
    pictures = [scenes.paint(seed, theme, "dusk", (80, 100)) for seed in (0, 1, 2, 2)]
    for picture in pictures:
        assert picture.size == (80, 100)
        assert np.ptp(np.asarray(picture.convert("L"))) > 60, "there is something to see"
    first, second, third, again = (picture.tobytes() for picture in pictures)
    assert len({first, second, third}) == 3 and third == again


@pytest.mark.parametrize("palette", scenes.PALETTES)
def test_every_palette_paints(palette):
    assert isinstance(scenes.paint(1, "nature", palette, (64, 80)), Image.Image)
