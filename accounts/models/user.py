"""People with an account: members, and staff (a member of staff is a user with a role)."""

import datetime as dt
import unicodedata

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from accounts.models.role import HasRole, Role
from accounts.permissions import ROLE_PERMS

LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # stands for "never" where a column is ordered


def status_of(is_active: bool, deleted_at: dt.datetime | None, purged_at: dt.datetime | None) -> str:
    """Active, Suspended, Deleted or Purged."""
    if deleted_at:
        return "Purged" if purged_at else "Deleted"
    return "Active" if is_active else "Suspended"


class UserQuerySet(models.QuerySet):
    """Accounts by whether somebody showed that the address in use is theirs: the one meaning of "confirmed"."""

    def confirmed(self):
        """Those whose address is."""
        return self.filter(emailaddress__email=F("email"), emailaddress__verified=True)

    def unconfirmed(self):
        """All others."""
        return self.filter(~Exists(self.model.objects.confirmed().filter(pk=OuterRef("pk"))))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, email, password=None, **fields):
        """An account made by the system itself: its address counts as confirmed."""
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        user.emailaddress_set.create(email=user.email, verified=True, primary=True)
        return user

    def get_by_natural_key(self, email):
        return self.get(email=email.lower())


class User(HasRole, AbstractBaseUser):
    """One account. E-mail is kept in lower case and unique; `is_active` is False while suspended."""

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120, blank=True)
    # The name as it is searched and sorted: in lower case, without accents (ui/folding.py)
    folded = models.GeneratedField(
        expression=models.Func("name", function="fold_name"), output_field=models.TextField(), db_persist=True
    )
    # The key of a preset role or of a CustomRole; empty: a member
    role = models.CharField(max_length=32, default=Role.NONE, blank=True)
    is_active = models.BooleanField(default=True)
    suspended_until = models.DateTimeField(null=True, blank=True)  # NULL while suspended: until somebody restores it
    suspension_reason = models.CharField(max_length=300, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    purges_at = models.DateTimeField(null=True, editable=False)  # said when it was deleted: no setting moves it
    paid_ends_at = models.DateTimeField(null=True, editable=False)  # said with it: paid credit is kept so long at least
    purged_at = models.DateTimeField(null=True, blank=True)  # only the pseudonym is left
    is_demo = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    # The welcome credit is still to come: registered, but the address may have to be confirmed first.
    awaits_welcome = models.BooleanField(default=False)
    # What this person could spend a minute ago (accounts/figures.py): for order and filter only
    spendable = models.DecimalField(max_digits=20, decimal_places=6, default=0, db_default=0, editable=False)
    # The last step of this person, to five minutes (accounts/sessions.py); staff who look through their eyes are none
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Raised to end every session of this person at once (accounts/sessions.py, _get_session_auth_hash).
    session_epoch = models.PositiveIntegerField(default=0)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="accounts_user_email_unique"),
            models.CheckConstraint(
                condition=Q(deleted_at=None, purges_at=None) | Q(deleted_at__isnull=False, purges_at__isnull=False),
                name="accounts_user_deleted_until",
            ),
        ]
        indexes = [
            models.Index(fields=["email"], opclasses=["varchar_pattern_ops"], name="accounts_user_email_prefix"),
            models.Index(fields=["folded"], opclasses=["text_pattern_ops"], name="accounts_user_folded_prefix"),
            models.Index(fields=["-date_joined", "-id"], name="accounts_user_joined"),
            # For the order of the list: an index for prefixes cannot serve it
            models.Index(fields=["folded", "id"], name="accounts_user_by_folded"),
            models.Index(fields=["role", "-date_joined", "-id"], name="accounts_user_staff", condition=~Q(role="")),
            models.Index(fields=["spendable", "id"], name="accounts_user_by_credit"),
            models.Index(Coalesce("last_login", models.Value(LONG_AGO)), "id", name="accounts_user_by_login"),
            models.Index(Coalesce("last_seen_at", models.Value(LONG_AGO)), "id", name="accounts_user_by_seen"),
            GinIndex(SearchVector("folded", config="simple"), name="accounts_user_folded_words"),
            models.Index(fields=["suspended_until"], name="accounts_user_suspended", condition=Q(is_active=False)),
            models.Index(
                fields=["-date_joined", "-id"], name="accounts_user_gone", condition=Q(deleted_at__isnull=False)
            ),
        ]

    def __str__(self):
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Whether there is a role; members have none."""
        return self.role != Role.NONE

    @property
    def last_login_or_never(self) -> dt.datetime:
        """As lists are ordered by it."""
        return self.last_login or LONG_AGO

    @property
    def last_seen_or_never(self) -> dt.datetime:
        """As lists are ordered by it."""
        return self.last_seen_at or LONG_AGO

    @property
    def status(self) -> str:
        """As `status_of`."""
        return status_of(self.is_active, self.deleted_at, self.purged_at)

    @property
    def is_confirmed(self) -> bool:
        """Whether somebody showed that the address is theirs."""
        return User.objects.confirmed().filter(pk=self.pk).exists()

    @cached_property
    def perms(self) -> frozenset:
        """What the role of this user holds, read once for each request; a suspended account holds nothing."""
        if not self.is_active or not self.role:
            return frozenset()
        if self.role in ROLE_PERMS:
            return ROLE_PERMS[self.role]
        return self.custom_role.held if self.custom_role else frozenset()

    def can(self, perm) -> bool:
        """Whether the role of this user holds `perm`."""
        return perm in self.perms

    def set_password(self, raw_password):
        """Kept in one spelling: see `_normal`."""
        super().set_password(_normal(raw_password))

    def check_password(self, raw_password):
        """In whatever spelling it is typed: see `_normal`."""
        return super().check_password(_normal(raw_password))

    def _get_session_auth_hash(self, secret=None):
        value = f"{self.password}:{self.session_epoch}"
        return salted_hmac("accounts.User.session", value, secret=secret, algorithm="sha256").hexdigest()


def _normal(password):
    """One spelling for one password: é typed as one character or as two (NIST SP 800-63B-4, 3.1.1.2)."""
    return password if password is None else unicodedata.normalize("NFC", password)
