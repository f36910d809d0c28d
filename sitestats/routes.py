"""The addresses of ours, as they are resolved."""

from django.urls import Resolver404, resolve


def of(path: str) -> str | None:
    """The route of the page that a path leads to; None when it leads nowhere."""
    try:
        return resolve(path).route
    except Resolver404:
        return None
