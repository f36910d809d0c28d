"""Who asked, where the request itself had not found out: nobody waits for the database only to be counted.

The recorder notes the key of the session instead, and whoever stores the view looks it up. A key is never stored.
"""

from importlib import import_module
from types import SimpleNamespace

from django.conf import settings
from django.contrib.auth import get_user
from django.utils.functional import LazyObject, empty

from accounts.impersonation import KEY as IMPERSONATION


def as_told(request) -> int | str | None:
    """The signed-in person's id as far as the request knows it; else the key of the session; None for nobody."""
    user = getattr(request, "user", None)
    if user is not None and not (isinstance(user, LazyObject) and user._wrapped is empty):
        return user.pk
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return key if len(key) == 32 and key.isascii() and key.isalnum() else None


def look_up(keys: set[str]) -> dict[str, tuple[int | None, bool]]:
    """Key -> whose session it is, and whether staff look, with their own eyes or a member's."""
    engine, found = import_module(settings.SESSION_ENGINE), {}
    for key in keys:
        session = engine.SessionStore(key)
        user = get_user(SimpleNamespace(session=session))
        found[key] = user.pk, user.is_staff or bool(session.get(IMPERSONATION))
    return found
