"""Fragments of the Users pages."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts import acts, columns, queries, searching
from accounts import roles as known_roles
from accounts.access import requires
from accounts.act_forms import EditNoteForm, NoteForm
from accounts.bulk_pages import first_names
from accounts.cells import Table
from accounts.filtering import UserFilter
from accounts.models import User
from accounts.permissions import Perm
from accounts.role_forms import RoleForm
from audit import entries
from ui import filters, lists
from ui.panels import finished, render
from ui.periods import PeriodForm

ROLES = [("", "All"), ("member", "Members"), ("staff", "Staff")]
MORE = ("role", "plan", "source", "joined", "joined_from", "joined_to", "seen", "credit_min", "credit_max")


@require_safe
@requires(Perm.USERS_READ)
def users(request):
    """Who has an account, filtered and sorted as the address says; also counted."""
    found = UserFilter(request.GET, viewer=request.user)
    if lists.count_asked(request):
        return lists.count_response(found.qs)
    first = found.search.first if found.search else searching.first
    order = {"order": queries.NEWEST_FIRST, "sorts": queries.sorts(request.user)}
    page = lists.page(found.others, request, **order, counted=True, first=first)
    shown = columns.chosen(request.user, request.GET.get("columns"))
    columns.fill(page.rows, shown)

    def said(name, words):
        return found.fields[name].label, {filters.text(request, name): words[: filters.LONGEST]}

    chips_say_it = request.GET.get("role") in dict(ROLES)
    query, views = lists.query(request), queries.views(request.user)
    bulk = request.user.can(Perm.USERS_SUSPEND)
    context = {
        "page": page,
        "shown": shown,
        "menu": columns.menu(request, shown),
        "found": found,
        "more": [found[name] for name in MORE if name in found.fields],
        "more_in_force": any(name in found.in_force for name in MORE if name != "role" or not chips_say_it),
        "own_controls": " ".join(("status", *MORE)),
        "ignored": [words[: filters.LONGEST] for words in found.ignored],
        "sortable": [("name", "User"), *((column.sort, column.label) for column in shown)],
        "bulk": bulk,
        "lines": Table(shown, request.user, bulk=bulk).lines(page.rows),
        "by_credit": page.sort.removeprefix("-") == "credits" or {"credit_min", "credit_max"} & found.in_force.keys(),
        "chips": filters.chips(request, "role", ROLES),
        "applied": filters.applied(request, {name: said(name, words) for name, words in found.in_force.items()}),
        "views": views,
        "query": query,
        "kept": any(view.query == query for view in views),
    }
    return render(request, "accounts/panels/users.html", context, title="Users")


@require_safe
@requires(Perm.USERS_READ_CREDIT)
def user_credit(request, pk):
    """What one member has to spend."""
    person = get_object_or_404(User, pk=pk)
    context = {"person": person, "credit": queries.user_credit(person)}
    return render(request, "accounts/panels/user_credit.html", context, title="Credit")


@require_safe
@requires(Perm.LOGS_READ)
def user_events(request, pk):
    """What happened to one account, and what it did."""
    person = get_object_or_404(User, pk=pk)
    by = filters.choice(request, "by", entries.BY)
    events = queries.user_events(person, viewer=request.user, by=by)
    page = lists.page(events, request, order=("-id",), size=20)
    context = {
        "page": page,
        "tab": entries.ACTIVITY,
        "entries": list(entries.told(page.rows, request.user)),
        "by": by,
        "doers": entries.BY,
        "applied": filters.applied(request, {"by": ("By", entries.BY)}),
    }
    return render(request, "accounts/panels/user_events.html", context, title="Activity")


@require_safe
@requires(Perm.USERS_READ)
def sign_ups(request):
    """How many people joined in the period."""
    period = PeriodForm.of(request)
    return render(
        request, "accounts/panels/sign_ups.html", {"period": period, "found": queries.sign_ups(period=period)}
    )


@require_safe
@requires(Perm.USERS_READ)
def roles(request):
    """Every permission beside every role: the living list of who may do what."""
    return render(request, "accounts/panels/roles.html", {"matrix": queries.roles()}, title="Roles")


@require_safe
@requires(Perm.STAFF_INVITE)
def staff_invitations(request):
    """Who was invited to the staff and has not come yet."""
    context = {"invitations": queries.staff_invitations()}
    return render(request, "accounts/panels/staff_invitations.html", context, title="Open invitations")


@require_safe
@requires(Perm.ROLES_MANAGE)
def user_role(request, pk):
    """The role of one person, and the roles that the viewer may give."""
    person = get_object_or_404(User, pk=pk)
    context = {
        "person": person,
        "refusal": known_roles.refusal(person, request.user),
        "form": RoleForm(offered=queries.user_role(viewer=request.user), person=person, initial={"role": person.role}),
    }
    return render(request, "accounts/panels/user_role.html", context, title="Role")


# The page of one person


@require_safe
@requires(Perm.USERS_READ)
def user_profile(request, pk):
    """Who it is, whether the account may be used, and what the viewer may do to it."""
    person = get_object_or_404(User, pk=pk)
    context = {"person": person, "refusal": acts.refusal(request.user, person), **queries.user_profile(person)}
    return render(request, "accounts/panels/user_profile.html", context, title="Profile")


@require_safe
@requires(Perm.USERS_NOTE)
def user_notes(request, pk):
    """What staff wrote down about a person, pinned ones first; each with the form to edit it."""
    person = get_object_or_404(User, pk=pk)
    page = lists.page(queries.user_notes(person), request, order=("-pinned", "-id"), size=20)
    for note in page.rows:
        note.form = EditNoteForm(initial={"text": note.text, "version": note.version}, auto_id=f"note-{note.pk}-%s")
    context = {"person": person, "page": page, "form": NoteForm()}
    return render(request, "accounts/panels/user_notes.html", context, title="Notes")


@require_safe
@requires(Perm.USERS_SUSPEND)
def bulk_act(request, pk):
    """One act on many accounts as it stands; the page asks again while it is not over."""
    act = queries.bulk_act(pk=pk)
    context = {"act": act, **first_names([one["id"] for one in act.changed])}
    response = render(request, "accounts/panels/bulk_act.html", context, title="Act on many accounts")
    return finished(response) if request.htmx and (act.is_over or act.stopped) else response


@require_safe
@requires(Perm.USERS_HELP)
def user_devices(request, pk):
    """Where a person is signed in now."""
    person = get_object_or_404(User, pk=pk)
    refusal = acts.refusal(request.user, person)
    context = {"person": person, "refusal": refusal, "devices": queries.user_devices(person)}
    return render(request, "accounts/panels/user_devices.html", context, title="Sessions and devices")


@require_safe
@requires(Perm.LOGS_READ)
def user_sign_ins(request, pk):
    """When and from where somebody signed in to an account, or tried to."""
    person = get_object_or_404(User, pk=pk)
    tries = queries.user_sign_ins(person, viewer=request.user)
    page = lists.page(tries, request, order=("-id",), size=10)
    return render(request, "accounts/panels/user_sign_ins.html", {"person": person, "page": page}, title="Sign-ins")


@require_safe
@requires(Perm.CUTS_READ)
def user_works(request, pk):
    """What a member made and keeps: cuts, poems, uploads."""
    person = get_object_or_404(User, pk=pk)
    context = {"person": person, "works": queries.user_works(person)}
    return render(request, "accounts/panels/user_works.html", context, title="Cuts and assets")
