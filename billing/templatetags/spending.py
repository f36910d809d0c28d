"""The button that freezes or thaws a member's spending, wherever a member is shown."""

from django import template

from accounts.permissions import Perm
from billing.forms import SpendingForm

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
