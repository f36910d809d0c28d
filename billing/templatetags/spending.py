"""What staff may stop of a member's money, wherever a member is shown: spending, and auto top-ups."""

from django import template

from accounts.permissions import Perm
from billing import queries
from billing.forms import SpendingForm, StopForm

register = template.Library()


@register.inclusion_tag("billing/_spending.html", takes_context=True)
def freeze_or_thaw(context, member, frozen, place):
    """Nothing for who may not, and for oneself.

    `frozen` are the reasons of the freeze, if there is one; `place` keeps the ids of two on one page apart.
    """
    user = context["request"].user
    name = f"{place}-spending-{member.pk}"
    return {
        "allowed": user.can(Perm.CREDIT_FREEZE) and user.pk != member.pk,
        "id": name,
        "title": f"{'Thaw' if frozen else 'Freeze'} spending of {member.email}",
        "label": "Thaw" if frozen else "Freeze spending",
        "member": member,
        "freezes": not frozen,
        "form": SpendingForm(initial={"seen": frozen}, auto_id=f"{name}-%s"),
    }


@register.inclusion_tag("billing/_auto_of_member.html", takes_context=True)
def auto_top_up_of(context, member):
    """How it stands, with the button that turns it off; nothing where there never was one."""
    user = context["request"].user
    return {
        "own": queries.own_auto_top_up(member=member),
        "allowed": user.can(Perm.CREDIT_FREEZE),
        "id": f"auto-{member.pk}",
        "title": f"Turn off auto top-up of {member.email}",
        "member": member,
        "form": StopForm(auto_id=f"auto-{member.pk}-%s"),
    }
