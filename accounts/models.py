"""People with an account: members, and staff (a member of staff is a user with a role)."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.permissions import ROLE_PERMS


class Role(models.TextChoices):
    NONE = "", "Member"
    SUPER_ADMIN = "super_admin", "Super admin"
    SUPPORT = "support", "Support staff"
    MARKETING = "marketing", "Marketing manager"
    FINANCE = "finance", "Finance view only"


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractBaseUser):
    """One account. E-mail is unique whatever its case; `is_active` is False while suspended."""

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=32, choices=Role, default=Role.NONE, blank=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_unique")]

    def __str__(self):
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        return self.role != Role.NONE

    def can(self, perm) -> bool:
        """Whether the role of this user holds `perm`. A suspended account may nothing."""
        return self.is_active and perm in ROLE_PERMS.get(self.role, frozenset())
