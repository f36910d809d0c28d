"""How long a session lasts: its age and the time it was left alone, for members and for staff."""

import time
from collections.abc import Mapping

from tunables import values

KEYS = ("session_hours", "session_idle_hours", "staff_session_hours", "staff_session_idle_hours")


def limits() -> dict[str, int]:
    """The hours in force now."""
    return {key: values.get(key) for key in KEYS}


def is_over(session: Mapping, is_staff: bool, hours: Mapping[str, int]) -> bool:
    """Whether a session has ended by `hours`."""
    prefix = "staff_" if is_staff else ""
    now = time.time()
    age, idle = (now - session.get(key, now) for key in ("signed_in_at", "seen_at"))
    return age >= 3600 * hours[f"{prefix}session_hours"] or idle >= 3600 * hours[f"{prefix}session_idle_hours"]
