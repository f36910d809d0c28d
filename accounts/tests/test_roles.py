"""Roles: presets and custom ones, who may give them, and that somebody who may do everything is always left."""

import importlib
import threading

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from accounts import roles, superadmins
from accounts.models import CustomRole, User
from accounts.permissions import Perm
from accounts.tests.make import make_user
from audit.models import AuditEvent


@pytest.fixture
def night_shift(owner):
    return roles.clone("marketing", "Night shift", by=owner)


def test_a_custom_role_holds_from_the_next_request_on(owner, night_shift, client_of):
    person = make_user(role=night_shift.key)
    client = client_of(person)
    assert client.get("/admin/ctas/").status_code == 200 and person.role_title == "Night shift"
    assert client.get("/admin/billing/").status_code == 403
    held = night_shift.held - {Perm.CTAS_READ} | {Perm.BILLING_READ}
    roles.change(night_shift, title="Night", perms=held, version=1, by=owner)
    assert client.get("/admin/ctas/").status_code == 403
    assert client.get("/admin/billing/").status_code == 200
    with pytest.raises(roles.Refused, match="changed this role meanwhile"):
        roles.change(night_shift, title="Late", perms=held, version=1, by=owner)
    with pytest.raises(roles.Refused, match="One person still has this role"):
        roles.retire(night_shift, by=owner)
    assert not CustomRole(perms=["gone:away"]).held, "a permission that is no more is held by nobody"


def test_two_roles_of_one_name_are_never_offered(owner, night_shift):
    roles.retire(night_shift, by=owner)
    roles.clone("support", "night  SHIFT", by=owner)
    with pytest.raises(roles.Taken, match="Rename one of the two first"):
        roles.bring_back(night_shift, by=owner)
    with pytest.raises(IntegrityError, match="accounts_customrole_title_unique"), transaction.atomic():
        CustomRole.objects.filter(pk=night_shift.pk).update(retired_at=None)


def test_a_key_that_somebody_takes_meanwhile_is_not_the_name(owner, night_shift, monkeypatch):
    seen, real = [set()], roles._keys
    monkeypatch.setattr(roles, "_keys", lambda slug: seen.pop() if seen else real(slug))
    made = roles.clone("support", "Night-shift", by=owner)
    assert made.key == f"{night_shift.key}-2" and made.title == "Night-shift"


def test_roles_of_before_that_share_a_name_are_numbered_apart(db):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX accounts_customrole_title_unique")
    for key, title in enumerate(("Helper", "HELPER", "Helper 2", "Super  Admin", "Helper")):
        CustomRole.objects.create(key=f"role-{key}", title=title)
    number_apart = importlib.import_module("accounts.migrations.0013_role_titles").number_apart
    number_apart(apps, None)
    titles = list(CustomRole.objects.order_by("pk").values_list("title", flat=True))
    assert titles == ["Helper", "HELPER 3", "Helper 2", "Super  Admin 2", "Helper 4"]


def test_saving_what_is_there_already_is_no_change(owner, night_shift):
    same = {"title": night_shift.title, "perms": night_shift.held}
    for _ in range(2):
        assert roles.change(night_shift, **same, version=1, by=owner).version == 1
    assert not AuditEvent.objects.filter(verb="role.changed").exists()


def test_nobody_gives_what_they_lack_or_changes_their_own(owner, supporter, member):
    manager = CustomRole.objects.create(key="people", title="People", perms=[Perm.ROLES_MANAGE, Perm.USERS_READ])
    someone = make_user(role="people")
    assert [role.key for role in roles.offered(someone)] == ["people"]
    for person, key, why in (
        (member, "support", "cannot give"),
        (owner, "", "may do more than you"),
        (someone, "", "their own role"),
        (member, "no-such-role", "does not exist"),
    ):
        with pytest.raises(roles.Refused, match=why):
            roles.give(person, key, by=someone)
    with pytest.raises(roles.Refused, match="cannot give"):
        roles.change(
            CustomRole.objects.create(key="x", title="X"), title="X", perms={Perm.LOGS_READ}, version=1, by=someone
        )
    with pytest.raises(roles.Refused, match="your own role"):
        roles.change(manager, title="People", perms=set(), version=1, by=someone)
    with pytest.raises(roles.Refused, match=r"cannot give .*: Accounting: close, .* and \d+ more\."):
        roles.clone("super_admin", "Me too", by=someone)
    roles.give(member, "people", by=someone)
    event = AuditEvent.objects.get(verb="user.role_changed")
    assert (event.actor, event.before, event.after) == (someone, {"role": ""}, {"role": "people"})


def test_a_role_that_reaches_beyond_whoever_acts_stays_as_it_is(client_of, db):
    """Weaken, rename, add, even save what is there: nothing; and both pages say why."""
    made = {"boss": [*Perm][:-1], "people": [Perm.ROLES_MANAGE, Perm.USERS_READ]}
    for key, perms in made.items():
        CustomRole.objects.create(key=key, title=key.title(), perms=perms)
    boss, someone = (make_user(f"{key}@example.org", role=key) for key in made)
    row = CustomRole.objects.get(key="boss")
    for title, perms in (
        *[("Boss", row.held - {Perm.USERS_READ}), ("Boss", row.held & someone.perms), ("Nobody", row.held)],
        *[("Boss", row.held | {Perm.USERS_READ}), ("Boss", set())],
    ):
        for version in (1, 7):
            with pytest.raises(roles.Refused, match=r"may do more than you \(Accounting: close, .* and \d+ more"):
                roles.change(row, title=title, perms=perms, version=version, by=someone)
    User.objects.filter(pk=boss.pk).update(is_active=False)  # what they hold counts all the same
    with pytest.raises(roles.Refused, match="person may do more than you"):
        roles.give(boss, "", by=someone)
    page = client_of(someone).get("/admin/roles/boss/").content.decode()
    assert "This role may do more than you" in page and "Save role" not in page and "Retire" not in page
    assert page.count('name="perms"') == page.count(" disabled>") == len(Perm)
    panel = client_of(someone).get(f"/admin/accounts/panels/user_role/{boss.pk}/").content.decode()
    assert "Boss. This person may do more than you." in panel and "Change role" not in panel
    assert "your own role" in client_of(someone).get("/admin/roles/people/").content.decode()
    assert (row.version, User.objects.get(pk=boss.pk).role) == (CustomRole.objects.get(pk=row.pk).version, "boss")


def test_the_last_super_admin_stays(owner, member):
    with pytest.raises(superadmins.LastSuperAdmin):
        superadmins.keep_one(owner)
    second = make_user(role="super_admin")
    superadmins.keep_one(owner)
    second.is_active = False
    second.save()
    with pytest.raises(superadmins.LastSuperAdmin):
        superadmins.keep_one(owner)


def test_two_who_demote_each_other_leave_one(committed_db):
    pair = [make_user(f"{name}@example.org", role="super_admin") for name in "ab"]
    start, said = threading.Barrier(2), []

    def demote(by, other):
        start.wait(10)
        try:
            said.append(roles.give(other, "support", by=by).role)
        except (roles.Refused, superadmins.LastSuperAdmin) as refusal:
            said.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=order) for order in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert said.count("support") == 1 and len(said) == 2
    assert User.objects.filter(role="super_admin").count() == 1


def test_how_many_still_have_a_role_is_told(owner, night_shift):
    for name in "ab":
        make_user(f"{name}@example.org", role=night_shift.key)
    with pytest.raises(roles.Refused, match="2 people still have this role"):
        roles.retire(night_shift, by=owner)
