"""Which request is being served, so that an audit row can say where an act came from."""

import ipaddress
import logging
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from django.conf import settings

log = logging.getLogger("audit")


class RequestInfo(NamedTuple):
    id: str = ""
    client: str = ""
    real_user: object = None  # who acts, while an account is used on behalf of its member


_current: ContextVar[RequestInfo] = ContextVar("audit_request", default=RequestInfo())  # noqa: B039 - a tuple is immutable


def current() -> RequestInfo:
    """The request of this thread, or empty fields for jobs and commands."""
    return _current.get()


@contextmanager
def acting(real_user):
    """What is recorded inside was done by `real_user` on behalf of whoever it names as its actor."""
    token = _current.set(current()._replace(real_user=real_user))
    try:
        yield
    finally:
        _current.reset(token)


class AuditContext:
    """Middleware: remember the request while it is served."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        token = _current.set(RequestInfo(getattr(request, "id", ""), client_network(request)))
        try:
            return self.get_response(request)
        finally:
            _current.reset(token)


def client_network(request) -> str:
    """The caller's network: /24 of IPv4, /48 of IPv6.

    The log is kept for ever and cannot be corrected, so it holds no full address: the network tells
    "the office" from "somewhere else", and the request id leads to the access log, which is kept for days.
    """
    try:
        address = ipaddress.ip_address(client_address(request.META))
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped:
        address = mapped
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def client_address(meta, proxies: int | None = None) -> str:
    """What the outermost trusted proxy saw, counted from the right: what a caller writes in front is not looked at.

    Without proxies, the peer. `meta` is the request's; `proxies` are those of the settings, for who has read them.
    """
    if proxies is None:
        proxies = settings.TRUSTED_PROXIES
    if proxies:
        forwarded = [part.strip() for part in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(forwarded) >= proxies:
            return forwarded[-proxies]
    return meta.get("REMOTE_ADDR", "")
