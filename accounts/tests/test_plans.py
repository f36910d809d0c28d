"""A plan given by hand: it holds for its time, in place of the one before, and never longer."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from accounts import filtering, plans
from accounts.models import Plan, PlanOverride, User
from accounts.standing import NotAllowed
from audit.models import AuditEvent
from memberships.tests.make import make_subscription

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_it_works(client_of, owner, supporter, member):
    path, asked = f"/admin/accounts/users/{member.pk}/plan/", {"plan": "comped", "reason": "A jury member"}
    assert client_of(supporter).post(path, asked).status_code == 403
    client = client_of(owner)
    for _ in range(2):
        assert client.post(path, asked, headers={"HX-Request": "true"}).status_code == 204
    assert plans.plan_of(member) == Plan.COMPED
    profile = client.get(f"/admin/accounts/panels/user_profile/{member.pk}/").content.decode()
    assert "Comped" in profile and "A jury member" in profile
    plans.override(member, Plan.FREE, by=owner, reason="Over", until=timezone.now() + timedelta(days=1))
    assert plans.plan_of(member) == Plan.FREE and PlanOverride.objects.in_force().count() == 1
    client.post(f"{path}end/", headers={"HX-Request": "true"})
    verbs = AuditEvent.objects.filter(target=f"user:{member.pk}").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["user.plan_overridden", "user.plan_overridden", "user.plan_override_ended"]
    assert plans.override_of(member) is None and not plans.end_override(member, by=owner)


def test_it_falls_back_when_its_time_is_over(owner, member, supporter):
    plans.override(member, Plan.COMPED, by=owner, reason="A jury member", until=timezone.now() + timedelta(days=1))
    PlanOverride.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert plans.plan_of(member) == Plan.FREE
    plans.override(member, Plan.COMPED, by=owner, reason="Again")
    assert plans.plan_of(member) == Plan.COMPED
    with pytest.raises(NotAllowed):
        plans.override(supporter, Plan.COMPED, by=owner, reason="Staff")


def test_who_pays_has_premium_before_and_after_what_staff_gave(client_of, member, owner):
    make_subscription(member)
    assert plans.plan_of(member) == Plan.PREMIUM

    def listed(plan):
        return member in filtering.UserFilter(QueryDict(f"plan={plan}"), filtering.everybody(), viewer=owner).qs

    assert [listed(plan) for plan in ("premium", "free", "comped")] == [True, False, False]
    plans.override(member, Plan.COMPED, by=owner, reason="A friend of the house")
    plans.end_override(member, by=owner)
    told = AuditEvent.objects.filter(verb__startswith="user.plan").order_by("pk").values_list("before", "after")
    assert [(before["plan"], after["plan"]) for before, after in told] == [("premium", "comped"), ("comped", "premium")]
    User.objects.filter(pk=member.pk).update(role="support")
    assert not listed("premium")
