"""Links from a figure to what adds up to it."""

import datetime as dt
from functools import cache
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from accounting.figures import following
from ui import clock

register = template.Library()


@cache
def _rows() -> str:
    """Kept, as a page holds hundreds of these links."""
    return reverse("accounting:rows")


@register.simple_tag
def rows_url(figure, first, last, **part):
    """`{% rows_url "revenue" period.first period.last service="music" %}`"""
    more = urlencode({name: text for name, text in part.items() if text})
    asked = f"figure={figure}&period=custom&from={first}&to={last}"
    return f"{_rows()}?{asked}{'&' if more else ''}{more}"


@register.simple_tag
def month_url(moment):
    """System Accounting of the month in which a moment lies."""
    first = moment.astimezone(clock.zone()).date().replace(day=1)
    asked = {"period": "custom", "from": first, "to": following(first) - dt.timedelta(days=1)}
    return f"{reverse('accounting:index')}?{urlencode(asked)}"


@register.filter
def titled(key, titles) -> str:
    """`{{ row.account|titled:titles }}`: what people call a service; other words stay."""
    return titles.get(key, key)


@register.filter
def month(moment) -> str:
    """The business month of a moment: `March 2026`."""
    return f"{moment.astimezone(clock.zone()):%B %Y}"
