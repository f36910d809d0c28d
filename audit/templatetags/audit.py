"""Templates of other rooms show who changed a thing, one click away from its whole history."""

from urllib.parse import urlencode

from django import template
from django.urls import reverse

from audit.entries import ALL
from audit.models import label
from audit.queries import last_change

register = template.Library()


@register.simple_tag
def history_url(target) -> str:
    """The log of one object (`asset:7`), from the beginning."""
    return f"{reverse('audit:logs')}?{urlencode({'period': 'all', 'log.tab': ALL, 'log.whom': label(target)})}"


@register.inclusion_tag("audit/_changed_by.html", takes_context=True)
def changed_by(context, actor, at, target=""):
    """ "Changed by Mira, 3 days ago" from values at hand; linked to the log for those who may read it."""
    return {"actor": actor, "at": at, "url": _history(context, target)}


@register.inclusion_tag("audit/_changed_by.html", takes_context=True)
def last_changed(context, target):
    """The same, looked up in the log (one query): for pages of one object, not for lists."""
    event = last_change(target)
    return {"actor": event and event.actor, "at": event and event.at, "url": _history(context, label(target))}


def _history(context, target) -> str:
    user = getattr(context.get("request"), "user", None)
    if not target or user is None or not user.is_authenticated or not user.can("logs:read"):
        return ""
    return history_url(target)
