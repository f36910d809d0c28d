"""What an address of the usage pages asks for."""

from accounting.usage.queries import MAKERS, NONE, PARTS, WHAT
from ui import filters


def makers_of(request) -> str:
    """Whose cuts; members' and visitors' unless told."""
    return filters.choice(request, "makers", MAKERS)


def only_of(request) -> dict:
    """`?makers=member&what=failed&part=frame&value=3`: which cuts. A value that cannot be one asks for no part."""
    part, value = filters.choice(request, "part", PARTS), filters.text(request, "value", 1000)
    if part and PARTS[part][1].endswith("_id") and value != NONE and not (value.isascii() and value.isdigit()):
        part = ""
    what = filters.choice(request, "what", WHAT, "asked")
    return {"makers": makers_of(request), "what": what, "part": part, "value": value[:18] if value.isdigit() else value}
