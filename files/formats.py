"""What a file is, by its first bytes. Names and types that a browser sends are never believed."""

from dataclasses import dataclass
from pathlib import PurePath

HEAD = 512  # bytes that suffice
IMAGE, MUSIC, VIDEO = "image", "music", "video"


class Refused(Exception):
    """This file is not taken; the message is a sentence for whoever sent it."""


class Unavailable(Refused):
    """Not now: nothing is wrong with the file, which may be taken later."""


class Busy(Unavailable):
    """Others are being looked at; soon it is taken."""

    def __init__(self):
        super().__init__("Other files are being looked at just now. Send it again in a few seconds.")


@dataclass(frozen=True)
class Format:
    """`reader` is the one decoder that may touch it: a plugin of Pillow or a demuxer of FFmpeg."""

    name: str
    kind: str
    reader: str
    content_type: str
    extension: str


JPEG = Format("JPEG", IMAGE, "JPEG", "image/jpeg", ".jpg")
PNG = Format("PNG", IMAGE, "PNG", "image/png", ".png")
GIF = Format("GIF", IMAGE, "GIF", "image/gif", ".gif")
WEBP = Format("WebP", IMAGE, "WEBP", "image/webp", ".webp")
MP3 = Format("MP3", MUSIC, "mp3", "audio/mpeg", ".mp3")
WAV = Format("WAV", MUSIC, "wav", "audio/wav", ".wav")
FLAC = Format("FLAC", MUSIC, "flac", "audio/flac", ".flac")
OGG = Format("Ogg", MUSIC, "ogg", "audio/ogg", ".ogg")
M4A = Format("M4A", MUSIC, "mp4", "audio/mp4", ".m4a")
MP4 = Format("MP4", VIDEO, "mp4", "video/mp4", ".mp4")
WEBM = Format("WebM", VIDEO, "webm", "video/webm", ".webm")

BROKEN = "The file cannot be read: it is damaged, cut off, or not what it seems."
TAKEN_BY_CUTS = "Pictures: JPEG, PNG, WebP, GIF. Music: MP3, WAV, FLAC, Ogg, M4A."
TAKEN = f"{TAKEN_BY_CUTS} Videos: MP4, MOV, WebM."
NAMES = {
    ".jpg .jpeg .jfif .png .gif .webp": IMAGE,
    ".mp3 .wav .flac .ogg .oga .opus .m4a": MUSIC,
    ".mp4 .m4v .mov .webm": VIDEO,
}
EXTENSIONS = {extension for group in NAMES for extension in group.split()}
ACCEPT = ",".join(sorted(EXTENSIONS))
ACCEPT_FOR_CUTS = ",".join(sorted(" ".join(group for group, kind in NAMES.items() if kind != VIDEO).split()))
KINDS = {extension: kind for group, kind in NAMES.items() for extension in group.split()}

_STARTS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"ID3", MP3),
    (b"fLaC", FLAC),
    (b"OggS", OGG),
)
_REFUSED_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC"}
_REFUSED_STARTS = (
    (b"%PDF", "This is a PDF. Save the page that you want as a picture."),
    (b"ffconcat", "This is a list of other files, not the music or video itself."),
    (b"#EXTM3U", "This is a playlist that points at other files, not the music or video itself."),
    (b"[playlist]", "This is a playlist that points at other files, not the music or video itself."),
    (b"PK\x03\x04", "This is a ZIP archive. Unpack it and choose the files inside."),
    (b"MZ", "This is a program."),
    (b"\x7fELF", "This is a program."),
)


def sniff(head: bytes, name: str = "") -> Format:
    """The format, or Refused. `name`, if given, may not claim to be something that we do not take."""
    if not head:
        raise Refused("The file is empty.")
    found = _by_bytes(head)
    extension = PurePath(name).suffix.lower()
    if extension and extension not in EXTENSIONS:
        raise Refused(f"The name ends in {extension[:12]}, the content is {found.name}. Give it a name that fits.")
    return found


def _by_bytes(head: bytes) -> Format:
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if head[4:8] == b"ftyp":
        return _by_brand(head[8:12])
    if head.startswith(b"RIFF") and head[8:12] in (b"WEBP", b"WAVE"):
        return WEBP if head[8:12] == b"WEBP" else WAV
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return WEBM
    if head[0] == 0xFF and len(head) > 1 and head[1] & 0xE6 == 0xE2:  # a frame of MPEG audio, layer III
        return MP3
    raise Refused(_why(head))


def _by_brand(brand: bytes) -> Format:
    if brand in _REFUSED_BRANDS:
        raise Refused(f"Pictures in {_REFUSED_BRANDS[brand]} are not taken. Save it as JPEG or PNG.")
    return M4A if brand in (b"M4A ", b"M4B ") else MP4


def _why(head: bytes) -> str:
    for start, sentence in _REFUSED_STARTS:
        if head.startswith(start):
            return sentence
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<svg") or (text.startswith(b"<") and b"<svg" in text):
        return "SVG pictures can carry programs, so they are not taken. Save it as PNG."
    if text.startswith(b"<"):
        return "This is a page of HTML or XML, not a picture, music or video."
    return f"This is no kind of file that we know. {TAKEN}"
