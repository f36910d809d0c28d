"""Fragments of the Users pages."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts import queries
from accounts.access import requires
from accounts.act_forms import NoteForm
from accounts.models import Role, User
from accounts.permissions import Perm
from audit.models import record
from ui import csv, filters, lists
from ui.panels import render
from ui.periods import PeriodForm

ROLES = [
    ("", "All"),
    ("member", "Members"),
    (Role.SUPER_ADMIN, "Super admins"),
    (Role.SUPPORT, "Support"),
    (Role.MARKETING, "Marketing"),
    (Role.FINANCE, "Finance"),
]
STATES = [("active", "Active"), ("suspended", "Suspended")]


@require_safe
@requires(Perm.USERS_READ)
def users(request):
    """Who has an account, filtered and sorted as the address says; also as a file, and counted."""
    wanted = {
        "q": filters.text(request),
        "role": filters.choice(request, "role", dict(ROLES)),
        "status": filters.choice(request, "status", dict(STATES)),
    }
    people = queries.users(**wanted)
    with_credit = request.user.can(Perm.USERS_READ_CREDIT)
    if lists.count_asked(request):
        return lists.count_response(people)
    if lists.csv_asked(request):
        return _as_file(request, people, wanted, with_credit)
    page = lists.page(people, request, order=queries.NEWEST_FIRST, sorts=queries.SORTS, counted=True)
    if with_credit:
        queries.add_credit(page.rows)
    context = {
        "page": page,
        "with_credit": with_credit,
        "chips": filters.chips(request, "role", ROLES),
        "states": STATES,
        "status": wanted["status"],
        "applied": filters.applied(
            request, {"q": "Search", "role": ("Role", dict(ROLES)), "status": ("Status", dict(STATES))}
        ),
    }
    return render(request, "accounts/panels/users.html", context, title="Users")


def _as_file(request, people, wanted, with_credit):
    """What the list shows. Who may not see a column does not get it in the file either."""
    record(request.user, "users.exported", "users", after={name: value for name, value in wanted.items() if value})
    rows = queries.in_order(people, request.GET.get("sort", "")).iterator(chunk_size=1000)
    columns = [
        ("pk", "Id"),
        ("name", "Name"),
        ("email", "E-mail"),
        ("role_title", "Role"),
        ("status", "Status"),
        ("last_login", "Last login"),
        ("date_joined", "Joined"),
    ]
    if with_credit:
        rows = queries.with_credit(rows)
        columns[5:5] = [("credit.available", "Credits"), ("credit.debt", "Owes")]
    return csv.stream(rows, columns, csv.name("users", *wanted.values()))


@require_safe
@requires(Perm.USERS_READ_CREDIT)
def user_credit(request, pk):
    """What one member has to spend."""
    person = get_object_or_404(User, pk=pk)
    context = {"person": person, "credit": queries.user_credit(person)}
    return render(request, "accounts/panels/user_credit.html", context, title="Credit")


@require_safe
@requires(Perm.AUDIT_READ)
def user_events(request, pk):
    """What happened to one account, and what it did."""
    person = get_object_or_404(User, pk=pk)
    page = lists.page(queries.user_events(person), request, order=("-id",), size=20)
    return render(request, "accounts/panels/user_events.html", {"person": person, "page": page}, title="What happened")


@require_safe
@requires(Perm.USERS_READ)
def sign_ups(request):
    """How many people joined in the period."""
    period = PeriodForm.of(request)
    return render(
        request, "accounts/panels/sign_ups.html", {"period": period, "found": queries.sign_ups(period=period)}
    )


# The page of one person


@require_safe
@requires(Perm.USERS_READ)
def user_profile(request, pk):
    """Who it is, whether the account may be used, and what the viewer may do to it."""
    person = get_object_or_404(User, pk=pk)
    context = {"person": person, **queries.user_profile(person)}
    return render(request, "accounts/panels/user_profile.html", context, title="Profile")


@require_safe
@requires(Perm.USERS_NOTE)
def user_notes(request, pk):
    """What staff wrote down about a person, pinned ones first."""
    person = get_object_or_404(User, pk=pk)
    context = {"person": person, "notes": queries.user_notes(person), "form": NoteForm()}
    return render(request, "accounts/panels/user_notes.html", context, title="Notes")


@require_safe
@requires(Perm.USERS_HELP)
def user_devices(request, pk):
    """Where a person is signed in now."""
    person = get_object_or_404(User, pk=pk)
    confirmed = person.emailaddress_set.filter(email=person.email, verified=True).exists()
    context = {"person": person, "devices": queries.user_devices(person), "confirmed": confirmed}
    return render(request, "accounts/panels/user_devices.html", context, title="Sessions and devices")


@require_safe
@requires(Perm.LOGS_READ)
def user_sign_ins(request, pk):
    """When and from where somebody signed in to an account, or tried to."""
    person = get_object_or_404(User, pk=pk)
    page = lists.page(queries.user_sign_ins(person), request, order=("-id",), size=10)
    return render(request, "accounts/panels/user_sign_ins.html", {"person": person, "page": page}, title="Sign-ins")


@require_safe
@requires(Perm.CUTS_READ)
def user_works(request, pk):
    """What a member made and keeps: cuts, poems, uploads."""
    person = get_object_or_404(User, pk=pk)
    context = {"person": person, "works": queries.user_works(person)}
    return render(request, "accounts/panels/user_works.html", context, title="Cuts and assets")
