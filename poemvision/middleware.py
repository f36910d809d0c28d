"""Middleware that belongs to no room: a request id, and the headers of every answer."""

import uuid
from urllib.parse import urlsplit

from django.core.exceptions import BadRequest
from django.utils.cache import patch_vary_headers

from poemvision import logs
from studio import visitors

HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class RequestId:
    """Give each request an id, shown on error pages and sent back as X-Request-Id."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = uuid.uuid4().hex
        logs.request_id.set(request.id)  # each request sets its own; a thread serves one at a time
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request.id
        return response


class Headers:
    """Security headers, `no-store` for errors and everybody we know, and Vary for htmx partials."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        patch_vary_headers(response, ["HX-Request"])
        # After a failure nobody is asked who the user is: a database that is away would be waited for a second time
        may_be_kept = getattr(response, "may_be_kept", False)  # a file, whose link is the key
        if response.status_code >= 500 or (not may_be_kept and _is_known(request)):
            response.headers["Cache-Control"] = "no-store"
        return response


def _is_known(request) -> bool:
    """Somebody who is signed in, or a visitor who has made something."""
    user = getattr(request, "user", None)
    return user is not None and (user.is_authenticated or visitors.visitor_id(request) is not None)


class RefuseNonsense:
    """400, before any view: a NUL byte, which PostgreSQL's text cannot even hold, or a header that is no address."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL byte in the address")
        for header in ("HX-Current-URL", "Referer"):
            _refuse_broken(request.headers.get(header, ""))
        return self.get_response(request)


def _refuse_broken(address: str) -> None:
    try:
        urlsplit(address)
    except ValueError as error:
        raise BadRequest("Not an address") from error
