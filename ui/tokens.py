"""Texts that staff write and that hold a `{token}` which is replaced when they are shown; and codes for people."""

import re
import secrets

from django.core.exceptions import ValidationError

_TOKEN = re.compile(r"\{[^{}\n]*\}")


def refuse_others(text: str, known: str) -> None:
    """Refuse every token that nobody would replace."""
    unknown = [token for token in dict.fromkeys(_TOKEN.findall(text)) if token != known]
    if unknown:
        be = "is no token" if len(unknown) == 1 else "are no tokens"
        raise ValidationError(f"{', '.join(unknown)} {be} here. Only {known} is replaced.")


ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0 O 1 I


def readable_code(length: int) -> str:
    """A random code that people read aloud and type: five bits a character."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
