"""The heads of the tables of Premium, which stand on pages of several rooms."""

from django import template

from memberships.definitions import DEFINITIONS
from ui.templatetags.ui import head

register = template.Library()


@register.inclusion_tag("ui/head.html")
def premium_head(key, of):
    """`{% premium_head "deferred" "invoices-" %}`: a column of figures with its definition; `of` names the table."""
    return head(DEFINITIONS[key], of)
