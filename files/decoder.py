"""Looks into one untrusted file, as a process of its own that may be killed: it knows no setting and no secret,
and no network where the kernel allows that.

decoder.py '{"kind": …, "reader": …, "path": …, "out": …, "preview": …, limits}' prints {"facts": …}, {"refused": …}
or, when the disk is, {"full": …}.
It imports nothing of the project. Pictures are drawn onto a fresh canvas; sound and film are copied packet by packet
into a fresh container: what is not picture or sound (comments, places, covers, appended files) is left behind.
"""

import ctypes
import errno
import io
import json
import os
import resource
import sys
import warnings

NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000  # linux/sched.h
LONGEST_SIDE, PREVIEW = 6000, 640
VIDEO_CODECS = {"h264", "vp8", "vp9"}
MUSIC_CODECS = {"aac", "mp3", "mp3float", "flac", "vorbis", "opus"}
BARS, BAR_HEIGHT, INK = 96, 180, (124, 96, 238, 255)


class Refused(Exception):
    """The message is a sentence for whoever sent the file."""


def main(asked: dict) -> dict:
    """Look at the file, and write it and its preview anew where asked."""
    for limit, value in (("AS", asked["memory"]), ("CPU", asked["cpu"]), ("FSIZE", asked["written"]), ("CORE", 0)):
        resource.setrlimit(getattr(resource, f"RLIMIT_{limit}"), (value, value))
    os.nice(max(0, 10 - os.nice(0)))  # the pages come first
    leave_network()
    warnings.simplefilter("ignore")
    look = {"image": picture, "music": sound, "video": film}[asked["kind"]]
    try:
        return {"facts": look(asked)}
    except Refused as sentence:
        return {"refused": str(sentence)}
    except MemoryError:
        return {"refused": "It takes too much memory to read this file."}
    except Exception as error:  # whatever a decoder raises, the file is at fault, unless the disk is
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            return {"full": repr(error)}
        return {"refused": "The file cannot be read: it is damaged, cut off, or not what it seems.", "why": repr(error)}


def leave_network() -> bool:
    """Go where there is no network, if the kernel lets us: a decoder that is made to do anything reaches nobody.

    As root a network namespace suffices; others need a user namespace for it. Call it before there are threads.
    """
    unshare = ctypes.CDLL(None).unshare
    return unshare(NEW_NETWORK) == 0 or unshare(NEW_USER | NEW_NETWORK) == 0


def picture(asked: dict) -> dict:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # the limit is ours, and comes before anything is decoded
    with Image.open(asked["path"], formats=(asked["reader"],)) as image:
        _check_size(image, asked)
        image.load()
        facts = {"width": image.width, "height": image.height}
        if asked["out"]:
            clean = _on_fresh_canvas(image)
            facts = {"width": clean.width, "height": clean.height, "written": _save(clean, image.format, asked["out"])}
            if asked["preview"]:
                _save_preview(clean, asked["preview"])
    return facts


def _check_size(image, asked: dict) -> None:
    pixels = image.width * image.height
    if pixels > asked["pixels"]:
        raise Refused(
            f"The picture has {pixels / 1e6:,.0f} megapixels; at most {asked['pixels'] / 1e6:,.0f} are taken."
        )
    frames = getattr(image, "n_frames", 1)
    if frames > asked["frames"]:
        raise Refused(f"The picture has {frames:,} frames; at most {asked['frames']:,} are taken.")


def _on_fresh_canvas(image):
    """The first frame as it should look: turned upright, in sRGB, and nothing else of the file."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(image)
    mode = "RGBA" if upright.has_transparency_data else "RGB"
    upright = _in_srgb(upright).convert(mode)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    canvas = Image.new(mode, upright.size)
    canvas.paste(upright)
    return canvas


def _in_srgb(image):
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        into = {"RGBA": "RGBA"}.get(image.mode, "RGB")
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=into)
    except ImageCms.PyCMSError:  # a broken profile says nothing about the picture
        return image


def _save(canvas, source: str, path: str) -> str:
    """What was lossless stays so, and only PNG can be seen through."""
    if canvas.mode == "RGBA" or source == "PNG":
        _write(canvas, path, "PNG")
        return "PNG"
    _write(canvas, path, "JPEG", quality=92, optimize=True, progressive=True)
    return "JPEG"


def _write(image, path: str, kind: str, **options) -> None:
    """By way of memory: Pillow's encoders do not tell that the disk is full."""
    made = io.BytesIO()
    image.save(made, kind, **options)
    with open(path, "wb") as file:
        file.write(made.getbuffer())


def _save_preview(canvas, path: str) -> None:
    small = canvas.copy()
    small.thumbnail((PREVIEW, PREVIEW))
    _write(small, path, "WEBP", quality=80)


def sound(asked: dict) -> dict:
    with _open(asked) as source:
        stream = next(iter(source.streams.audio), None)
        if stream is None:
            raise Refused("There is no sound in this file.")
        name = stream.codec_context.name
        if name not in MUSIC_CODECS and not name.startswith("pcm_"):
            raise Refused(f"The sound is coded as {name}, which not every browser plays. Save it as MP3.")
        taken = (stream.index,)
        samples, peaks = _listen(source, stream, asked)
    duration = samples * 1000 // stream.rate
    if not duration:
        raise Refused("There is no sound in this file.")
    if asked["out"]:
        _copy_streams(asked, taken)
        if asked["preview"]:
            _draw_wave(peaks, asked["preview"])
    return {"duration_ms": duration}


