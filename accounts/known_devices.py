"""Browsers on which somebody has signed in before: what strangers do elsewhere does not lock the owner out there."""

import secrets

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

COOKIE = "known_device"
AGE = 365 * 24 * 3600
SIGNER = signing.TimestampSigner(salt="accounts.known_devices")


def remember(request, response, user) -> None:
    """Leave a note for the next sign-in of this person on this browser."""
    nonce = of(request, user.email) or secrets.token_hex(8)
    kept = SIGNER.sign_object([_mark(user.email), nonce])
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(COOKIE, kept, max_age=AGE, secure=secure, httponly=True, samesite="Lax", path="/account/")


def of(request, email: str) -> str:
    """The id of this browser if this person has signed in on it; else nothing."""
    try:
        known, nonce = SIGNER.unsign_object(request.COOKIES.get(COOKIE, ""), max_age=AGE)
    except (signing.BadSignature, ValueError):
        return ""
    return nonce if known == _mark(email) else ""


def _mark(email: str) -> str:
    """Tells whether it is the same address without telling which."""
    return salted_hmac("accounts.known_devices", email).hexdigest()[:16]
