"""How long a session lasts: its age and the time it was left alone, for members and for staff."""

import time
from collections.abc import Mapping, MutableMapping

from tunables import values

KEYS = ("session_hours", "session_idle_hours", "staff_session_hours", "staff_session_idle_hours")


def limits() -> dict[str, int]:
    """The hours in force now."""
    return {key: values.get(key) for key in KEYS}


def begin(session: MutableMapping) -> None:
    """From now on it grows old, whether a page is ever opened with it or not."""
    session["signed_in_at"] = int(time.time())


def is_over(session: Mapping, is_staff: bool, hours: Mapping[str, int]) -> bool:
    """Whether a session has ended by `hours`. One in which nobody was seen yet is left alone since it began."""
    prefix = "staff_" if is_staff else ""
    now = time.time()
    began = session.get("signed_in_at", now)
    age, idle = now - began, now - session.get("seen_at", began)
    return age >= 3600 * hours[f"{prefix}session_hours"] or idle >= 3600 * hours[f"{prefix}session_idle_hours"]
