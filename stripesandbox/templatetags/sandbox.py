"""Cents and unix seconds, as people read them."""

import json
from datetime import UTC, datetime

from django import template

register = template.Library()


@register.filter
def dollars(cents: int | None) -> str:
    """1234 → $12.34"""
    if cents is None:
        return "–"
    return f"{'−' if cents < 0 else ''}${abs(cents) / 100:,.2f}"


@register.filter
def day(seconds: float) -> str:
    """4 March 2026"""
    return f"{datetime.fromtimestamp(seconds, UTC):%-d %B %Y}"


@register.filter
def moment(seconds: float) -> str:
    """2026-03-04 15:06:07 UTC"""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


@register.filter
def words(name: str | None) -> str:
    """requires_payment_method → Requires payment method"""
    return (name or "–").replace("_", " ").capitalize()


@register.filter
def pretty(value) -> str:
    """JSON with indents."""
    return json.dumps(value, indent=2)


@register.filter
def slug(name: str) -> str:
    """partly refunded → partly-refunded"""
    return name.replace("_", "-").replace(" ", "-")
