"""Any page shows a call to action with two lines: see templates/ctas/_cta.html."""

from django import template

from ctas import placements

register = template.Library()


@register.simple_tag(takes_context=True)
def cta(context, placement, next="", ref=""):
    """`{% cta "home_hero" as cta %}{% include "ctas/_cta.html" %}`: the placement's text and address, or nothing.

    `next=path` says where the person is to be after the sign-up; `ref=code` hands a member's code on.
    """
    return placements.show(placement, context["request"], next, ref)