def _open(asked: dict):
    """The demuxer is forced: FFmpeg's own guess would follow a playlist that is called a video to other files."""
    import av

    av.logging.set_level(av.logging.PANIC)
    return av.open(asked["path"], format=asked["reader"], options={"protocol_whitelist": "file"})


def _listen(source, stream, asked: dict) -> tuple[int, list[float]]:
    """Decode all of it: (samples, the loudest sample of each tenth of a second)."""
    import av

    resampler = av.AudioResampler(format="s16", layout="mono", rate=stream.rate)
    block, samples, peaks, loudest = max(stream.rate // 10, 1), 0, [], 0
    for frame in source.decode(stream):
        for part in resampler.resample(frame):
            loudest = max(loudest, int(abs(part.to_ndarray().astype("int32")).max(initial=0)))
            samples += part.samples
            if samples // block > len(peaks):
                peaks += [loudest / 32768] * (samples // block - len(peaks))
                loudest = 0
        if samples > asked["seconds"] * stream.rate:
            raise Refused(f"It is longer than {asked['seconds'] // 60} minutes.")
    return samples, peaks or [loudest / 32768]


def _draw_wave(peaks: list[float], path: str) -> None:
    from PIL import Image, ImageDraw

    step, top = PREVIEW / BARS, max(*peaks, 0.01)
    image = Image.new("RGBA", (PREVIEW, BAR_HEIGHT))
    pen = ImageDraw.Draw(image)
    for bar in range(BARS):
        first, last = (len(peaks) * at // BARS for at in (bar, bar + 1))
        height = max(6, (max(peaks[first : max(last, first + 1)]) / top) * (BAR_HEIGHT - 12))
        left, middle = bar * step, BAR_HEIGHT / 2
        pen.rounded_rectangle((left + 1, middle - height / 2, left + step - 2, middle + height / 2), 2, fill=INK)
    _write(image, path, "WEBP", lossless=True)


def film(asked: dict) -> dict:
    with _open(asked) as source:
        stream = next((each for each in source.streams.video if not each.disposition & 0x400), None)
        if stream is None:
            if source.streams.audio and asked["reader"] == "mp4":
                return {"instead": "music"}
            raise Refused("There is no picture in this video.")
        name = stream.codec_context.name
        if name not in VIDEO_CODECS:
            name = {"hevc": "H.265", "libdav1d": "AV1"}.get(name, name)
            raise Refused(f"The video is coded as {name}, which not every browser plays. Save it as H.264.")
        if stream.width * stream.height > asked["film_pixels"]:
            raise Refused(f"The video is {stream.width} × {stream.height}; at most 4096 × 2304 are taken.")
        sound = _sound_of_film(source)
        taken = tuple(each.index for each in (stream, sound) if each)
        duration = _duration(source, taken)
        if duration > asked["seconds"] * 1000:
            raise Refused(f"It is longer than {asked['seconds'] // 60} minutes.")
        still = _still(source, stream, duration)
    if asked["out"]:
        _copy_streams(asked, taken)
        if asked["preview"]:
            _save_preview(still.convert("RGB"), asked["preview"])
    return {"width": still.width, "height": still.height, "duration_ms": duration}


def _sound_of_film(source):
    """The sound that is kept with it, if there is any."""
    stream = next(iter(source.streams.audio), None)
    name = stream and stream.codec_context.name
    if stream and name not in MUSIC_CODECS:
        raise Refused(f"The sound of the video is coded as {name}, which not every browser plays. Save it as AAC.")
    return stream


def _duration(source, taken: tuple[int, ...]) -> int:
    """By the packets, not by what the header claims; every one of them is read."""
    last = 0.0
    for packet in source.demux([source.streams[index] for index in taken]):
        if packet.pts is not None:
            last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    return round(last * 1000)


def _still(source, stream, duration: int):
    """A picture from the first third, decoded: a video that shows nothing is none."""
    source.seek(int(duration / 3000 * 1_000_000), backward=True)
    frame = next(source.decode(stream), None)
    if frame is None:
        raise Refused("No picture of this video can be read.")
    return frame.to_image()


def _copy_streams(asked: dict, indexes: tuple[int, ...]) -> None:
    """The same packets in a fresh container, without metadata and without any other stream."""
    import av

    options = {"fflags": "+bitexact", **({"movflags": "+faststart"} if asked["reader"] == "mp4" else {})}
    options |= {"id3v2_version": "0"} if asked["reader"] == "mp3" else {}
    with _open(asked) as source, av.open(asked["out"], "w", format=asked["reader"], options=options) as target:
        taken = [source.streams[index] for index in indexes]
        made = {stream.index: target.add_stream_from_template(stream) for stream in taken}
        for stream in made.values():
            stream.metadata.clear()
        for packet in source.demux(*taken):
            if packet.dts is not None:
                packet.stream = made[packet.stream.index]
                target.mux(packet)


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
