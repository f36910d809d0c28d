"""What the sign-in pages say in embedded mode only."""

from django import template
from django.conf import settings

from accounts import demo

register = template.Library()


@register.inclusion_tag("accounts/_outbox_hint.html")
def outbox_hint():
    """Where to find the mail that was just sent."""
    return {"embedded": settings.EMBEDDED}


@register.inclusion_tag("accounts/_demo_people.html")
def demo_people():
    """Who can sign in at once, and how."""
    return {"embedded": settings.EMBEDDED, "emails": demo.emails(), "password": demo.PASSWORD}
