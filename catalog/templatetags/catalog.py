"""Pictures of assets for whoever may see them, by links that expire."""

from django import template

from files import links

register = template.Library()


@register.filter
def thumbnail(asset) -> str:
    """The address of an asset's small picture; of the asset itself where it has none."""
    return links.url(asset.preview or asset.file)
