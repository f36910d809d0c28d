"""A picture from a poem, by anything that speaks OpenAI's images."""

import base64

from django.conf import settings

from poemvision.outside import Provider
from studio.generation import calls

LONGEST_POEM = 1500  # characters
MOST = 32 * 1024 * 1024  # bytes of the answer, which holds the picture as text
LOOK = "A picture for the poem below, as {style}. No text, no letters, no frame in it. The poem:\n\n{poem}"


def available() -> bool:
    """Whether there is a model, and its key."""
    return bool(settings.IMAGE_MODEL_KEY and settings.IMAGE_MODEL)


def paint(poem: str, style: str, key: str, cut_id: int | None = None) -> bytes:
    """The picture as it came: whoever keeps it looks at it first. Raises calls.Failed with a sentence."""
    body = {
        "model": settings.IMAGE_MODEL,
        "prompt": LOOK.format(style=style[:100] or "a painting", poem=poem[:LONGEST_POEM]),
        "n": 1,
        "size": "1024x1024",
    }
    if not settings.IMAGE_MODEL.startswith("gpt-image"):  # those answer so anyway, and refuse to be told
        body["response_format"] = "b64_json"
    provider = Provider("The image model", settings.IMAGE_MODEL_URL, settings.IMAGE_MODEL_KEY)
    facts = {"key": f"image:{key}", "cut_id": cut_id, "seconds": 120.0, "most": MOST}
    return calls.make("image", "image_model", provider, "/images/generations", body, _picture, **facts)


def _picture(answer: dict) -> bytes:
    picture = base64.b64decode(answer["data"][0]["b64_json"], validate=True)
    if not picture:
        raise ValueError("an empty picture")
    return picture
