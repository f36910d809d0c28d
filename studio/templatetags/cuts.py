"""Links to files, for the pages that may show them: `{% load cuts %}`."""

from django import template

from files import links

register = template.Library()


@register.filter
def link(stored) -> str:
    """A signed address of the file, which expires."""
    return links.url(stored)


@register.filter
def opening(text: str, lines: int = 3) -> list[str]:
    """How a poem begins: whole lines, with three dots when it goes on."""
    verses = [verse for verse in text.splitlines() if verse.strip()]
    return [*verses[: lines - 1], f"{verses[lines - 1]} …"] if len(verses) > lines else verses
