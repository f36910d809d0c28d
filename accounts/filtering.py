"""The one filter of accounts: it drives the list, its count, bulk actions and exports, from the same address."""

import datetime as dt
import re
from functools import reduce
from operator import or_

import django_filters as filters
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.forms import DateInput
from django.utils import timezone

from accounts.masking import sees_addresses
from accounts.models import CustomRole, Plan, PlanOverride, Role, User
from accounts.models.user import LONG_AGO
from accounts.permissions import Perm
from invites.codes import LENGTH, plain
from invites.models import Invite, Redemption
from memberships.models import Subscription
from referrals.models import Referral, ShareCode
from sitestats.channels import Channel
from sitestats.models import Acquisition
from ui import clock
from ui.folding import begins, fold
from ui.forms import within_reach

STATES = [("active", "Active"), ("suspended", "Suspended"), ("deleted", "Deleted")]
DAYS = [("1", "Last 24 hours"), ("7", "Last 7 days"), ("30", "Last 30 days"), ("90", "Last 90 days")]
SEEN = [*DAYS, ("-30", "Not for 30 days"), ("-90", "Not for 90 days"), ("never", "Never")]
DAY = {"widget": DateInput(attrs={"type": "date"}), "validators": [within_reach]}
WORDS = SearchVector("folded", config="simple")
LONGEST = 200
FEW = 2_000
FEWEST_LETTERS = 4  # of a code: fewer are the beginning of too many


def role_choices() -> list[tuple[str, str]]:
    """Members, staff of any role, each preset, each role that staff made."""
    presets = [(key, title) for key, title in Role.choices if key]
    return [("member", "Members"), ("staff", "All staff"), *presets, *CustomRole.objects.values_list("key", "title")]


def everybody() -> QuerySet[User]:
    """Accounts with what they can be ordered by."""
    never = Value(LONG_AGO)
    login, seen = Coalesce(F("last_login"), never), Coalesce(F("last_seen_at"), never)
    return User.objects.annotate(last_login_or_never=login, last_seen_or_never=seen)


