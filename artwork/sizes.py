"""The sizes that networks want, out of a framed picture or a clip: nothing is cut off, a soft copy fills the rest."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from artwork import encode, ffmpeg, texture

SIZES = {
    "square": (1080, 1080),
    "portrait": (1080, 1350),
    "story": (1080, 1920),
    "landscape": (1200, 630),  # Open Graph
}
MARGIN = 0.045


def picture(source: Path, size: tuple[int, int]) -> Image.Image:
    """A framed picture in another shape, hung on a wall in its own colours."""
    with Image.open(source) as opened:
        framed = opened.convert("RGB")
    if abs(framed.width / framed.height - size[0] / size[1]) < 0.01:
        return framed.resize(size, Image.Resampling.LANCZOS)
    wall = _wall(framed, size)
    room = tuple(round(side - 2 * MARGIN * min(size)) for side in size)
    hung = ImageOps.contain(framed, room, Image.Resampling.LANCZOS)
    left, top = (size[0] - hung.width) // 2, (size[1] - hung.height) // 2
    shadow = Image.new("L", size)
    drop = round(min(size) * 0.012)
    ImageDraw.Draw(shadow).rectangle((left, top + drop, left + hung.width, top + drop + hung.height), fill=190)
    wall.paste("#000000", (0, 0), texture.blur(shadow, min(size) * 0.022))
    wall.paste(hung, (left, top))
    return wall


def derive(source: Path, name: str, out: Path) -> Path:
    """One of SIZES as a JPEG."""
    picture(source, SIZES[name]).save(out, "JPEG", quality=88, optimize=True, progressive=True)
    return out


def story(clip: Path, poster: Path, out: Path, timeout: float = 300) -> Path:
    """A clip as a story: 1080 × 1920, in the middle of a wall made of its poster, its sound as it was."""
    width, height = SIZES["story"]
    with Image.open(poster) as opened:
        wall = _wall(opened.convert("RGB"), (width, height))
    background = out.with_suffix(".wall.png")
    try:
        wall.save(background, compress_level=1)
        inner = width - 2 * round(MARGIN * width / 2) * 2
        graph = (
            f"[1:v]scale={inner}:-2:flags=bicubic[clip];[0:v][clip]overlay=(W-w)/2:(H-h)/2:format=yuv420,format=yuv420p"
        )
        still = [*ffmpeg.FILES, "-f", "image2", "-pattern_type", "none", "-i", f"file:{background}"]
        inputs = [*still, *ffmpeg.source(clip, suffix=".mp4")]
        streams = ["-filter_complex", graph, "-map", "1:a?", "-c:a", "copy"]
        ffmpeg.run([*inputs, *streams, *encode.VIDEO, *encode.CONTAINER, f"file:{out}"], timeout)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    finally:
        background.unlink(missing_ok=True)
    return out


def _wall(source: Image.Image, size: tuple[int, int]) -> Image.Image:
    """What is in the middle of the picture, out of focus and darkened."""
    w, h = source.size
    middle = source.crop((round(w * 0.18), round(h * 0.18), round(w * 0.82), round(h * 0.82)))
    soft = texture.blur(ImageOps.fit(middle, size), min(size) * 0.06)
    pixels = texture.array(soft) * 0.62
    x, y = texture.grid(size)
    pixels *= (1 - 0.45 * ((x - 0.5) ** 2 + (y - 0.5) ** 2) * 2)[..., None]
    return texture.image(pixels + (0.012 * texture.grain(size, 4))[..., None])
