"""Nobody comes by more through roles: their own, a colleague's, a copy, or while theirs is taken away."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import roles, staff_invitations
from accounts.models import CustomRole, StaffInvitation, User
from accounts.permissions import Perm
from accounts.tests.make import make_user
from audit.models import AuditEvent
from tests.cast import confirmed_client
from tests.locks import wait_for

BASE = {Perm.ROLES_MANAGE, Perm.STAFF_INVITE, Perm.USERS_READ, Perm.USERS_READ_CONTACT}
MORE = {Perm.BILLING_REFUND, Perm.SECURITY_CONFIGURE}
PASSWORD = "poem-vision-demo"


def make_role(key, *perms) -> CustomRole:
    return CustomRole.objects.create(key=key, title=key.title(), perms=sorted({*BASE, *perms}))


def make_holder(role) -> User:
    return make_user(f"{role.key}@example.org", role=role.key, password=PASSWORD)


@pytest.fixture
def hers(db):
    return make_role("hers")


@pytest.fixture
def manager(hers):
    return make_holder(hers)


def perms_of(role) -> set:
    return CustomRole.objects.get(pk=role.pk).held


def test_by_no_form_and_no_address(manager, hers, owner):
    """Every door with everything ticked: what they lack is not there, and what they hold is not changed."""
    client, mighty = confirmed_client(manager), make_role("mighty", *MORE)
    everything = {"title": "All", "perms": list(Perm), "version": 1}
    empty = CustomRole.objects.create(key="empty", title="Empty")
    for role, holds in ((hers, BASE), (empty, set()), (mighty, BASE | MORE)):
        assert client.post(f"/admin/roles/{role.key}/change/", everything).status_code == 422
        assert perms_of(role) == holds
    for source in ("super_admin", "mighty"):
        assert client.post("/admin/roles/clone/", {"source": source, "title": "Copy"}).status_code == 422
    assert client.post("/admin/staff/invite/", {"email": "x@example.org", "role": "mighty"}).status_code == 422
    colleague = make_user("colleague@example.org")
    for role in ("super_admin", "support", "mighty"):
        wish = {"role": role, "typed": str(colleague)}
        assert client.post(f"/admin/users/{colleague.pk}/role/", wish).status_code == 422
        assert client.post(f"/admin/users/{manager.pk}/role/", wish).status_code == 422
    for verb, retired_at in (("retire", None), ("restore", timezone.now())):
        CustomRole.objects.filter(pk=mighty.pk).update(retired_at=retired_at)
        said = client.post(f"/admin/roles/mighty/{verb}/", headers={"HX-Request": "true"})
        assert "This role may do more than you" in said["HX-Trigger"]
        assert CustomRole.objects.get(pk=mighty.pk).retired_at == retired_at
    assert perms_of(mighty) == BASE | MORE
    assert CustomRole.objects.count() == 3 and not StaffInvitation.objects.exists()
    assert set(User.objects.exclude(role="").values_list("role", flat=True)) == {"hers", "super_admin"}
    assert not AuditEvent.objects.filter(verb__in=("role.changed", "role.created", "user.role_changed")).exists()


def test_a_role_that_grew_is_offered_and_accepted_no_more(manager, owner):
    """Cloned and sent out by somebody, then given more by another: beyond whoever sent it."""
    role = roles.clone("hers", "Helpers", by=manager)
    made = staff_invitations.invite("new@example.org", role.key, by=manager)
    roles.change(role, title="Helpers", perms=BASE | MORE, version=1, by=owner)
    assert role.key not in [known.key for known in roles.offered(manager)]
    assert staff_invitations.accept(made, name="New", password=PASSWORD) is None
    with pytest.raises(roles.Refused, match="may do more than you"):
        roles.retire(role, by=manager)
    person = make_user("helper@example.org", role=role.key)
    with pytest.raises(roles.Refused, match="may do more than you"):
        roles.give(person, "", by=manager)


def at_the_same_time(act, meanwhile, held) -> str:
    """What `act` says that waited for the row `held` while `meanwhile` was done."""

    def run():
        try:
            return str(act())
        except roles.Refused as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            type(held).objects.select_for_update().get(pk=held.pk)
            said = threads.submit(run)
            wait_for(1)
            meanwhile()
        return said.result(30)


@pytest.mark.parametrize(
    ("act", "loses"),
    [("change", "the role"), ("retire", "the account"), ("restore", "the right"), ("give", "the permission")],
)
def test_what_is_taken_away_while_they_wait_is_gone(patience, act, loses):
    hers, other = make_role("hers", Perm.LOGS_READ), make_role("other")
    retired_at = timezone.now() if act == "restore" else None
    CustomRole.objects.filter(pk=other.pk).update(perms=sorted({*BASE, Perm.LOGS_READ}), retired_at=retired_at)
    manager, person = make_holder(hers), make_user("person@example.org")
    acts = {
        "change": lambda: roles.change(other, title="O", perms=BASE, version=1, by=manager),
        "retire": lambda: roles.retire(other, by=manager),
        "restore": lambda: roles.bring_back(other, by=manager),
        "give": lambda: roles.give(person, "other", by=manager),
    }
    left = {"the right": {Perm.LOGS_READ, Perm.USERS_READ}, "the permission": BASE}.get(loses)
    changes = {"the role": {"role": ""}, "the account": {"is_active": False}}.get(loses)

    def meanwhile():
        if left:
            CustomRole.objects.filter(pk=hers.pk).update(perms=sorted(left))
        else:
            User.objects.filter(pk=manager.pk).update(**changes)

    assert manager.can(Perm.LOGS_READ)
    said = at_the_same_time(acts[act], meanwhile, other)
    assert said.startswith(("You may no longer change roles", "You cannot give", "This role may do more")), said
    other.refresh_from_db()
    assert (other.held, other.retired_at) == (BASE | {Perm.LOGS_READ}, retired_at)
    assert User.objects.get(pk=person.pk).role == ""


def test_two_admins_who_save_one_role_at_once(committed_db):
    bosses = [make_user(f"{name}@example.org", role="super_admin") for name in "ab"]
    role = make_role("ours")

    def save(at):
        try:
            return roles.change(role, title=f"T{at}", perms=BASE, version=1, by=bosses[at]).title
        except roles.Refused as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        said = list(threads.map(save, (0, 1)))
    assert sum("changed this role meanwhile" in one for one in said) == 1
    role.refresh_from_db()
    assert role.version == 2 and role.title in said and AuditEvent.objects.filter(verb="role.changed").count() == 1


def test_two_managers_who_each_hold_what_the_other_lacks_leave_each_other_alone(db):
    pair = [make_role("left", Perm.LOGS_READ), make_role("right", Perm.CUTS_READ)]
    holders = [make_holder(role) for role in pair]
    for by, other in zip(holders, reversed(pair), strict=True):
        for perms in (set(Perm), by.perms | perms_of(other), BASE):
            with pytest.raises(roles.Refused, match="may do more than you"):
                roles.change(other, title=other.title, perms=perms, version=1, by=by)
    assert [perms_of(role) for role in pair] == [BASE | {Perm.LOGS_READ}, BASE | {Perm.CUTS_READ}]


@pytest.mark.parametrize("became", ["retired", "mightier"])
def test_who_comes_in_while_the_role_changes_gets_it_not(patience, became):
    hers = make_role("hers")
    role = make_role("helpers")
    made = staff_invitations.invite("new@example.org", role.key, by=make_holder(hers))
    changes = {"retired": {"retired_at": timezone.now()}, "mightier": {"perms": sorted(BASE | MORE)}}[became]

    def accept():
        return staff_invitations.accept(made, name="New", password=PASSWORD)

    said = at_the_same_time(accept, lambda: CustomRole.objects.filter(pk=role.pk).update(**changes), role)
    assert said == "None" and not User.objects.filter(role=role.key).exists()
