"""The columns of the list of accounts: each one expression, for the page and for files alike."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, NullIf
from django.utils.safestring import SafeString

from accounts import cells
from accounts.masking import sees_addresses
from accounts.models import CustomRole, Plan, PlanOverride, Role, User, know_roles
from accounts.permissions import Perm
from catalog.assets import taking_storage
from catalog.models import Asset, Poem
from exports.columns import Column, Type, WithoutAddresses
from invites.models import Redemption
from ledger import queries as ledger
from memberships.models import Subscription
from referrals.models import Referral
from sitestats.channels import Channel
from sitestats.models import Acquisition
from ui import format, lists
from ui.templatetags.ui import icon


@dataclass(frozen=True)
class Shown:
    """One column that a viewer may add to the list or take off it. `sort` names it in the address, if it sorts."""

    key: str
    label: str
    cell: Callable[[User], str]
    sort: str = ""
    num: bool = False
    default: bool = True
    perm: Perm | None = None


ON_SCREEN = [
    Shown("role", "Role", cells.role),
    Shown("status", "Status", cells.status),
    Shown("code", "Code", cells.code),
    Shown("assets", "Assets", cells.assets, num=True),
    Shown("storage", "Storage", cells.storage, num=True),
    Shown("plan", "Plan", cells.plan, default=False),
    Shown("poems", "Poems", cells.poems, num=True, default=False),
    Shown("source", "Source", cells.source, default=False),
    Shown("credits", "Credits", cells.credits, sort="credits", num=True, perm=Perm.USERS_READ_CREDIT),
    Shown("last_login", "Last login", cells.last_login, sort="last_login"),
    Shown("last_seen", "Last seen", cells.last_seen, sort="last_seen", default=False),
    Shown("joined", "Joined", cells.joined, sort="joined", default=False),
]


@dataclass(frozen=True)
class Added:
    """What a room above this one knows of accounts. `value` makes its expression over them when somebody asks."""

    shown: Shown
    label: str
    value: Callable
    type: Type = Type.NUMBER


ADDED: dict[str, Added] = {}


def add(column: Added) -> None:
    """Offer a column of another room, which calls this when it is ready: this one cannot import from above."""
    if column.shown.key not in ADDED:
        ON_SCREEN.append(column.shown)
    ADDED[column.shown.key] = column


def on_screen(viewer) -> list[Shown]:
    """The columns that this person may see at all."""
    return [column for column in ON_SCREEN if column.perm is None or viewer.can(column.perm)]


def chosen(viewer, wanted: str | None) -> list[Shown]:
    """Those of `?columns=role,credits`; without it the usual ones."""
    keys = None if wanted is None else set(wanted.split(","))
    return [c for c in on_screen(viewer) if (c.default if keys is None else c.key in keys)]


ENTRY = '<a href="{url}" hx-get="{url}" hx-target="closest [data-panel]">{icon} {label}</a>'


def menu(request, shown: list[Shown]) -> SafeString:
    """Every column that this viewer may see: a link that adds it or takes it off. The usual ones need no address."""
    keys = {column.key for column in shown}
    possible = on_screen(request.user)
    usual = {column.key for column in possible if column.default}
    found = []
    for column in possible:
        wanted = keys ^ {column.key}
        value = None if wanted == usual else ",".join(c.key for c in possible if c.key in wanted) or "none"
        query = lists.query(request, columns=value)
        drawn = icon("check", 15, "Shown") if column.key in keys else icon("plus", 15, "Hidden")
        found.append({"url": f"{request.path}?{query}", "icon": drawn, "label": column.label})
    return format.each(ENTRY, found)


def _figures_of(rows, total):
    """`total` over the rows of one owner; 0 for none."""
    found = rows.filter(owner=OuterRef("pk")).order_by().values("owner").annotate(total=total).values("total")
    return Coalesce(Subquery(found), Value(0), output_field=IntegerField())


ASSETS = _figures_of(Asset.objects.filter(retired_at=None), Count("pk"))
POEMS = _figures_of(Poem.objects.filter(retired_at=None), Count("pk"))
ROLE = Case(
    *(When(role=key, then=Value(title)) for key, title in Role.choices),
    default=Coalesce(Subquery(CustomRole.objects.filter(key=OuterRef("role")).values("title")), Value("Unknown role")),
    output_field=CharField(),
)
STATUS = Case(
    When(purged_at__isnull=False, then=Value("Purged")),
    When(deleted_at__isnull=False, then=Value("Deleted")),
    When(is_active=True, then=Value("Active")),
    default=Value("Suspended"),
)
CONFIRMED = Case(
    When(Exists(User.objects.confirmed().filter(pk=OuterRef("pk"))), then=Value("Yes")),
    default=Value("No"),
    output_field=CharField(),
)
# By which somebody came in: an invite code or a member's share code
CODE = Coalesce(
    Subquery(Redemption.objects.filter(user=OuterRef("pk")).values("invite__code")),
    Subquery(Referral.objects.filter(member=OuterRef("pk")).values("code__code")),
)
CHANNEL = Case(*(When(channel=key, then=Value(label)) for key, label in Channel.choices), output_field=CharField())
SOURCE = Subquery(
    Acquisition.objects.filter(user=OuterRef("pk")).values(words=Coalesce(NullIf("source", Value("")), CHANNEL))
)
GIVEN = PlanOverride.objects.in_force().filter(user=OuterRef("pk"))
PAID_FOR = Subscription.objects.premium().filter(member=OuterRef("pk"))
PLAN = Case(
    When(~Q(role=""), then=Value("")),
    When(Exists(GIVEN.filter(plan=Plan.COMPED)), then=Value(Plan.COMPED.label)),
    When(~Exists(GIVEN) & Exists(PAID_FOR), then=Value(Plan.PREMIUM.label)),
    default=Value(Plan.FREE.label),
    output_field=CharField(),
)


def _storage():
    """Bytes; which deleted assets count is a setting."""
    return _figures_of(taking_storage(), Sum(F("file__size") + Coalesce(F("preview__size"), 0)))


def _looked_up() -> dict:
    """Column -> its expression, of those that stand elsewhere."""
    return {"assets": ASSETS, "storage": _storage(), "poems": POEMS, "code": CODE, "source": SOURCE, "plan": PLAN}


class Masked(Func):
    """`m•••@e•••.com`: enough to recognise an address that one knows already."""

    output_field = CharField()
    template = r"regexp_replace(%(expressions)s, '^(.)[^@]*@(.).*?(\.[^.@]*)?$', '\1•••@\2•••\3')"


def fill(people: list[User], shown: list[Shown]) -> None:
    """Give each of these people, who are one page, what these columns say: three statements for what is elsewhere."""
    keys = {column.key for column in shown}
    counted = {f"{key}_now": value for key, value in _looked_up().items() if key in keys}
    counted |= {f"{key}_now": column.value() for key, column in ADDED.items() if key in keys}
    if counted:
        ids = [person.pk for person in people]
        figures = {row.pop("pk"): row for row in User.objects.filter(pk__in=ids).values("pk", **counted)}
        for person in people:
            vars(person).update(figures.get(person.pk, dict.fromkeys(counted)))
    if "role" in keys:
        know_roles(people)
    if "credits" in keys:
        credit = ledger.balances_of([person.pk for person in people])
        for person in people:
            person.credit = credit[person.pk]


def in_file(viewer) -> list[Column]:
    """The columns of an export, for whoever asks."""
    credit = ledger.available_of(OuterRef("pk")), ledger.debt_of(OuterRef("pk"))
    contact = sees_addresses(viewer)
    columns = [
        Column("id", "Id", "pk", Type.NUMBER),
        Column("name", "Name", "name" if contact else WithoutAddresses("name")),
        Column("email", "E-mail", "email" if contact else Masked("email")),
        Column("role", "Role", ROLE),
        Column("status", "Status", STATUS),
        Column("confirmed", "Address confirmed", CONFIRMED),
        Column("plan", "Plan", PLAN),
        Column("code", "Code", CODE),
        Column("assets", "Assets", ASSETS, Type.NUMBER),
        Column("storage", "Storage (bytes)", _storage(), Type.NUMBER),
        Column("poems", "Poems", POEMS, Type.NUMBER),
        Column("source", "Source", SOURCE if contact else WithoutAddresses(SOURCE)),
        Column("last_login", "Last login", "last_login", Type.TIME),
        Column("last_seen", "Last seen", "last_seen_at", Type.TIME),
        Column("joined", "Joined", "date_joined", Type.TIME),
    ]
    if viewer.can(Perm.USERS_READ_CREDIT):
        columns[10:10] = [
            Column("credits", "Credits", credit[0], Type.MONEY),
            Column("owes", "Owes", credit[1], Type.MONEY),
        ]
    added = [one for one in ADDED.values() if one.shown.perm is None or viewer.can(one.shown.perm)]
    return columns + [Column(one.shown.key, one.label, one.value(), one.type) for one in added]


ALWAYS = ("id", "name", "email")
