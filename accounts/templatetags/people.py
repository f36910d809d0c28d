"""What pages ask about people and their accounts."""

from django import template
from django.conf import settings

from accounts import demo, email_change, gate, second_factor
from tunables import values

register = template.Library()


@register.inclusion_tag("accounts/_outbox_hint.html")
def outbox_hint():
    """Where to find the mail that was just sent."""
    return {"embedded": settings.EMBEDDED}


@register.inclusion_tag("accounts/_demo_people.html")
def demo_people():
    """Who can sign in at once, and how."""
    return {"embedded": settings.EMBEDDED, "emails": demo.emails(), "password": demo.PASSWORD}


@register.simple_tag
def registration_is_open() -> bool:
    """Whether anybody may register."""
    return gate.is_open()


@register.simple_tag(takes_context=True)
def second_factor_needed(context) -> bool:
    """Whether the back office stays closed to this person until there is a second factor."""
    user = context["request"].user
    return user.is_staff and values.get("staff_mfa_required") and not second_factor.has_one(user)


@register.filter
def has_second_factor(user) -> bool:
    """Whether signing in takes a second step."""
    return second_factor.has_one(user)


@register.filter
def has_app(user) -> bool:
    """Whether an authenticator app of theirs shows codes."""
    return user.authenticator_set.filter(type="totp").exists()


@register.filter
def awaits_confirmation(user) -> bool:
    """Whether an address of theirs was never confirmed: allauth sets up no second step before."""
    return user.emailaddress_set.filter(verified=False).exists()


@register.simple_tag
def email_change_of(user):
    """The change of address that waits for its confirmations."""
    return email_change.pending(user)
