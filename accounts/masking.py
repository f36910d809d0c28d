"""E-mail addresses, for staff who may not see them: no page, panel, file or toast of the back office holds one.

One place for all of it: whatever leaves the back office towards somebody without `users:read_contact` passes here.
Searches by address are closed to them where they are made, so that nothing is found out by trying.
"""

import re
from collections.abc import Iterator

from accounts.permissions import Perm
from audit.redaction import masked
from tunables import values

# What may stand before the @: all of it begins where nothing of it stands before, so that no text is read twice
_LOCAL = r"[\w.!#$%&'*+^`{|}~;/=?-]"
# Letters beyond ASCII also as JSON and as addresses of pages write them
_LETTERS = r"(?:[\w-]|\\u[0-9a-fA-F]{4}|%[89a-fA-F][0-9a-fA-F])+"
_DOMAIN = rf"(?:{_LETTERS}(?:\.{_LETTERS})+|(?:\[|%5B)[\w.:-]+(?:\]|%5D))"  # a name, or an address in brackets
_ADDRESS = rf"(?<!{_LOCAL}){_LOCAL}+?(?:@|%40){_DOMAIN}"
FIELD = re.compile(rf"(<textarea\b.*?</textarea>|<input\b[^>]*>)|{_ADDRESS}", re.S)
ADDRESS = re.compile(rf"(\svalue=\"[^\"]*\")|{_ADDRESS}")  # within a field: its value is what one edits
TEXT = ("text/html", "text/csv", "text/plain", "application/json")
HEADERS = ("HX-Trigger", "HX-Redirect", "HX-Push-Url", "Location")


def sees_addresses(user) -> bool:
    """Whether this member of staff may see e-mail addresses, and so search by them."""
    return user.can(Perm.USERS_READ_CONTACT)


def without(text: str, *keep: str, fields: bool = False) -> str:
    """`text` with every address masked, but those of `keep` and, unless `fields`, what one edits in a field."""

    def said(found) -> str:
        if not found[1]:
            return found[0] if found[0].lower() in keep else masked(found[0])
        if fields:
            return re.sub(_ADDRESS, lambda address: masked(address[0]), found[1])
        return ADDRESS.sub(said, found[1]) if found[1].startswith("<input") else found[1]

    return FIELD.sub(said, text)


class MaskAddresses:
    """Middleware: mask what the back office sends to staff who may not see addresses; their own they know."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        looks = getattr(request, "real_user", request.user)
        borrowed = bool(getattr(request, "impersonation", None))
        if (request.path.startswith("/admin/") or borrowed) and self._must_not_see(looks):
            self._mask(response, looks.email, values.get("support_email").lower(), fields=borrowed)
        return response

    @staticmethod
    def _must_not_see(user) -> bool:
        return user.is_authenticated and not sees_addresses(user)

    @staticmethod
    def _mask(response, *keep: str, fields: bool) -> None:
        for header in HEADERS:
            if "@" in response.headers.get(header, "") or "%40" in response.headers.get(header, ""):
                response.headers[header] = _plain(without(response.headers[header], *keep, fields=fields))
        if not response.headers.get("Content-Type", "").startswith(TEXT):
            return
        if response.streaming:
            lines = _lines(response.streaming_content)
            response.streaming_content = (without(line.decode(), *keep, fields=fields).encode() for line in lines)
        elif b"@" in response.content or b"%40" in response.content:
            response.content = without(response.content.decode(), *keep, fields=fields).encode()


def _lines(chunks) -> Iterator[bytes]:
    """Whole lines: no address and no letter lies across two."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + bytes(chunk)).split(b"\n")
        yield from (line + b"\n" for line in whole)
    yield rest


def _plain(text: str) -> str:
    """For a header, which has no bullets."""
    return text.replace("•", "*")
