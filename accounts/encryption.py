"""Secrets at rest, encrypted with a key derived from SECRET_KEY. SECRET_KEY_FALLBACKS still open what they closed."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

__all__ = ["InvalidToken", "decrypt", "encrypt", "renewed"]


def encrypt(text: str) -> str:
    """Text that only `decrypt` opens; never the same twice."""
    return _box().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """What was encrypted. Raises InvalidToken when no key that is still kept opens it."""
    return _box().decrypt(encrypted.encode()).decode()


def renewed(encrypted: str) -> str:
    """The same secret under the newest key."""
    return _box().rotate(encrypted.encode()).decode()


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


@lru_cache(maxsize=16)
def _key(secret: str) -> bytes:
    derived = HKDF(SHA256(), 32, salt=None, info=b"accounts.encryption").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
