"""Who has which role, and what custom roles hold.

Nobody gives what they lack, nor changes their own role or one that may do what they may not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts import sessions, superadmins
from accounts.models import CustomRole, Role, User
from accounts.permissions import ROLE_PERMS, Perm
from audit.models import record


class Refused(Exception):
    """This may not be; the message is for the person who tries."""


class Taken(Refused):
    """Another role has this name."""


class Stale(Refused):
    """Somebody saved the role meanwhile; `now` is what it is since."""

    def __init__(self, now: CustomRole):
        super().__init__("Somebody changed this role meanwhile.")
        self.now = now


@dataclass(frozen=True)
class Known:
    """A role as staff see it: a preset, or a custom one that can be edited."""

    key: str
    title: str
    perms: frozenset[Perm]
    custom: CustomRole | None = None


def known(*, retired: bool = False) -> list[Known]:
    """All roles of staff, presets first; retired ones only if asked for."""
    presets = [Known(key, Role(key).label, perms) for key, perms in ROLE_PERMS.items()]
    rows = CustomRole.objects.all() if retired else CustomRole.objects.filter(retired_at=None)
    return presets + [Known(row.key, row.title, row.held, row) for row in rows.order_by("title", "pk")]


def find(key: str) -> Known | None:
    """The role of this key, also a retired one."""
    return next((role for role in known(retired=True) if role.key == key), None)


def began_as(role: CustomRole) -> str:
    """What the role that it was copied from is called now."""
    source = find(role.cloned_from)
    return source.title if source else role.cloned_from


def offered(by: User) -> list[Known]:
    """The roles that `by` may give: each holds nothing that `by` lacks."""
    return [role for role in known() if role.perms <= by.perms]


def give(person: User, key: str, *, by: User) -> User:
    """Give a person another role; the empty key makes them a member. Their sessions end, so nothing old lingers."""
    with transaction.atomic():
        person = superadmins.lock(person.pk, by.pk)[person.pk]
        role = _lock_role(key)
        _check(person, role.perms if role else frozenset(), _still(by))
        before = person.role
        if before == key:
            return person
        if before == Role.SUPER_ADMIN:
            superadmins.keep_one(person)
        person.role = key
        person.save(update_fields=["role"])
        sessions.end_all(person, by=by)
        record(by, "user.role_changed", person, before={"role": before}, after={"role": key})
    return person


def _lock_role(key: str) -> Known | None:
    """The role to give, which nobody retires meanwhile; None for the empty key, which makes a member."""
    if not key:
        return None
    hold(key)
    role = find(key)
    if role is None or (role.custom and role.custom.retired_at):
        raise Refused("This role does not exist.")
    return role


def hold(key: str) -> None:
    """Lock a custom role until the transaction is over: nobody changes or retires it meanwhile. Accounts go before."""
    list(CustomRole.objects.select_for_update(no_key=True).filter(key=key))


def _still(by: User) -> User:
    """Whoever changes roles, as they are now: while they waited for a lock their own may have been taken away."""
    by = User.objects.get(pk=by.pk)
    if not by.can(Perm.ROLES_MANAGE):
        raise Refused("You may no longer change roles.")
    return by


def _check(person: User, perms: frozenset, by: User) -> None:
    if person.pk == by.pk:
        raise Refused("Nobody changes their own role. Ask another super admin.")
    if person.deleted_at:
        raise Refused(DELETED)
    if perms and not person.is_active:
        raise Refused("This account is suspended. Restore it first.")
    _check_perms(perms, by)
    if is_beyond(person, by):
        raise Refused(BEYOND)


def refusal(person: User, by: User) -> str:
    """Why `by` may give this person no role at all; empty where they may."""
    if person.deleted_at:
        return DELETED
    return BEYOND if is_beyond(person, by) else ""


DELETED = "This account is deleted."
BEYOND = "This person may do more than you. Only somebody who may do as much can change their role."


def is_beyond(person: User, by: User) -> bool:
    """Whether a person's role holds what `by` lacks, suspended or not."""
    role = find(person.role)
    return bool(role and role.perms - by.perms)


def clone(source: str, title: str, *, by: User) -> CustomRole:
    """A new role that begins as a copy of another."""
    role = find(source)
    if role is None:
        raise Refused("The role to begin with does not exist.")
    _check_perms(role.perms, _still(by))
    with transaction.atomic():
        made = _make(title=title, perms=sorted(role.perms), cloned_from=source)
        record(by, "role.created", made, after={"title": title, "cloned_from": source, "perms": made.perms})
    return made


