"""Links to files, for the pages that may show them: `{% load cuts %}`."""

from django import template

from files import links

register = template.Library()


@register.filter
def thumb(asset) -> str:
    """A small picture of an asset."""
    return links.url(asset.preview or asset.file)


@register.filter
def link(stored) -> str:
    """A signed address of the file, which expires."""
    return links.url(stored)
