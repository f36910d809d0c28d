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
def span(seconds: float) -> str:
    """266400 → 3 days 2 hours ahead"""
    minutes = round(abs(seconds) / 60)
    parts = zip((minutes // 1440, minutes // 60 % 24, minutes % 60), ("day", "hour", "minute"), strict=True)
    told = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count] or ["some seconds"]
    return f"{' '.join(told[:2])} {'ahead' if seconds > 0 else 'behind'}"


@register.filter
def entry(table: dict, key: str):
    """table[key]"""
    return table.get(key)


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
