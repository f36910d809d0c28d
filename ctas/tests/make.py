"""What the tests of the calls to action need."""

from ctas import editor

ROOM = "/admin/ctas/"
SAVE, PREVIEW = f"{ROOM}slots/save/", f"{ROOM}slots/preview/"


def typed(**changes) -> dict:
    """The form as a browser would send it now, with changes such as `primary_text="…"`; None leaves a field out."""
    data = {}
    for row in editor.rows():
        key = row.slot.key
        data |= {f"{key}-text": row.slot.text, f"{key}-version": row.slot.version}
        data |= {f"{key}-enabled": "on"} if row.slot.enabled else {}
    for name, value in changes.items():
        key, _, field = name.rpartition("_")
        data[f"{key}-{field}"] = value
    return {name: value for name, value in data.items() if value is not None}
