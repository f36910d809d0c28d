"""The one filter of accounts: it drives the list, its count, bulk actions and exports, from the same address."""

import datetime as dt

from django import forms
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.models import CustomRole, Plan, PlanOverride, Role, User
from accounts.models.user import LONG_AGO
from accounts.permissions import Perm
from accounts.searching import Search
from memberships.models import Subscription
from sitestats.channels import Channel
from sitestats.models import Acquisition
from ui import clock
from ui.forms import DayField
from ui.widgets import Choice

STATES = [("active", "Active"), ("suspended", "Suspended"), ("deleted", "Deleted")]
DAYS = [("1", "Last 24 hours"), ("7", "Last 7 days"), ("30", "Last 30 days"), ("90", "Last 90 days")]
SEEN = [*DAYS, ("-30", "Not for 30 days"), ("-90", "Not for 90 days"), ("never", "Never")]
LONGEST = 200


def role_choices() -> list[tuple[str, str]]:
    """Members, staff of any role, each preset, each role that staff made."""
    presets = [(key, title) for key, title in Role.choices if key]
    return [("member", "Members"), ("staff", "All staff"), *presets, *CustomRole.objects.values_list("key", "title")]


EVERYBODY = User.objects.alias(
    last_login_or_never=Coalesce(F("last_login"), Value(LONG_AGO)),
    last_seen_or_never=Coalesce(F("last_seen_at"), Value(LONG_AGO)),
)


def everybody() -> QuerySet[User]:
    """Accounts with what they can be ordered by."""
    return EVERYBODY.all()


def _choice(label, choices, empty="Any"):
    return forms.ChoiceField(label=label, choices=[("", empty), *choices], required=False, widget=Choice)


def _day(label):
    return DayField(label=label, required=False)


def _credit(label):
    return forms.DecimalField(label=label, max_digits=20, decimal_places=6, required=False)


class UserFilter(forms.Form):
    """What the address says, over accounts (`everybody()`); nonsense is left out, and `ignored` tells of it.

    Without a `viewer`: no search of addresses, nothing of credit. `roles`: the choices, if they are known.
    What field `x` says, `by_x` does; what is typed, `search`.
    """

    q = forms.CharField(label="Search", required=False)
    role = _choice("Role", ())
    plan = _choice("Plan", Plan.choices)
    status = _choice("Status", STATES, "Any status")
    source = _choice("Source", Channel.choices)
    joined = _choice("Joined", DAYS)
    joined_from = _day("Joined from")
    joined_to = _day("Joined until")
    seen = _choice("Last seen", SEEN)
    credit_min = _credit("Credits from")
    credit_max = _credit("Credits to")

    def __init__(self, data, people=None, *, viewer=None, roles=None):
        super().__init__(data)
        self.people = everybody() if people is None else people
        self.viewer = viewer
        self.fields["role"].choices += roles or role_choices()
        if not self.may(Perm.USERS_READ_CREDIT):
            del self.fields["credit_min"], self.fields["credit_max"]

    def may(self, perm) -> bool:
        """Whether the viewer's role holds `perm`; without a viewer never."""
        return self.viewer is not None and self.viewer.can(perm)

    @cached_property
    def said(self) -> dict[str, object]:
        """What filters now, as the fields understand it."""
        _ = self.errors  # which judges what was sent
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    @cached_property
    def qs(self) -> QuerySet[User]:
        """The accounts that fit."""
        return self.search.among(self.others) if self.search else self.others

    @cached_property
    def search(self) -> Search | None:
        """What was typed, if anything."""
        words = self.said.get("q", "").strip()[:LONGEST]
        return Search(words, by_email=self.may(Perm.USERS_READ_CONTACT)) if "q" in self.said else None

    @cached_property
    def others(self) -> QuerySet[User]:
        """The accounts that fit everything else."""
        people = self.people
        for name, value in self.said.items():
            people = people if name == "q" else getattr(self, f"by_{name}")(people, value)
        return people

    # Each by one value: accounts in, those that fit out

    def by_role(self, people, role):
        if role == "staff":
            return people.exclude(role="")
        return people.filter(role="" if role == "member" else role)

    def by_plan(self, people, plan):
        given = PlanOverride.objects.in_force()
        paid = Q(pk__in=Subscription.objects.premium().values("member")) & ~Q(pk__in=given.values("user"))
        comped = Q(pk__in=given.filter(plan=Plan.COMPED).values("user"))
        return people.filter(role="").filter({Plan.PREMIUM: paid, Plan.COMPED: comped}.get(plan, ~paid & ~comped))

    def by_status(self, people, state):
        if state == "deleted":
            return people.filter(deleted_at__isnull=False)
        return people.filter(deleted_at=None, is_active=state == "active")

    def by_source(self, people, channel):
        return people.filter(pk__in=Acquisition.objects.filter(channel=channel).values("user"))

    def by_joined(self, people, days):
        return people.filter(date_joined__gte=_ago(days))

    def by_joined_from(self, people, day):
        return people.filter(date_joined__gte=clock.midnight(day))

    def by_joined_to(self, people, day):
        return people.filter(date_joined__lt=clock.midnight(day + dt.timedelta(days=1)))

    def by_seen(self, people, days):
        if days == "never":
            return people.filter(last_seen_or_never=LONG_AGO)
        if days.startswith("-"):
            return people.filter(last_seen_or_never__lt=_ago(days[1:]), last_seen_or_never__gt=LONG_AGO)
        return people.filter(last_seen_or_never__gte=_ago(days))

    def by_credit_min(self, people, amount):
        return people.filter(spendable__gte=amount)

    def by_credit_max(self, people, amount):
        return people.filter(spendable__lte=amount)

    @cached_property
    def in_force(self) -> dict[str, str]:
        """What filters now: name -> words for its value."""
        return {name: self._words(name, value) for name, value in self.said.items()}

    @property
    def ignored(self) -> list[str]:
        """What the address asks for in vain: filters whose values mean nothing, and those that are not the viewer's."""
        labels = {name: self.fields[name].label for name in self.errors}
        labels |= {name: name for name in self.base_fields if name not in self.fields and self.data.get(name)}
        return [f"{label}: {self.data.get(name)}" for name, label in labels.items()]

    def _words(self, name, value) -> str:
        choices = dict(getattr(self.fields[name], "choices", ()))
        return str(choices.get(value, value))


def in_words(viewer, query, *, roles=None) -> list[str]:
    """The filter as people read it: `Plan: Free` for each that filters for this viewer.

    `query` is a QueryDict or a dict; `roles`: the choices, if they are known.
    """
    found = UserFilter(query, User.objects.none(), viewer=viewer, roles=roles)
    return [f"{found.fields[name].label}: {value}" for name, value in found.in_force.items()]


def all_in_words(asked) -> list[list[str]]:
    """As `in_words`, for many pairs of a viewer and a query, in their order: roles are read once."""
    roles = role_choices()
    return [in_words(viewer, query, roles=roles) for viewer, query in asked]


def _ago(days: str) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=int(days))
