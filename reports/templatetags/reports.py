"""How the lists of this room tell months."""

from datetime import date
from functools import lru_cache

from django import template

register = template.Library()


@register.filter
@lru_cache(1000)
def month(first: date) -> str:
    """`March 2026`: columns of months repeat them."""
    return f"{first:%B %Y}"
