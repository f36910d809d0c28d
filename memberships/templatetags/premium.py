"""What the tables of Premium say, which stand on pages of several rooms."""

from django import template
from django.urls import reverse
from django.utils.html import format_html

from memberships.definitions import DEFINITIONS
from ui.templatetags.ui import badge, head

register = template.Library()


@register.inclusion_tag("ui/head.html")
def premium_head(key, of):
    """`{% premium_head "deferred" "invoices-" %}`: a column of figures with its definition; `of` names the table."""
    return head(DEFINITIONS[key], of)


@register.simple_tag
def whose(pk, email, status):
    """The member of a row, with a link to their money; and where the account is not in use, its `User.status`."""
    link = format_html('<a href="{}?member_lookup.member={}">{}</a>', reverse("billing:index"), pk, email)
    if status == "Active":
        return link
    return format_html("{} {}", link, badge(status, "bad" if status == "Suspended" else ""))
