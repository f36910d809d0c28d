"""Roles of staff: four presets in code, and custom ones as rows that hold a set of permissions."""

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value
from django.db.models.functions import Lower, Replace
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.permissions import Perm


class Role(models.TextChoices):
    """The presets; what each may do stands in accounts/permissions.py."""

    NONE = "", "Member"
    SUPER_ADMIN = "super_admin", "Super admin"
    SUPPORT = "support", "Support staff"
    MARKETING = "marketing", "Marketing manager"
    FINANCE = "finance", "Finance view only"


TITLES = dict(Role.choices)


class CustomRole(models.Model):
    """A role made by staff. `key` stands in User.role and never changes; a retired one is given to nobody new."""

    key = models.SlugField(max_length=32, unique=True)
    title = models.CharField(max_length=60)
    perms = ArrayField(models.CharField(max_length=64), default=list)
    cloned_from = models.CharField(max_length=32)  # the preset or custom role that it began as
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    ONE_TITLE = "accounts_customrole_title_unique"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower(Replace("title", Value(" "))),
                condition=models.Q(retired_at=None),
                name="accounts_customrole_title_unique",
            )
        ]

    def __str__(self):
        return self.title

    @property
    def held(self) -> frozenset[Perm]:
        """The permissions that it names and that still exist."""
        return frozenset(perm for perm in Perm if perm in set(self.perms))


class HasRole:
    """What has a `role` by its key; a member's is empty. A custom role is read once, when it is first asked for."""

    role: str

    @cached_property
    def custom_role(self) -> CustomRole | None:
        """The role's row, also a retired one; None for a preset and for an unknown key."""
        return CustomRole.objects.filter(key=self.role).first()

    @property
    def role_title(self) -> str:
        """The role in words; a custom role by its own name."""
        preset = TITLES.get(self.role)
        return preset or (self.custom_role.title if self.custom_role else "Unknown role")


def know_roles(holders: Iterable[HasRole]) -> None:
    """Read the custom roles of all these at once; none where all have presets."""
    custom = [one for one in holders if one.role not in Role]
    found = CustomRole.objects.in_bulk({one.role for one in custom}, field_name="key") if custom else {}
    for one in custom:
        one.custom_role = found.get(one.role)
