"""The addresses of ours, as they are resolved: which there are, and where they hold a key."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from django.urls import Resolver404, get_resolver, resolve

from poemvision import logs

_KEY = re.compile(r"([\w-]+)/\^?(?:<(?:str:)?\w+>|\(\?P<)")  # what is no name and no number: a code, a slug, a token


@lru_cache(maxsize=8192)
def of(path: str) -> str | None:
    """The route of the page that a path leads to; None when it leads nowhere."""
    try:
        return resolve(path).route
    except Resolver404:
        return None


@cache
def every() -> tuple[str, ...]:
    """All routes, as a match tells them."""
    return tuple(_below(get_resolver(), ""))


@cache
def before_keys() -> str:
    """A regular expression: the parts of addresses of the public side that a key follows, of logs as well."""
    public = (route for route in every() if not route.startswith("admin/"))
    return "|".join(sorted({*logs.KEYS_AFTER.split("|"), *(name for route in public for name in _KEY.findall(route))}))


def _below(resolver, start: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = start + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _below(pattern, route)
        else:
            yield route
