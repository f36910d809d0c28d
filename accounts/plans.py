"""Which plan a member has: what staff decided, while that holds, else what is paid for. Stripe is left alone."""

from django.db import transaction
from django.utils import timezone

from accounts import standing
from accounts.models import Plan, PlanOverride, User
from accounts.standing import NotAllowed
from audit.models import record
from memberships.models import Subscription


def plan_of(user: User) -> Plan:
    """The plan in force now."""
    if override := override_of(user):
        return Plan(override.plan)
    return Plan.PREMIUM if Subscription.objects.premium().filter(member=user).exists() else Plan.FREE


def override_of(user: User) -> PlanOverride | None:
    """What staff decided, if it holds now."""
    return PlanOverride.objects.in_force().filter(user=user).select_related("by").first()


def override(user: User, plan: str, *, by: User, reason: str, until=None) -> PlanOverride | None:
    """Up- or downgrade by hand, in place of an earlier decision. None when exactly that holds already."""
    with transaction.atomic():
        person = standing.locked(user, by=by)
        if person.is_staff or person.deleted_at:
            raise NotAllowed("Plans are for members whose account is not deleted.")
        before = override_of(person)
        if before and (before.plan, before.reason, before.until) == (plan, reason, until):
            return None
        told = _summary(before) if before else {"plan": plan_of(person)}
        PlanOverride.objects.filter(user=person, ended_at=None).update(ended_at=timezone.now())
        made = PlanOverride.objects.create(user=person, plan=plan, reason=reason, by=by, until=until)
        record(by, "user.plan_overridden", person, before=told, after=_summary(made), note=reason)
    return made


def end_override(user: User, *, by: User, of: str = "") -> bool:
    """Back to what is paid for. False when nothing is overridden.

    `of` names the one decision to take back, by its number: NotAllowed when another holds by now.
    """
    with transaction.atomic():
        person = standing.locked(user, by=by)
        before = override_of(person)
        if before and of and of != str(before.pk):
            raise NotAllowed("The plan was changed again since. Look at it, then decide.")
        PlanOverride.objects.filter(user=person, ended_at=None).update(ended_at=timezone.now())
        if before is None:
            return False
        record(by, "user.plan_override_ended", person, before=_summary(before), after={"plan": plan_of(person)})
    return True


def _summary(override: PlanOverride) -> dict:
    return {"plan": override.plan, "until": override.until and override.until.isoformat()}
