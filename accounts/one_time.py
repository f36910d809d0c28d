"""Links that work once: the token is in the mail alone, and only its hash is kept."""

import hashlib
import secrets

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone


def make(page: str) -> tuple[str, str]:
    """A new link to `page` of this room, and the hash to keep of its token, which has 192 bits."""
    token = secrets.token_urlsafe(24)
    return settings.BASE_URL + reverse(f"accounts:{page}", args=[token]), digest(token)


def digest(token: str) -> str:
    """What is kept of a token: 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def in_time() -> Q:
    """Those rows with an `expires_at` that is still to come."""
    return Q(expires_at__gt=timezone.now())
