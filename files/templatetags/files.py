"""Links to files in templates, after `{% load files %}`."""

from django import template

from files import links

register = template.Library()


@register.simple_tag
def media_url(stored, filename="", download=False):
    """`{% media_url asset.file filename=asset.title download=True %}`: for whoever sees this page."""
    return links.url(stored, filename=filename, download=download)
