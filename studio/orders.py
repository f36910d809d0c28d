"""What somebody wants made, and why it may not be made as it stands."""

import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from ui.format import money

LITE, STUDIO = "lite_render", "studio_render"
TITLES = {LITE: "Lite", STUDIO: "Studio"}


@dataclass(frozen=True)
class Order:
    """What somebody chose: the fields of a cut, its images in order, and whether everybody may see it."""

    form_key: uuid.UUID
    fields: dict
    images: tuple = ()
    public: bool = False
    service: str = LITE
    made_with: tuple[str, ...] = field(default=())
    calls: tuple[str, ...] = field(default=())  # the keys of the calls to models that its parts cost
    shown: Decimal | None = None  # the price that stood beside the button


class Repriced(Exception):
    """It costs another price than was shown; the text is a sentence for whoever pressed the button."""

    def __init__(self, price: Decimal):
        super().__init__(f"The price has changed: it is {money(price)} now. Press again if you agree.")


class Used(Exception):
    """Somebody else's cut was made by the same form: the page was left open while who sits there changed."""

    def __init__(self):
        super().__init__("This page was used before. Press again to make another cut.")
