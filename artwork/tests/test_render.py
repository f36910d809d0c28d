"""A recipe becomes files that play everywhere; what goes wrong leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from artwork import encode, ffmpeg, render, sizes
from artwork.compose import Composition
from artwork.motion import Film
from artwork.render import Unrenderable
from artwork.tests.make import make_music, make_picture, make_recipe
from tests.waiting import wait_until

SIZE, SHEET = (216, 270), (240, 300)


def _render(recipe, folder: Path, progress=lambda step, done: None):
    folder.mkdir(exist_ok=True)
    return render.render(recipe, folder, progress, SIZE, SHEET)


def _children() -> set[str]:
    return set().union(*(path.read_text().split() for path in Path("/proc/self/task").glob("*/children")))


@pytest.fixture(scope="module")
def heard():
    return []


@pytest.fixture(scope="module")
def cut(tmp_path_factory, heard):
    """Two pictures, music, two pages; text full of what ffmpeg and terminals would take for orders."""
    folder = tmp_path_factory.mktemp("cut")
    pictures = (make_picture(folder), make_picture(folder, "second.png", (300, 200)))
    text = "drawtext=text='x':enable=1,[0:v]\n%{pts}; \\n ${HOME} 'quoted' \x1b[2J\n\nשלום 🌙"
    recipe = make_recipe(folder, images=pictures, music=make_music(folder), text=text, style="candle-lit")
    return _render(recipe, folder / "out", lambda step, done: heard.append((step, done)))


def test_the_clip_is_what_players_expect(cut):
    with av.open(str(cut.video), format="mov") as clip:
        picture, sound = clip.streams.video[0], clip.streams.audio[0]
        assert (picture.codec_context.name, picture.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (picture.width, picture.height, int(picture.average_rate)) == (*SIZE, encode.FPS)
        assert (sound.codec_context.name, sound.rate, sound.channels) == ("aac", 44100, 2)
        for stream in (picture, sound):
            assert float(stream.duration * stream.time_base) == pytest.approx(cut.duration_ms / 1000, abs=0.06)
        seen = [frame.to_ndarray(format="gray") for frame in clip.decode(picture)]
    assert len(seen) == round(cut.duration_ms / 1000 * encode.FPS)
    assert abs(seen[60].astype(int) - seen[150]).mean() > 1, "cards change and the picture moves"
    raw = cut.video.read_bytes()
    assert raw.index(b"moov") < raw.index(b"mdat"), "it plays before it is whole"


def test_the_music_is_as_loud_as_everywhere(cut):
    assert ffmpeg.measure(cut.video).integrated == pytest.approx(ffmpeg.LOUDNESS, abs=1.0)


def test_the_stills(cut):
    with Image.open(cut.print_sheet) as sheet, Image.open(cut.picture) as picture, Image.open(cut.poster) as poster:
        assert (sheet.size, [round(dpi) for dpi in sheet.info["dpi"]], sheet.format) == (SHEET, [300, 300], "JPEG")
        assert (picture.size, picture.format, picture.mode) == ((128, 160), "PNG", "RGB")
        assert (poster.size, poster.format) == (SIZE, "JPEG")
    assert {path.name for path in cut.video.parent.iterdir()} == {"clip.mp4", "poster.jpg", "picture.png", "print.jpg"}


def test_progress_goes_step_by_step(cut, heard):
    steps = list(dict.fromkeys(step for step, _ in heard))
    assert steps == ["Setting the type", "Filming", "Printing the picture"]
    for step in steps:
        done = [at for name, at in heard if name == step]
        assert done == sorted(done) and done[0] >= 0 and done[-1] <= 1


def test_downloads_for_networks(cut, tmp_path):
    for name, size in (("square", (1080, 1080)), ("landscape", (1200, 630))):
        with Image.open(sizes.derive(cut.picture, name, tmp_path / name)) as derived:
            assert (derived.size, derived.format) == (size, "JPEG")


def test_a_story_keeps_the_sound(cut, tmp_path, monkeypatch):
    monkeypatch.setitem(sizes.SIZES, "story", (216, 384))
    story = sizes.story(cut.video, cut.poster, tmp_path / "story.mp4")
    with av.open(str(story), format="mov") as clip:
        assert (clip.streams.video[0].width, clip.streams.video[0].height, len(clip.streams.audio)) == (216, 384, 1)
        assert clip.duration / 1e6 == pytest.approx(cut.duration_ms / 1000, abs=0.1)
    assert list(tmp_path.iterdir()) == [story]


def test_without_title_author_or_music(tmp_path):
    recipe = make_recipe(tmp_path, title="", author="", credit="", text="one line")
    cut = _render(recipe, tmp_path / "out")
    with av.open(str(cut.video), format="mov") as clip:
        assert not clip.streams.audio
    assert cut.duration_ms < 6000


def test_cancelling_leaves_no_file_and_no_process(tmp_path):
    class Cancelled(Exception):
        pass

    def cancel(step, done):
        if step == "Filming" and done > 0.2:
            raise Cancelled

    before = _children()
    with pytest.raises(Cancelled):
        _render(make_recipe(tmp_path), tmp_path / "out", cancel)
    assert not list((tmp_path / "out").iterdir())
    assert _children() <= before


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"text": ""}, Unrenderable, "no text yet"),
        ({"text": "𓀀"}, Unrenderable, "No font of the house"),
        ({"images": ()}, Unrenderable, "Choose a picture"),
        ({"frame": "none"}, ValueError, "There is no frame drawing 'none'"),
        ({"style_options": {"ink": "red"}}, ValueError, "ink is a colour such as"),
        ({"style_options": {"ink": "#faf5ea"}}, ValueError, "hard to read"),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_sentence(tmp_path, changes, error, sentence):
    with pytest.raises(error, match=sentence):
        _render(make_recipe(tmp_path, **changes), tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_the_picture_moves_without_a_jerk(tmp_path):
    folder, pictures = tmp_path, tuple(make_picture(tmp_path, f"{at}.png") for at in range(3))
    film = Film(Composition(make_recipe(folder, images=pictures), SIZE))
    for at, picture in enumerate(film.composition.pictures):
        views = np.array([film.view(at, number / film.count) for number in range(film.count)])
        assert views.min() >= 0 and (views[:, 2:] <= picture.size).all()
        assert np.abs(np.diff(views, axis=0)).max() < 0.5, "fractions of a pixel from frame to frame"
        assert np.ptp(views[:, 0]) > 1, "but it does move"


def test_text_is_checked_before_anything_is_queued():
    render.check("Title", "", "שלום\n古池や 🌙", "he")
    with pytest.raises(Unrenderable, match="cuneiform"):
        render.check("Title", "𒀀", "text", "en")
    with pytest.raises(Unrenderable, match="10,000 lines"):
        render.check("", "", "line\n" * 10_000, "en")


def test_a_playlist_that_poses_as_music_reads_nothing(tmp_path):
    make_music(tmp_path)
    trick = tmp_path / "trick.mp3"
    trick.write_text(f"ffconcat version 1.0\nfile {tmp_path}/music.wav\n")
    with pytest.raises(ffmpeg.Failed):
        _render(make_recipe(tmp_path, music=trick), tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


ENDLESS = ["-re", "-f", "lavfi", "-i", "anullsrc", "-f", "null", "-"]
PAINTER = f"from artwork import ffmpeg; print(flush=True); ffmpeg.run({ENDLESS}, timeout=60)"


@pytest.mark.parametrize("kill", [os.killpg, os.kill], ids=["with its group", "alone"])
def test_whoever_dies_takes_the_encoder_along(kill):
    command = [sys.executable, "-c", PAINTER]
    painter = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own words
    with painter:
        painter.stdout.readline()
        wait_until(lambda: "ffmpeg" in _named(painter.pid), 10)
        encoder = int(Path(f"/proc/{painter.pid}/task/{painter.pid}/children").read_text())
        kill(painter.pid, signal.SIGKILL)
    wait_until(lambda: not _lives(encoder), 10)


def _named(pid: int) -> str:
    """What the first child of a process runs; nothing where it has just ended."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    try:
        return os.readlink(f"/proc/{children[0]}/exe") if children else ""
    except FileNotFoundError:
        return ""


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_takes_too_long_is_killed(tmp_path):
    before = _children()
    with pytest.raises(ffmpeg.Failed, match="longer than"):
        ffmpeg.run(ENDLESS, timeout=0.4)
    assert _children() <= before
