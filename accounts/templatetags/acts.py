"""What may be done to an account, as buttons with their dialogs."""

from django import template

from accounts import access
from accounts.acts import ACTS
from accounts.permission_words import SAYS
from audit.entries import RESULTS

register = template.Library()


@register.inclusion_tag("accounts/_act.html", takes_context=True)
def act(context, name, person):
    """Nothing for who may not, and for oneself."""
    found = ACTS[name]
    allowed = found.allowed(context["request"].user, person)
    return {"allowed": allowed, "id": f"{name}-dialog", **(found.context(person) if allowed else {})}


@register.inclusion_tag("accounts/_waiting.html", takes_context=True)
def waiting(context):
    """What waits to be sent again, for static/js/dialogs.js."""
    return access.waiting(context["request"])


@register.filter
def says(perm) -> str:
    """What a permission lets somebody do, in a sentence."""
    return SAYS[perm]


@register.filter
def sign_in_words(verb):
    """(words, tone) of a row of the sign-in history."""
    return RESULTS[verb]
