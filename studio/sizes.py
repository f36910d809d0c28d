"""What a cut can be taken away as: the clip, the picture, the print, and the picture in the sizes of the networks."""

import io
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from PIL import Image, ImageFilter

from files import links, storing


@dataclass(frozen=True)
class Download:
    """`file` is a field of the cut; with `size` it is the picture, fitted."""

    kind: str
    title: str
    note: str
    file: str = "picture"
    size: tuple[int, int] | None = None


DOWNLOADS = (
    Download("video", "Clip", "MP4", file="video"),
    Download("picture", "Framed picture", "PNG"),
    Download("print", "To print", "JPEG, 8 × 10 inches", file="print_sheet"),
    Download("square", "Square", "1080 × 1080", size=(1080, 1080)),
    Download("portrait", "Portrait", "1080 × 1350", size=(1080, 1350)),
    Download("story", "Story", "1080 × 1920", size=(1080, 1920)),
    Download("wide", "Link preview", "1200 × 630", size=(1200, 630)),
)
KINDS = {each.kind: each for each in DOWNLOADS}


def download(cut, kind: str) -> HttpResponse | FileResponse:
    """The file itself by a link that expires, or the picture in another size."""
    if kind not in KINDS:
        raise Http404
    wanted = KINDS[kind]
    stored = getattr(cut, wanted.file)
    if stored is None:
        raise Http404
    if wanted.size is None:
        return redirect(links.url(stored, filename=cut.title, download=True))
    with storing.local_copy(stored) as path, Image.open(path, formats=["PNG"]) as picture:
        response = HttpResponse(jpeg(fitted(picture.convert("RGB"), wanted.size)), content_type="image/jpeg")
    name = links.safe_name(f"{cut.title} {wanted.title}", "picture.jpg")
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


def fitted(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """All of the picture, on a soft and darker cover of itself."""
    scale = max(size[0] / picture.width, size[1] / picture.height) / 8
    small = picture.resize((round(picture.width * scale) + 1, round(picture.height * scale) + 1))
    cover = small.filter(ImageFilter.GaussianBlur(6)).point(lambda value: value * 0.72)
    sheet = cover.resize((cover.width * 8, cover.height * 8), Image.Resampling.BICUBIC)
    left, top = (sheet.width - size[0]) // 2, (sheet.height - size[1]) // 2
    sheet = sheet.crop((left, top, left + size[0], top + size[1]))
    room = (round(size[0] * 0.92), round(size[1] * 0.92))
    inner = picture.copy()
    inner.thumbnail(room, Image.Resampling.LANCZOS)
    sheet.paste(inner, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
    return sheet


def jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()


def networks(address: str, title: str) -> list[tuple[str, str]]:
    """Plain links that hand the address over: (network, where)."""
    words = f"{title} – a poem, as a picture that moves"
    return [
        ("WhatsApp", f"https://wa.me/?{urlencode({'text': f'{words} {address}'})}"),
        ("Facebook", f"https://www.facebook.com/sharer/sharer.php?{urlencode({'u': address})}"),
        ("X", f"https://x.com/intent/post?{urlencode({'url': address, 'text': words})}"),
        ("Pinterest", f"https://pinterest.com/pin/create/button/?{urlencode({'url': address, 'description': words})}"),
        ("E-mail", f"mailto:?{urlencode({'subject': title, 'body': address}).replace('+', '%20')}"),
    ]
