"""What the MP4 of a render costs beside a bare ffmpeg command with the same inputs and output settings.

The bare command pans over the same picture with its own zoompan (at twice the size, or it would jerk), lays the same
cards and the same frame over it with fades, and encodes with the same words. Ours counts everything from the recipe on:
drawing the frame, treating the picture, setting the type. Both take turns, so that a busy machine is busy for both.
"""

import statistics
import sys
import tempfile
import time
import wave
from pathlib import Path

import numpy as np

ROUNDS, RATIO = 3, 1.3
POEM = """The lake has kept the evening light
and folds it, gently, into night.
A heron waits where reeds begin;
the far hills let the darkness in.

I came to say a word to you
that all the quiet water knew:
what leaves the shore is not yet gone –
it is the light we travel on."""


def main() -> int:
    """Measure and print; whether the target was missed."""
    from artwork import scenes
    from artwork.recipe import Recipe

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scenes.paint(3, "nature", "dawn").save(folder / "picture.png")
        _tone(folder / "music.wav")
        recipe = Recipe(
            title="Evening, Travelling",
            author="Poem Vision",
            text=POEM,
            language="en",
            images=(folder / "picture.png",),
            frame="gilded",
            style="candle-lit",
            music=folder / "music.wav",
        )
        return _compare(recipe, folder)


def _compare(recipe, folder: Path) -> bool:
    from artwork.compose import Composition
    from artwork.motion import Film
    from artwork.render import CLIP

    film = Film(Composition(recipe, CLIP))
    bare = _bare(film, recipe.music, folder)
    pairs = [(_timed(lambda: _ours(recipe, folder)), _timed(bare)) for _ in range(ROUNDS)]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    sizes = [(folder / name).stat().st_size / 1e6 for name in ("ours.mp4", "bare.mp4")]
    print(f"clip of {film.seconds:.1f} s, {CLIP[0]} × {CLIP[1]}")
    print(f"ours, from the recipe: {ours:.1f} s, {sizes[0]:.1f} MB")
    print(f"bare ffmpeg: {theirs:.1f} s, {sizes[1]:.1f} MB")
    print(f"ours / bare: {ratio:.2f} (target {RATIO})")
    return ratio > RATIO


def _timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ours(recipe, folder: Path) -> None:
    """As artwork.render does it."""
    from artwork import encode
    from artwork.compose import Composition
    from artwork.motion import Film
    from artwork.render import CLIP

    film = Film(Composition(recipe, CLIP))
    seconds = film.count / encode.FPS
    encode.clip(film.frames(), CLIP, seconds, recipe.music, folder / "ours.mp4", 600)


def _bare(film, music: Path, folder: Path):
    """One command: a still that pans, the ground, the cards and the frame as PNGs, the music."""
    from artwork import encode, ffmpeg

    composition, seconds = film.composition, film.count / encode.FPS
    composition.pictures[0].save(folder / "still.png")
    film.backing.save(folder / "ground.png")
    composition.framing.overlay.save(folder / "frame.png")
    inputs = ["-i", folder / "still.png", "-i", folder / "ground.png", "-i", folder / "frame.png"]
    width, height = composition.window
    still = composition.pictures[0]
    graph = [
        f"[0:v]scale={still.width * 2}:{still.height * 2},zoompan=z='1.01+0.1*on/{film.count}':x='(iw-iw/zoom)/2'"
        f":y='(ih-ih/zoom)/2':d={film.count}:s={width}x{height}:fps={encode.FPS}[moving]",
        "[1:v]loop=-1:1:0,fps=24,format=yuva420p,fade=in:d=1.1:alpha=1[ground]",
        "[moving][ground]overlay=shortest=1[b0]",
    ]
    for at, scene in enumerate(film.scenes):
        scene.layer.save(folder / f"card{at}.png")
        inputs += ["-i", folder / f"card{at}.png"]
        long = scene.end - scene.start
        graph.append(
            f"[{at + 3}:v]loop=-1:1:0,fps=24,trim=duration={long},format=yuva420p,fade=in:d=0.9:alpha=1,"
            f"fade=out:st={long - 0.6}:d=0.6:alpha=1,setpts=PTS+{scene.start}/TB[c{at}]"
        )
        graph.append(f"[b{at}][c{at}]overlay={scene.corner[0]}:{scene.corner[1]}:eof_action=pass[b{at + 1}]")
    left, top = composition.framing.window[:2]
    size = "{}:{}".format(*composition.size)
    graph.append(f"[b{len(film.scenes)}]pad={size}:{left}:{top}[padded];[padded][2:v]overlay,format=yuv420p[v]")
    sound = ["-map", f"{len(film.scenes) + 3}:a", "-af", f"loudnorm=I=-16,afade=out:st={seconds - 2.2}:d=2.2"]
    command = [*inputs, "-stream_loop", "-1", "-i", music, "-filter_complex", ";".join(graph), "-map", "[v]", *sound]
    command += [*encode.VIDEO, *encode.AUDIO, "-t", f"{seconds:.3f}", *encode.CONTAINER, folder / "bare.mp4"]
    return lambda: ffmpeg.run([str(word) for word in command], 600)


def _tone(path: Path) -> None:
    at = np.arange(44100 * 20) / 44100
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes((3000 * np.sin(2 * np.pi * 220 * at) * np.sin(at)).astype("<i2").tobytes())


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
