"""Stored files, and files to be stored."""

import io
import struct
import wave
import zlib
from pathlib import Path

import av
import numpy
from PIL import Image

from files import inspect, storing
from files.models import StoredFile


def make_stored(data=b"0123456789", content_type="image/png", extension=".png") -> StoredFile:
    return storing.keep(io.BytesIO(data), content_type=content_type, extension=extension)


def judged(path: Path, name="") -> inspect.Facts:
    """What it is said to be; what is written of it stands beside it."""
    return inspect.clean(path, path.with_name("judged"), name=name)


def png(size=(40, 30), colour="rebeccapurple", **options) -> bytes:
    """A picture of one colour; `options` go to Pillow."""
    return picture("PNG", size, colour, **options)


def picture(kind: str, size=(40, 30), colour="rebeccapurple", **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def wav(seconds=0.5, tone=440) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        times = numpy.arange(int(8000 * seconds)) / 8000
        writer.writeframes((numpy.sin(times * tone * 6.283) * 20000).astype("<i2").tobytes())
    return out.getvalue()


def film(path: Path, frames=12, size=(64, 48), codec="h264", container="mp4", **metadata) -> bytes:
    with av.open(str(path), "w", format=container) as out:
        out.metadata.update(metadata)
        stream = out.add_stream(codec, rate=12)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            pixels = numpy.full((size[1], size[0], 3), 20 * number % 256, dtype="uint8")
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode())
    return path.read_bytes()


def bomb(width=13_000, height=13_000) -> bytes:
    """A PNG of some kilobytes that claims, and holds, 169 megapixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 2) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