def _make(**told) -> CustomRole:
    """A row under the first key of its title that is free."""
    slug = f"custom-{slugify(told['title'])[:20] or 'role'}"
    while True:
        taken = _keys(slug)
        names = (slug, *(f"{slug}-{n}" for n in range(2, len(taken) + 3)))
        key = next(name for name in names if name not in taken)
        try:
            with _named_once(told["title"]):
                return CustomRole.objects.create(key=key, **told)
        except IntegrityError:
            if key not in _keys(slug):  # nobody took it meanwhile: something else is wrong
                raise


def _keys(slug: str) -> set[str]:
    return set(CustomRole.objects.filter(key__startswith=slug).values_list("key", flat=True))


def change(role: CustomRole, *, title: str, perms: set[Perm], version: int, by: User) -> CustomRole:
    """What a custom role is called and holds, from the next request of its people on. The same as now is no change."""
    with transaction.atomic():
        row, by = _locked(role), _still(by)
        _check_reach(row, by)
        same = (row.title, row.held) == (title, perms)
        if row.version != version and not same:
            raise Stale(row)
        _check_perms(perms, by)
        if same:
            return row
        before = {"title": row.title, "perms": row.perms}
        row.title, row.perms, row.version = title, sorted(perms), row.version + 1
        with _named_once(title):
            row.save(update_fields=["title", "perms", "version"])
        record(by, "role.changed", row, before=before, after={"title": row.title, "perms": row.perms})
    return row


def retire(role: CustomRole, *, by: User) -> str:
    """Give it to nobody any more; refused while somebody has it.

    Answers with what names this act; empty if it was retired already.
    """
    with transaction.atomic():
        row, by = _locked(role), _still(by)
        _check_reach(row, by)
        holders = User.objects.filter(role=row.key, deleted_at=None).count()
        if holders:
            who = "One person still has" if holders == 1 else f"{holders:,} people still have"
            raise Refused(f"{who} this role. Give them another first.")
        if row.retired_at is not None:
            return ""
        row.retired_at = timezone.now()
        row.save(update_fields=["retired_at"])
        record(by, "role.retired", row)
    return _named(row)


def _named(row: CustomRole) -> str:
    return str(row.retired_at.timestamp())


def bring_back(role: CustomRole, *, by: User, of: str = "") -> None:
    """Offer a retired role again. `of` names the one retirement to take back: Refused when another was the last."""
    with transaction.atomic():
        row = _locked(role)
        _check_reach(row, _still(by))
        if row.retired_at is not None:
            if of and of != _named(row):
                raise Refused("The role was retired again since. Look at it, then decide.")
            row.retired_at = None
            with _named_once(row.title, "Rename one of the two first."):
                row.save(update_fields=["retired_at"])
            record(by, "role.brought_back", row)


@contextmanager
def _named_once(title: str, advice: str = "Choose another name.") -> Iterator[None]:
    """Around what saves a role: Taken where a preset or another offered one has this name, but for case and spaces."""
    refusal = Taken(f"There is a role “{title}” already. {advice}")
    if _spelled(title) in map(_spelled, Role.labels):
        raise refusal
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:  # the table's own word, also for two at once
        if error.__cause__.diag.constraint_name != CustomRole.ONE_TITLE:
            raise
        raise refusal from error


def _spelled(title: str) -> str:
    return title.replace(" ", "").lower()


def _locked(role: CustomRole) -> CustomRole:
    return CustomRole.objects.select_for_update(no_key=True).get(pk=role.pk)


def hindrance(role: CustomRole, by: User) -> str:
    """Why `by` may not change, retire or bring back a role, in words; empty where they may."""
    if by.role == role.key:
        return "This is your own role. Ask somebody else to change it."
    if lacking := sorted(role.held - by.perms):
        return f"This role may do more than you ({_told(lacking)}). Only somebody who may do as much can change it."
    return ""


def _check_reach(row: CustomRole, by: User) -> None:
    if why := hindrance(row, by):
        raise Refused(why)


def _check_perms(perms, by: User) -> None:
    if lacking := sorted(set(perms) - by.perms):
        raise Refused(f"You cannot give what you do not hold yourself: {_told(lacking)}.")


def _told(perms: list[Perm]) -> str:
    """The first three in words, and how many more there are."""
    more = f" and {len(perms) - 3} more" if len(perms) > 3 else ""
    return ", ".join(f"{perm.area}: {perm.act}" for perm in perms[:3]) + more


def names(ids: set[int], viewer) -> dict[int, str]:
    """Id -> title of custom roles, for the log."""
    return dict(CustomRole.objects.filter(pk__in=ids).values_list("pk", "title"))


def titles(keys: set[str], viewer) -> dict[str, str]:
    """Key -> title of roles, preset and custom, for the log."""
    return dict(Role.choices) | dict(CustomRole.objects.filter(key__in=keys).values_list("key", "title"))