class UserFilter(filters.FilterSet):
    """What the address says, over accounts (`everybody()`); nonsense is left out, and `ignored` tells of it.

    Without a `viewer`: no search of addresses, nothing of credit. `roles`: the choices, if they are known.
    """

    q = filters.CharFilter(method="search", label="Search")
    role = filters.ChoiceFilter(method="of_role", choices=role_choices, label="Role", empty_label="Any")
    plan = filters.ChoiceFilter(method="on_plan", choices=Plan.choices, label="Plan", empty_label="Any")
    status = filters.ChoiceFilter(method="in_state", choices=STATES, label="Status", empty_label="Any status")
    source = filters.ChoiceFilter(method="came_by", choices=Channel.choices, label="Source", empty_label="Any")
    joined = filters.ChoiceFilter(method="joined_within", choices=DAYS, label="Joined", empty_label="Any")
    joined_from = filters.DateFilter(method="joined_since", label="Joined from", **DAY)
    joined_to = filters.DateFilter(method="joined_until", label="Joined until", **DAY)
    seen = filters.ChoiceFilter(method="seen_within", choices=SEEN, label="Last seen", empty_label="Any")
    credit_min = filters.NumberFilter("spendable", "gte", label="Credits from", max_digits=20, decimal_places=6)
    credit_max = filters.NumberFilter("spendable", "lte", label="Credits to", max_digits=20, decimal_places=6)

    def __init__(self, data, queryset=None, *, viewer=None, roles=None):
        super().__init__(data, everybody() if queryset is None else queryset)
        self.viewer = viewer
        self.filters["role"].extra["choices"] = roles or role_choices()  # once, not for each that asks
        if not self.may(Perm.USERS_READ_CREDIT):
            del self.filters["credit_min"], self.filters["credit_max"]

    def may(self, perm) -> bool:
        """Whether the viewer's role holds `perm`; without a viewer never."""
        return self.viewer is not None and self.viewer.can(perm)

    def search(self, people, name, words):
        """The beginning of an e-mail address, of a word of the name or of a code they came by; an id. All by index."""
        words = words.replace("\x00", "").strip().lower()[:LONGEST]
        contact = self.viewer is not None and sees_addresses(self.viewer)
        if "@" in words:
            return people.filter(email__startswith=words) if contact else people.none()
        if not words:
            return people
        words = words.removeprefix("#").strip()  # as ids are written elsewhere
        code = plain(words)
        if len(code) == LENGTH:
            if invite := Invite.objects.filter(code=code).first():  # all who came in by it, however many
                return people.filter(pk__in=Redemption.objects.filter(invite=invite).values("user"))
            if share := ShareCode.objects.filter(code=code).first():  # and whose it is
                came = Referral.objects.filter(code=share).values("member")
                return people.filter(Q(pk__in=came) | Q(pk=share.member_id))
        ids = [int(words)] if words.isdecimal() and len(words) < 19 else []
        found = begins(words, by_email=contact) | Q(pk__in=ids)
        if len(code) >= FEWEST_LETTERS and " " not in words:
            found |= _by_code(code)
        if parts := [part for part in map(_beginning, fold(words).split()) if part]:
            asked = SearchQuery(" & ".join(parts), search_type="raw", config="simple")
            people, found = people.alias(words=WORDS), found | Q(words=asked)
        # A few are found by the indexes of words; told the order of the list, PostgreSQL walks along that instead
        few = list(people.filter(found).order_by().values_list("pk", flat=True)[: FEW + 1])
        if len(few) > FEW:
            return people.filter(found)
        ids = f"{{{','.join(map(str, few))}}}"  # as one word: a list of thousands would be quoted one by one
        return people.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [ids]))

    # Each by one value of its choices: accounts in, those that fit out

    def of_role(self, people, name, role):
        if role == "staff":
            return people.exclude(role="")
        return people.filter(role="" if role == "member" else role)

    def on_plan(self, people, name, plan):
        given = PlanOverride.objects.in_force()
        paid = Q(pk__in=Subscription.objects.premium().values("member")) & ~Q(pk__in=given.values("user"))
        comped = Q(pk__in=given.filter(plan=Plan.COMPED).values("user"))
        return people.filter(role="").filter({Plan.PREMIUM: paid, Plan.COMPED: comped}.get(plan, ~paid & ~comped))

    def in_state(self, people, name, state):
        if state == "deleted":
            return people.filter(deleted_at__isnull=False)
        return people.filter(deleted_at=None, is_active=state == "active")

    def came_by(self, people, name, channel):
        return people.filter(pk__in=Acquisition.objects.filter(channel=channel).values("user"))

    def joined_within(self, people, name, days):
        return people.filter(date_joined__gte=_ago(days))

    def joined_since(self, people, name, day):
        return people.filter(date_joined__gte=clock.midnight(day))

    def joined_until(self, people, name, day):
        return people.filter(date_joined__lt=clock.midnight(day + dt.timedelta(days=1)))

    def seen_within(self, people, name, days):
        if days == "never":
            return people.filter(last_seen_or_never=LONG_AGO)
        if days.startswith("-"):
            return people.filter(last_seen_or_never__lt=_ago(days[1:]), last_seen_or_never__gt=LONG_AGO)
        return people.filter(last_seen_or_never__gte=_ago(days))

    @property
    def in_force(self) -> dict[str, str]:
        """What filters now: name -> words for its value."""
        if not self.is_bound:
            return {}
        _ = self.errors  # which judges the form
        said = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}
        return {name: self._words(name, value) for name, value in said.items()}

    @property
    def ignored(self) -> list[str]:
        """What the address asks for in vain: filters whose values mean nothing, and those that are not the viewer's."""
        labels = {name: self.filters[name].label for name in self.errors if name in self.filters}
        labels |= {name: name for name in self.base_filters if name not in self.filters and self.data.get(name)}
        return [f"{label}: {self.data.get(name)}" for name, label in labels.items()]

    def _words(self, name, value) -> str:
        choices = dict(getattr(self.form.fields[name], "choices", ()))
        return str(choices.get(value, value))


def in_words(viewer, query, *, roles=None) -> list[str]:
    """The filter as people read it: `Plan: Free` for each that filters for this viewer.

    `query` is a QueryDict or a dict; `roles`: the choices, if they are known.
    """
    found = UserFilter(query, User.objects.none(), viewer=viewer, roles=roles)
    return [f"{found.filters[name].label}: {value}" for name, value in found.in_force.items()]


def all_in_words(asked) -> list[list[str]]:
    """As `in_words`, for many pairs of a viewer and a query, in their order: roles are read once."""
    roles = role_choices()
    return [in_words(viewer, query, roles=roles) for viewer, query in asked]


def _by_code(beginning: str) -> Q:
    """Who came by a code that begins so, or shares one. Ids, for a query within this one would be no index's."""
    ways = (
        Redemption.objects.filter(invite__code__startswith=beginning).values_list("user", flat=True),
        Referral.objects.filter(code__code__startswith=beginning).values_list("member", flat=True),
        ShareCode.objects.filter(code__startswith=beginning).values_list("member", flat=True),
    )
    few = list(ways[0].union(*ways[1:], all=True)[: FEW + 1])
    return Q(pk__in=few) if len(few) <= FEW else reduce(or_, (Q(pk__in=way) for way in ways))


def _beginning(word: str) -> str:
    """A word of a name as PostgreSQL looks for its beginning; O'Brien is two there."""
    return " & ".join(f"{part}:*" for part in re.findall(r"\w+", word))


def _ago(days: str) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=int(days))
