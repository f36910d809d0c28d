"""What never enters the audit log: secrets, and control characters that forge lines in a terminal.

What enters it and not everybody may see: e-mail addresses.
"""

import re

SECRET = re.compile(r"password|secret|token|api_?key|recovery_code|session_?key", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")

ADDRESS = re.compile(r"[^\s@<>\"'(),:;]+@[^\s@<>\"'(),:;]+")


def plain_text(text: str) -> str:
    """`text` on one line, without control characters."""
    return CONTROL.sub(" ", str(text)).strip()


def without_secrets(value):
    """A copy of a JSON-able value in which the value of every secret-looking key is hidden."""
    if isinstance(value, dict):
        return {
            str(key): "(hidden)" if SECRET.search(str(key)) and isinstance(item, str) else without_secrets(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    return plain_text(value) if isinstance(value, str) else value


def without_addresses(value):
    """A copy of a JSON-able value for somebody who may not see e-mail addresses."""
    if isinstance(value, dict):
        return {key: without_addresses(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_addresses(item) for item in value]
    return ADDRESS.sub("(address hidden)", value) if isinstance(value, str) else value
